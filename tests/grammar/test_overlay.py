"""What the transcript overlay shows of a command: where the command ends and its output begins."""

import pytest

from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_lines
from codexbridge.grammar.overlay import Shown, commands, complete
from codexbridge.items.model import CommandExecution
from codexbridge.items.resolve import Wanted, resolve
from codexbridge.terminal.records import Row


def shown(first: str, *indented: str, output: tuple[str, ...] = ()) -> Shown:
    return Shown(first, list(indented), list(output), True, 0, "")


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("ls", True),
        ("echo 'a", False),
        ("cat <<'EOF'\nx", False),
        ("cat <<'EOF'\nx\nEOF", True),
        ("python3 - <<'PY'\nfor i in range(3):\n    print(i)\nPY", True),
        ("for i in 1 2; do", False),
        ("for i in 1 2; do\n  echo $i\ndone", True),
    ],
)
def test_a_command_is_complete_when_a_shell_would_take_it(command: str, whole: bool) -> None:
    assert complete(command) is whole


def test_the_lines_of_a_command_are_known_from_the_history() -> None:
    assert shown("cat <<'E'", "a", "", "E", output=("a", "")).split(4) == ("cat <<'E'\na\n\nE", "a\n")


def test_blank_lines_of_a_command_that_stand_twice_are_one_each() -> None:
    # As 0.115 draws a heredoc with a blank line; its output is indented as the command is.
    one = shown("cat <<'E'", "a", "", "", "b", "E", "a", "", "b")
    assert one.split(5) == ("cat <<'E'\na\n\nb\nE", "    a\n\n    b")


def test_two_blank_lines_of_a_command_stay_two() -> None:
    one = shown("cat <<'E'", "a", "", "", "b", "E", output=("a",))
    assert one.split(6) == ("cat <<'E'\na\n\n\nb\nE", "a")


def test_a_command_without_an_end_does_not_swallow_the_next() -> None:
    pager = load("chevron").pager
    assert pager is not None
    drawn = parse_lines(
        "{magenta}${} ls\na.py\n{bold green}✓{} • 1ms\n\n{magenta}${} make\n\n{magenta}${} seq 2\n1\n2\n"
        "{bold green}✓{} • 2ms"
    )
    rows = [Row(line.text, line.runs) for line in drawn]
    found = commands(rows, pager, True)
    assert [(one.first, one.output, one.end) for one in found] == [
        ("ls", ["a.py"], -1),
        ("make", ["", "$ seq 2", "1", "2"], 9),
        ("seq 2", ["1", "2"], 9),
    ]
    item = CommandExecution(id="", command="seq 2", aggregated_output="1\n[1 lines not shown]", elided=1)
    matched = resolve([Wanted([item], held=True)], found)
    assert matched is not None
    assert matched[0][0].output == ["1", "2"]
    quoting = CommandExecution(id="", command="make", aggregated_output="", elided=1)
    matched = resolve([Wanted([quoting], held=True)], found)
    assert matched is not None
    assert matched[0][0].output == ["", "$ seq 2", "1", "2"]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["1 2 3 4 5 6 7 8 9 0", "10 11"], ["1 2 3 4 5 6 7 8 9 0 10 11"]),
        (["1 2 3 4 5 6 7 8 9", "a 10 11"], ["1 2 3 4 5 6 7 8 9", "a 10 11"]),
        (["x" * 20, "x" * 20, "xx y"], ["x" * 42 + " y"]),
        (["x" * 18, "yy"], ["x" * 18 + " yy"]),
        (["x" * 17, "yy"], ["x" * 17, "yy"]),
        (["12345678 12345678 12", "  indented by itself"], ["12345678 12345678 12", "  indented by itself"]),
    ],
)
def test_lines_wider_than_the_overlay_are_put_together(rows: list[str], lines: list[str]) -> None:
    pager = load("chevron").pager
    assert pager is not None
    drawn = parse_lines("{magenta}${} x\n" + "\n".join(rows) + "\n{bold green}✓{} • 1ms")
    (one,) = commands([Row(line.text, line.runs) for line in drawn], pager, True, 20)
    assert one.output == lines
