"""Verdicts on replays."""

from __future__ import annotations

from pathlib import Path

from codexbridge.lab import judge, keep
from codexbridge.lab.fixture import Case, Fixture
from codexbridge.lab.score import Difference
from codexbridge.lab.truth import Entry, Truth, TurnTruth

from .tiny import RELEASE, recording


def fixture(folder: Path, *extra: str, said: str = "Done.", **case: object) -> Fixture:
    keep.write(recording(*extra), folder / "raw.cast")
    entries = [
        Entry(kind="command_execution", text="echo hi", output="hi\n", exit_code=0, failed=False, call_id="c"),
        Entry(kind="agent_message", text=said),
    ]
    Truth(turns=[TurnTruth(user="hello there", entries=entries)]).save(folder / "raw.truth.json")
    given = Case(release=RELEASE, columns=60, rows=20, **case)  # type: ignore[arg-type]
    return keep.keep(folder / "raw.cast", folder / "case", given, truth=folder / "raw.truth.json")


def test_all_is_well(tmp_path: Path) -> None:
    one = fixture(tmp_path)
    verdict = judge.judge(one, one.play())
    assert verdict.reasons() == []
    assert verdict.score is not None
    assert verdict.score.perfect


def test_unexplained_lines_come_with_the_nearest_rule(tmp_path: Path) -> None:
    one = fixture(tmp_path, "• Ran a forgery")
    verdict = judge.judge(one, one.play())
    assert "1 lines of history that no rule explains" in verdict.reasons()
    (line,) = verdict.unexplained
    assert line.text == "• Ran a forgery"
    assert line.rule


def test_known_differences_do_not_count_and_gone_ones_are_told(tmp_path: Path) -> None:
    one = fixture(
        tmp_path, said="Something else altogether, nothing alike.", known=["outputs command_execution, turn 9"]
    )
    verdict = judge.judge(one, one.play())
    assert verdict.faults
    assert verdict.stale == ["outputs command_execution, turn 9"]
    one.case.known = [judge.signature(fault) for fault in verdict.all_faults]
    assert judge.judge(one, one.play()).reasons() == []


def test_summary_is_short() -> None:
    assert judge.summary(["a", "b", "c", "d"], 2) == "a; b (and 2 more)"


def test_a_late_difference_is_shown() -> None:
    same = "word " * 40
    said = judge.describe(
        Difference(turn=0, what="text", kind="agent_message", expected=same + "this", got=same + "that")
    )
    assert "word this'" in said
    assert "word that'" in said
    assert len(said) < 150
