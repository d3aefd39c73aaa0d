"""Fixture folders: written, read, blessed, and kept free of strays."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab import fixture, golden, keep
from codexbridge.lab.errors import LabError
from codexbridge.lab.fixture import Case
from codexbridge.lab.truth import Entry, Truth, TurnTruth

from .tiny import COLUMNS, RELEASE, ROWS, recording


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fixture.Fixture:
    monkeypatch.setenv("CODEXBRIDGE_FIXTURES", str(tmp_path / "fixtures"))
    keep.write(recording(), tmp_path / "raw.cast")
    entries = [
        Entry(kind="command_execution", text="echo hi", output="hi\n", exit_code=0, failed=False, call_id="c"),
        Entry(kind="agent_message", text="Done."),
    ]
    Truth(turns=[TurnTruth(user="hello there", entries=entries)]).save(tmp_path / "raw.truth.json")
    case = Case(release=RELEASE, scenario="tiny", columns=COLUMNS, rows=ROWS)
    folder = fixture.folder_of(RELEASE, "tiny")
    return keep.keep(tmp_path / "raw.cast", folder, case, truth=tmp_path / "raw.truth.json")


def test_blessed_goldens_are_what_a_replay_gives(made: fixture.Fixture) -> None:
    assert keep.bless(made)[1] == []
    assert made.goldens() == golden.goldens(made.play())
    assert [one.name for one in fixture.find()] == [f"{RELEASE}/tiny"]
    assert fixture.orphans() == []


def test_what_contradicts_the_truth_is_not_blessed(made: fixture.Fixture) -> None:
    path = made.folder / "truth.json"
    path.write_text(path.read_text().replace("Done.", "Something else altogether."))
    assert keep.bless(made)[1]
    assert made.goldens() == {}


def test_goldens_are_accepted_by_kind(made: fixture.Fixture) -> None:
    keep.bless(made)
    (made.folder / "items.jsonl").write_text("old\n")
    (made.folder / "stray.txt").write_text("stray\n")
    (made.folder / "transcript.txt").unlink()
    new = golden.goldens(made.play())
    assert made.accept(new, ["create"]) == [f"create {made.name}/transcript.txt"]
    assert made.accept(new, ["trim"]) == [f"trim {made.name}/stray.txt"]
    assert made.accept(new, ["fix"]) == [f"fix {made.name}/items.jsonl"]
    assert made.goldens() == new


def test_strays_are_found(made: fixture.Fixture) -> None:
    base = fixture.root() / "releases"
    (base / "0.1.0" / "x").mkdir(parents=True)
    (base / "0.1.0" / "x" / "items.jsonl").write_text("")
    (made.folder / "session.cast").unlink()
    assert fixture.orphans() == ["0.1.0/x/items.jsonl", f"{RELEASE}/tiny: no session.cast"]


def test_a_case_survives_being_written(made: fixture.Fixture, tmp_path: Path) -> None:
    case = Case(release="1.2.3", columns=4, rows=5, flags=["--a b", "it's"], losses=["plan"])
    fixture.save_case(case, tmp_path / "case.toml")
    assert fixture.load_case(tmp_path / "case.toml") == case


def test_a_wrong_case_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('release = "1.2.3"\ncolums = 4\n')
    with pytest.raises(LabError, match=r"case\.toml.*colums"):
        fixture.load_case(tmp_path / "case.toml")


def test_what_was_known_and_is_gone_is_trimmed(made: fixture.Fixture) -> None:
    made.case.known, made.case.unknown = ["outputs command_execution, turn 1"], 3
    assert keep.bless(made, ["create"])[1] == []
    assert made.case.known
    done, _ = keep.bless(made, ["trim"])
    assert done == [f"trim {made.name}/case.toml: outputs command_execution, turn 1"]
    again = fixture.Fixture(made.folder).case
    assert (again.known, again.unknown) == ([], 0)
