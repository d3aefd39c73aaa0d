"""A small part of what ``tox -e inject`` measures, on one release of each look."""

from __future__ import annotations

import pytest

from codexbridge.lab import approvals, delivery, questions, stops
from codexbridge.lab.bench import Bench
from codexbridge.lab.hostile import texts

RELEASES = ("0.1.2504172351", "0.8.0", "0.20.0", "0.29.0", "0.47.0", "0.135.0", "0.169.0")
"""One of each look, and two of the look that most releases have."""

NAMES = (
    "plain",
    "command-status",
    "bang-command",
    "at-prefix",
    "padded-1",
    "lines-40",
    "empty-lines",
    "long-5000",
    "script-emoji-joined",
    "script-arabic",
    "control-paste-end-enter",
    "looks-like-approval",
    "only-blanks-1",
)

pytestmark = pytest.mark.live


@pytest.mark.parametrize("version", RELEASES)
def test_odd_texts(version: str) -> None:
    every = dict(texts())
    with Bench(version) as bench:
        bench.start()
        outcomes = [delivery.deliver(bench, name, every[name]) for name in NAMES]
    assert [outcome for outcome in outcomes if outcome.verdict == "wrong"] == []
    assert outcomes[0].verdict == "exact"


@pytest.mark.parametrize("way", ["decline", "accept", "ask-accept"])
@pytest.mark.parametrize("version", RELEASES)
def test_approvals(version: str, way: approvals.Way) -> None:
    assert approvals.trial(version, "command", way).wrong == ""


@pytest.mark.parametrize("version", RELEASES)
def test_a_turn_is_stopped(version: str) -> None:
    assert stops.stop(version, "running").wrong == ""


@pytest.mark.slow
@pytest.mark.parametrize("way", questions.WAYS)
@pytest.mark.parametrize("version", ["0.135.0", "0.169.0"])
def test_a_host_is_asked_about(version: str, way: questions.Way) -> None:
    """Where an administrator wants it so; nothing is reached, there is no network."""
    assert questions.trial(version, "network", way).verdict == "ok"
