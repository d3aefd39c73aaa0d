"""Real releases through the bridge's core, held against the truth."""

from __future__ import annotations

import pytest

from codexbridge.grammar.releases import table
from codexbridge.lab import live, scenario, score
from codexbridge.lab.truth import Truth

STRICT = ("recall", "precision", "order", "text", "commands", "failures")


def said(truth: Truth) -> list[tuple[str, str, str | None, int | None]]:
    """What both witnesses can know."""
    known = (entry for turn in truth.turns for entry in turn.entries if entry.state == "said" and entry.kind != "error")
    return [(entry.kind, entry.text.strip(), entry.output, entry.exit_code) for entry in known]


@pytest.mark.live
@pytest.mark.parametrize("version", ["0.47.0", "0.80.0", "0.135.0"])
def test_two_turns_come_through(version: str) -> None:
    run = live.run(version, scenario.load("two-turns"))
    assert run.problems == []
    assert run.status == 0
    assert run.rollout is not None
    assert said(run.rollout) == said(run.truth), "the witnesses disagree"
    result = score.judged(run.truth, run.events, table().find(version)[0].losses)
    faults = [fault for fault in result.faults if fault.what in STRICT]
    assert not faults, "\n".join(f"turn {f.turn + 1} {f.what} {f.kind}: {f.expected!r} / {f.got!r}" for f in faults)
