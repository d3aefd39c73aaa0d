from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab.errors import LabError
from codexbridge.lab.scenario import load, names, parse

ONE = '[[turn]]\nuser = "hi"\n[[turn.response]]\nitems = [{ message = "ho" }]\n'


@pytest.mark.parametrize("name", names())
def test_every_scenario_loads(name: str) -> None:
    scenario = load(name)
    assert scenario.title
    assert scenario.about
    assert all(turn.response for turn in scenario.turn)


def test_repetitions_are_written_out() -> None:
    text = 'title = "t"\n' + ONE.replace('"hi"', '"hi %n%"\nrepeat = 3')
    assert [turn.user for turn in parse(text, "x").turn] == ["hi 1", "hi 2", "hi 3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "scenario x"),
        ('title = "t"\ncolour = "red"\n' + ONE, "colour"),
        ('title = "t"\n' + ONE.replace('message = "ho"', 'message = "ho", command = "ls"'), "message, command"),
        ('title = "t"\n' + ONE.replace('message = "ho"', "chunk = 3"), "nothing"),
        ('title = "t"\n' + ONE.replace('"ho"', "7"), "turn"),
    ],
)
def test_a_mistake_in_a_file_is_named(text: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        parse(text, "x")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LabError, match="two-turns"):
        load("nosuch")


def test_the_example_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert [turn.user for turn in parse(example, "x").turn] == ["List the files."] * 3 + ["Fail, please."]
