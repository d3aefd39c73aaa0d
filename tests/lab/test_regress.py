"""Cells of the matrix, their results on disk, and figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab import fixture, keep, regress
from codexbridge.lab.regress import Job, Plan, Result

from .test_judge import fixture as make
from .tiny import RELEASE


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("CODEXBRIDGE_FIXTURES", str(tmp_path / "fixtures"))
    return Plan(out=tmp_path / "out")


def place(tmp_path: Path, name: str, *extra: str) -> fixture.Fixture:
    folder = tmp_path / f"made-{name}"
    folder.mkdir()
    made = make(folder, *extra, scenario=name)
    target = fixture.folder_of(RELEASE, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    made.folder.rename(target)
    return fixture.Fixture(target)


def test_a_blessed_fixture_passes(tmp_path: Path, plan: Plan) -> None:
    keep.bless(place(tmp_path, "plain"))
    job = Job(RELEASE, "plain")
    result = regress.execute(job, plan)
    assert result.state == "passed", result.reasons
    assert result.counts.get("unknown", 0) == 0
    assert result.tallies["recall"] == (3, 3)
    assert [item.kind for item in result.items] == ["user_message", "command_execution", "agent_message"]
    assert regress.load(job, plan.out) == result


def test_a_golden_that_differs_shows_both_sides(tmp_path: Path, plan: Plan) -> None:
    one = place(tmp_path, "plain")
    keep.bless(one)
    path = one.folder / "items.jsonl"
    path.write_text(path.read_text().replace("Done.", "Gone."))
    result = regress.execute(Job(RELEASE, "plain"), plan)
    assert result.state == "failed"
    assert "golden items.jsonl differs" in result.reasons
    assert "text: Gone." in result.goldens["items.jsonl"]
    assert "text: Done." in result.goldens["items.jsonl"]


def test_a_fixture_without_goldens_says_so(tmp_path: Path, plan: Plan) -> None:
    place(tmp_path, "plain")
    result = regress.execute(Job(RELEASE, "plain"), plan)
    assert any("no goldens yet" in reason for reason in result.reasons)


def test_what_has_no_recording_is_missing_and_is_not_resumed(plan: Plan) -> None:
    job = Job(RELEASE, "plain")
    result = regress.execute(job, plan)
    assert result.state == "missing"
    assert regress.load(job, plan.out) is None
    assert regress.jobs([RELEASE], ["plain"], "recorded") == []
    assert regress.jobs([RELEASE], ["plain"], "live") == [job]


def test_figures_add_up_per_release() -> None:
    cells = [
        Result(
            release="0.9.0", scenario="a", mode="live", state="passed", counts={"item": 3}, tallies={"recall": (1, 1)}
        ),
        Result(
            release="0.9.0",
            scenario="b",
            mode="live",
            state="failed",
            counts={"unknown": 2},
            tallies={"recall": (0, 1)},
        ),
        Result(release="0.10.0", scenario="a", mode="live", state="passed", known=["x"], losses={"plan": 2}),
    ]
    first, second = regress.figures(cells)
    assert (first.release, first.passed, first.cells, first.lines, first.unknown) == ("0.9.0", 1, 2, 5, 2)
    assert first.share("recall") == "0.500"
    assert first.share("order") == "-"
    assert (second.release, second.known, second.losses) == ("0.10.0", 1, ["plan"])
