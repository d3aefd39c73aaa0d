"""The looks written out are golden files: a change of a shared rule shows which looks it changes."""

from pathlib import Path

import pytest

from codexbridge.grammar.flat import flat
from codexbridge.grammar.look import load, names
from codexbridge.lab import grammars


@pytest.mark.parametrize("name", names())
def test_a_look_is_as_its_golden_says(name: str) -> None:
    # After a wanted change: codexbridge regress --looks --accept fix
    assert flat(load(name)) == grammars.path_of(name).read_text("utf-8")


def test_there_is_a_golden_for_every_look_and_no_other() -> None:
    assert sorted(path.stem for path in grammars.path_of("x").parent.glob("*.flat")) == names()


def test_what_is_written_out_is_resolved_and_in_match_order() -> None:
    text = flat(load("chevron"))
    assert "{cell}" not in text
    assert text.index(" exec.ran: ") < text.index(" agent.message: ")
    assert "(?<cell>•) (?<verb>Ran)" in text
    assert "dim !bold !italic" in text


def test_differences_are_told_and_accepted_by_kind(tmp_path: Path) -> None:
    assert [one.state for one in grammars.check((), tmp_path)] == ["missing"] * len(names())
    assert [one.state for one in grammars.check(("create",), tmp_path)] == ["created"] * len(names())
    (tmp_path / "bar.flat").write_text("look bar: as it was\n", "utf-8")
    (tmp_path / "gone.flat").write_text("look gone\n", "utf-8")
    told = {one.look: one for one in grammars.check((), tmp_path) if one.state != "same"}
    assert {name: one.state for name, one in told.items()} == {"bar": "differs", "gone": "stale"}
    assert "-look bar: as it was" in told["bar"].diff
    grammars.check(("fix", "trim"), tmp_path)
    assert {one.state for one in grammars.check((), tmp_path)} == {"same"}
