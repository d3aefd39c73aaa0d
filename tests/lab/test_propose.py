"""Ranking looks for a release that the table does not have."""

from __future__ import annotations

import tomllib
from pathlib import Path

from codexbridge.grammar.releases import Release
from codexbridge.lab import propose
from codexbridge.lab.judge import Unexplained
from codexbridge.lab.truth import Entry

from .test_judge import fixture


def test_one_candidate_per_look_driven_as_its_nearest_row() -> None:
    rows = [
        Release(version="0.20.0", look="labels"),
        Release(version="0.40.0", look="chevron", flags=("--old",)),
        Release(version="0.60.0", look="chevron", flags=("--new",)),
        Release(version="0.90.0", look="quiet"),
        Release(version="0.95.0", look="nothing like it"),
    ]
    found = {row.look: row for row in propose.candidates("0.70.0", rows)}
    assert set(found) == {"labels", "chevron", "quiet"}
    assert found["chevron"].flags == ("--new",)
    assert {row.version for row in found.values()} == {"0.70.0"}


def test_the_right_look_comes_first(tmp_path: Path) -> None:
    trials = propose.rank("0.50.0", [fixture(tmp_path)])
    assert trials[0].look == "chevron"
    assert trials[0].unknown == 0
    assert not trials[0].faults
    assert trials[0].rank < trials[-1].rank


def test_the_row_is_toml(tmp_path: Path) -> None:
    row = Release(version="1.2.3", look="chevron", flags=("-a", "b"), config={"tui": {"x": True}}, traits={"n": 1.5})
    written = tomllib.loads(propose.row_text(row))["release"][0]
    assert written == {
        "version": "1.2.3",
        "look": "chevron",
        "flags": ["-a", "b"],
        "config": {"tui": {"x": True}},
        "traits": {"n": 1.5},
    }


def test_losses_that_would_explain_what_differs(tmp_path: Path) -> None:
    one = fixture(tmp_path)
    truth = one.truth()
    assert truth is not None
    truth.turns[0].entries.insert(0, Entry(kind="reasoning", text="A thought that is not drawn.", parts=[]))
    truth.save(one.folder / "truth.json")
    row = Release(version="0.47.0", look="chevron")
    assert propose.losses(row, [one]) == propose.Losses((), ("reasoning",), ())
    row = Release(version="0.47.0", look="chevron", losses=("exit", "reasoning"))
    assert propose.losses(row, [one]) == propose.Losses(("reasoning",), (), ("exit",))


def test_other_marks_are_named_and_what_they_would_explain(tmp_path: Path) -> None:
    one = fixture(tmp_path)
    path = one.folder / "session.cast"
    path.write_text(path.read_text("utf-8").replace("\\u2022", "\\u25c6").replace("•", "◆"), "utf-8")
    trial = next(trial for trial in propose.rank("0.50.0", [one]) if trial.look == "chevron")
    assert trial.unknown
    said = propose.advice("chevron", trial.unexplained, [one])
    assert said[0].startswith("  ◆ where the look has • (glyph cell): ")
    assert "looks/chevron.toml with these marks" in said[1]
    assert "leaves 0 lines unexplained" in said[1]


def test_lines_to_write_rules_from_are_those_that_begin_something() -> None:
    lines = [
        ("plain", Unexplained(4, "✱ Something new", "exec.ran", 0.1, "its pattern stops before 'x'")),
        ("plain", Unexplained(5, "    that goes on")),
        ("plain", Unexplained(7, "  and on")),
        ("plain", Unexplained(12, "  by itself")),
        ("two-turns", Unexplained(13, "  elsewhere")),
    ]
    assert propose.advice("chevron", lines) == [
        "  plain:4: ✱ Something new",
        "      nearest: exec.ran: its pattern stops before 'x'",
        "  plain:12:   by itself",
        "  two-turns:13:   elsewhere",
        "  and 2 lines that go on with one of these, or have such a mark",
    ]
