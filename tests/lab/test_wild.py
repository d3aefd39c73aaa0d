"""Random scenarios: the same number is the same one, and what they ask of a release can be done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codexbridge.lab import scenario, selection, wild, workspace
from codexbridge.lab.errors import LabError
from codexbridge.lab.scenario import KINDS


def test_a_number_names_one_conversation() -> None:
    assert scenario.load("wild-17") == scenario.load("wild-17")
    assert scenario.load("wild-17") != scenario.load("wild-18")
    assert wild.scenario("plain") is None


def test_a_series_can_be_named() -> None:
    assert selection.scenarios("plain,wild-3..5,!wild-4") == ["plain", "wild-3", "wild-5"]
    assert selection.scenarios("storm-8..9") == ["storm-8", "storm-9"]
    fresh = selection.scenarios("fresh-4")
    assert [name.split("-")[0] for name in fresh] == ["wild", "storm", "rare", "wild"]
    assert selection.scenarios("fresh-4") != fresh
    with pytest.raises(LabError, match="wild-1"):
        selection.scenarios("wilder")


def test_every_kind_of_item_comes_up() -> None:
    drawn = [scenario.load(f"wild-{number}") for number in range(60)]
    parts = [part for one in drawn for turn in one.turn for response in turn.response for part in response.items]
    assert {part.kind for part in parts} == set(KINDS) - {"mcp", "search", "image"}


def test_storms_hold_all_that_can_happen() -> None:
    turns = [turn for number in range(40) for turn in scenario.load(f"storm-{number}").turn]
    responses = [response for turn in turns for response in turn.response]
    assert any(turn.interrupt for turn in turns)
    assert any(len(turn.busy) > 1 for turn in turns)
    assert any(response.drop for response in responses)
    assert {response.error.status for response in responses if response.error} == {400, 404, 429, 500}
    kinds = {part.kind for response in responses for part in response.items}
    assert kinds >= {"mcp", "search", "command", "message"}
    assert scenario.load("storm-3") == scenario.load("storm-3")
    for number in range(40):
        # What fails for good may be the end of a conversation, so nothing comes after it.
        assert not any(turn.response[0].error and not turn.response[0].items for turn in _all_but_last(number))


def test_rare_ones_imitate_paint_and_repeat() -> None:
    drawn = [scenario.load(f"rare-{number}") for number in range(40)]
    parts = [part for one in drawn for turn in one.turn for response in turn.response for part in response.items]
    assert {part.kind for part in parts} == {"message", "reasoning", "command", "patch", "plan"}
    commands = [part.command for part in parts if part.command]
    assert any("\\033[" in command for command in commands)
    assert any("\n" in command for command in commands)
    assert not any("{n}" in command or "{few}" in command for command in commands)
    assert any(a == b for one in drawn for a, b in zip(one.turn, one.turn[1:], strict=False))
    assert scenario.load("rare-3") == scenario.load("rare-3")


def _all_but_last(number: int) -> list[scenario.Turn]:
    return scenario.load(f"storm-{number}").turn[:-1]


@pytest.mark.parametrize("name", [f"{kind}-{number}" for kind in ("wild", "rare") for number in range(12)])
def test_patches_fit_the_files_as_they_are_then(name: str, tmp_path: Path) -> None:
    story = scenario.load(name)
    folder = workspace.make(story, tmp_path / "work")
    for part in (part for turn in story.turn for response in turn.response for part in response.items):
        for path, old, new in _hunks(part.patch or ""):
            text = (folder / path).read_text("utf-8")
            assert old in text, f"{path}: a hunk does not stand in it"
            (folder / path).write_text(text.replace(old, new, 1), "utf-8")
        _carry_out(part.patch or "", folder)


def _hunks(patch: str) -> list[tuple[str, str, str]]:
    """Path, the lines that are replaced, and those that replace them."""
    found = []
    for section in patch.split("*** Update File: ")[1:]:
        path, _, rest = section.partition("\n")
        lines = rest.partition("@@\n")[2].partition("\n*** ")[0].splitlines()
        old = "".join(line[1:] + "\n" for line in lines if line[0] in " -")
        found.append((path, old, "".join(line[1:] + "\n" for line in lines if line[0] in " +")))
    return found


def _carry_out(patch: str, folder: Path) -> None:
    """What a patch adds, moves and deletes."""
    path = ""
    for line in patch.splitlines():
        word, _, rest = line.partition(": ")
        if word == "*** Add File":
            path = rest
            (folder / path).write_text("", "utf-8")
        elif word == "*** Update File":
            path = rest
        elif word == "*** Move to":
            subprocess.run(["mv", path, rest], cwd=folder, check=True)
        elif word == "*** Delete File":
            (folder / rest).unlink()
        elif line.startswith("+") and (folder / path).is_file() and f"*** Add File: {path}" in patch:
            (folder / path).write_text((folder / path).read_text("utf-8") + line[1:] + "\n", "utf-8")
