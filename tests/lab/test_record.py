"""Scripted recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab import golden, live, record
from codexbridge.lab.errors import LabError
from codexbridge.lab.record import Wish


def test_what_cannot_be_recorded(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no scenario"):
        record.take("0.50.0", "nothing", tmp_path / "made")
    with pytest.raises(LabError, match="attempt"):
        record.take("0.50.0", "plain", tmp_path / "made", Wish(attempts=0))


def test_a_run_that_went_wrong_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from codexbridge.lab import cast
    from codexbridge.lab.truth import Truth

    from .tiny import recording

    runs: list[live.Run] = []

    def run(version: str, story: object, options: live.Options, **_: object) -> live.Run:
        assert options.record is not None
        with cast.Writer(options.record, recording().header) as writer:
            for event in recording().events:
                writer.event(event)
        problems = ["turn 1 never ended"] if not runs else []
        runs.append(live.Run(release=version, scenario="plain", truth=Truth(), problems=problems, status=0))
        return runs[-1]

    monkeypatch.setattr(live, "run", run)
    taken = record.take("0.50.0", "plain", tmp_path / "made", Wish(attempts=3))
    assert len(runs) == 2
    assert taken.problems == []
    case = taken.fixture.case
    assert (case.columns, case.rows, case.recorder, case.exit) == (60, 20, "bridge", 0)
    runs.clear()
    assert record.take("0.50.0", "plain", tmp_path / "made").problems == ["turn 1 never ended"]


@pytest.mark.live
def test_a_real_release_recorded_and_replayed(tmp_path: Path) -> None:
    taken = record.take("0.135.0", "two-turns", tmp_path / "made")
    assert taken.problems == []
    again = taken.fixture.play()
    assert golden.lifecycle(again.events) == golden.lifecycle(taken.events)
    text = (tmp_path / "made" / "session.cast").read_text("utf-8")
    assert "workroom" in text
    assert {rule.name for rule in taken.fixture.case.normalised} >= {"workspace", "session id"}
