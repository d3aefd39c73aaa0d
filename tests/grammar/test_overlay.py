"""What the transcript overlay shows of a command: where the command ends and its output begins."""

import pytest

from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_lines
from codexbridge.grammar.overlay import Shown, commands, complete, divided
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


def _rows(markup: str) -> list[Row]:
    return [Row(line.text, line.runs) for line in parse_lines(markup)]


LABELLED = """{bold cyan}user{}
Go.

{magenta}${} ls
a
{bold green}✓{}{dim} • 5ms{}

{italic magenta}thinking{}
{bold}More{}

Of it.

{magenta}${} pwd
/p
{bold green}✓{}{dim} • 5ms{}"""


def test_a_thought_with_a_label_stands_between_no_commands() -> None:
    pager = load("labels").pager
    assert pager is not None
    assert [(one.first, one.alone) for one in commands(_rows(LABELLED), pager, True)] == [("ls", True), ("pwd", False)]
    # Above the first head nobody knows what a page shows.
    below = _rows("Of it.\n\n{magenta}${} pwd\n/p\n{bold green}✓{}{dim} • 5ms{}")
    assert [one.alone for one in commands(below, pager, False)] == [None]


def test_rows_that_the_page_breaks_are_one() -> None:
    pager = load("labels").pager
    assert pager is not None
    drawn = _rows(
        "{magenta}${} echo one two\nthree\none two three\nfour\nabcdefghijklmnop\nqrst\n{bold green}✓{}{dim} • 5ms{}"
    )
    (one,) = commands(drawn, pager, True, 16)
    (full,) = commands(_rows("{magenta}${} x\nabcdefghijklmnop\n{bold green}✓{}{dim} • 5ms{}"), pager, True, 16)
    assert full.output == ["abcdefghijklmnop"]
    assert (one.first, one.output) == ("echo one two three", ["one two three four", "abcdefghijklmnopqrst"])


def test_a_command_has_its_blank_lines() -> None:
    rows = ["", "      echo yes", "", "    fi", "", "    yes", ""]
    indented, output = divided(rows, "    ")
    assert (indented, output) == (["", "  echo yes", "", "fi", "", "yes"], [""])
    made = shown("if true; then", *indented, output=tuple(output))
    assert made.split(None) == ("if true; then\n\n  echo yes\n\nfi", "\n    yes\n")
    assert made.split(5) == made.split(None)
    assert divided(["", "a"], "    ") == ([], ["", "a"])
