"""Releases and scenarios in a person's words, and shares of a run."""

from __future__ import annotations

import pytest

from codexbridge.lab import npm, selection
from codexbridge.lab.errors import LabError
from codexbridge.lab.selection import Shard

LISTED = ["0.1.2504172351", "0.9.0", "0.46.0", "0.47.0", "0.159.3", "0.160.0", "0.169.1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.47.0", ["0.47.0"]),
        (">=0.160", ["0.160.0", "0.169.1"]),
        (">0.47,<0.9", ["0.1.2504172351", "0.159.3", "0.160.0", "0.169.1"]),
        ("0.46..0.159", ["0.46.0", "0.47.0", "0.159.3"]),
        ("<=0.47,!0.9.0", ["0.1.2504172351", "0.46.0", "0.47.0"]),
        ("newest, 0.9.0", ["0.9.0", "0.169.1"]),
        ("all,!>=0.46", ["0.1.2504172351", "0.9.0"]),
        ("=0.160", ["0.160.0"]),
    ],
)
def test_releases(text: str, found: list[str]) -> None:
    assert selection.releases(text, lambda: LISTED) == found


def test_latest_is_what_npm_hands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "latest", lambda: "0.169.0")
    assert selection.releases("latest,0.47.0", list) == ["0.47.0", "0.169.0"]


@pytest.mark.parametrize("text", ["", "0.47", "last", "0.47.0,!0.47.0", "~0.47.0"])
def test_what_names_no_release(text: str) -> None:
    with pytest.raises(LabError, match="--releases"):
        selection.releases(text, lambda: LISTED)


def test_scenarios() -> None:
    every = selection.scenarios("all")
    assert "plain" in every
    assert selection.scenarios("plain,unicode") == ["plain", "unicode"]
    assert "plain" not in selection.scenarios("all,!plain")
    with pytest.raises(LabError, match="no scenario 'nothing'"):
        selection.scenarios("nothing")


def test_shards_are_disjoint_and_whole() -> None:
    jobs = list(range(23))
    parts = [selection.shard(f"{index}/4").of(jobs) for index in range(1, 5)]
    assert sorted(job for part in parts for job in part) == jobs
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_kubernetes_gives_the_index() -> None:
    assert selection.shard("/8", {"JOB_COMPLETION_INDEX": "0"}) == Shard(1, 8)
    assert selection.shard("/8", {"JOB_COMPLETION_INDEX": "7"}) == Shard(8, 8)
    assert selection.shard(None, {"JOB_COMPLETION_INDEX": "7"}) == Shard(1, 1)
    with pytest.raises(LabError, match="JOB_COMPLETION_INDEX"):
        selection.shard("/8", {})


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/0", "/8/9"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(LabError, match="--shard"):
        selection.shard(text, {"JOB_COMPLETION_INDEX": "0"})
