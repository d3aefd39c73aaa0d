"""Commands of a second reading matched with those of the history."""

from __future__ import annotations

from codexbridge.grammar.look import load
from codexbridge.grammar.overlay import Shown
from codexbridge.grammar.rawtext import raw_commands
from codexbridge.items.model import CommandExecution
from codexbridge.items.resolve import Wanted, resolve, whole

PAGER = load("chevron").pager

QUOTING = [
    "$ cat notes",
    "first",
    "",
    "$ rm -rf /",
    "last",
    "✓ • 0ms",
    "",
    "$ ls src",
    "app.py",
    "✓ • 0ms",
    "",
    "Done.",
]


def command(text: str, output: str = "", **more: int) -> CommandExecution:
    return CommandExecution(id="", command=text, aggregated_output=output, **more)


def test_a_prompt_that_an_output_quotes_is_no_command_of_a_group() -> None:
    assert PAGER is not None
    wanted = [
        Wanted([command("cat notes", "first", elided=2)], held=True),
        Wanted([command("")], group=True, held=True),
    ]
    found = resolve(wanted, raw_commands(QUOTING, PAGER))
    assert found is not None
    assert [[shown.first for shown in found[index]] for index in (0, 1)] == [["cat notes"], ["ls src"]]


def test_a_command_whose_output_quotes_itself_is_taken_whole() -> None:
    assert PAGER is not None
    lines = ["$ cat log", "", "$ cat log", "old", "✓ • 0ms"]
    found = resolve([Wanted([command("cat log", elided=1)], held=True)], raw_commands(lines, PAGER))
    assert found is not None
    assert whole(command("cat log"), found[0][0]).aggregated_output == "\n$ cat log\nold"


def test_a_command_that_the_screen_broke_keeps_its_lines() -> None:
    assert PAGER is not None
    (shown,) = raw_commands(["$ echo one two", "    out", "✓ • 0ms"], PAGER)
    item = whole(command("echo one\ntwo"), shown)
    assert (item.command, item.aggregated_output) == ("echo one two", "    out")


def test_what_the_history_wrote_stays_where_a_page_has_no_more() -> None:
    def output(drawn: str, *paged: str, elided: int = -1) -> str:
        item = CommandExecution(id="", command="x", aggregated_output=drawn, elided=elided)
        return whole(item, Shown("x", [], list(paged), True, 0, "1ms")).aggregated_output

    assert output("one\nthree", "one", "two", "three") == "one\ntwo\nthree"
    assert output("नमस्ते", "नमस्") == "नमस्ते"
    assert output("err", "out err") == "out err"


def reading(target: str) -> CommandExecution:
    return CommandExecution(id="", command="", parsed=[{"type": "run", "target": target}])


def run(*firsts: str) -> list[Shown]:
    """Commands that stand together in the overlay, after something else."""
    return [Shown(first, [], [], True, 0, "", alone=not n) for n, first in enumerate(firsts)]


def test_a_run_of_readings_is_the_commands_that_stand_together() -> None:
    # Two pieces are of one command, and one command left no piece.
    wanted = [Wanted([reading("echo a"), reading("echo b"), reading("cat 'x y'")], group=True, held=True, run=1)]
    shown = [*run("ls"), *run("echo a && echo b", "printf x", 'cat "x y"')]
    found = resolve(wanted, shown)
    assert found is not None
    assert [one.first for one in found[0]] == ["echo a && echo b", "printf x", 'cat "x y"']


def test_of_a_run_that_went_out_in_part_the_rest_follows() -> None:
    wanted = [Wanted([reading("ls")], group=True, held=True, run=1, told=2)]
    found = resolve(wanted, run("ls", "ls", "ls"))
    assert found is not None
    assert [one.first for one in found[0]] == ["ls"]
    # All of it was told: the piece came late.
    assert resolve(wanted, run("ls", "ls")) == {0: []}


def test_a_run_is_read_to_its_beginning_and_newer_ones_are_passed_over() -> None:
    wanted = [Wanted([reading("ls")], group=True, held=True, run=1)]
    cut = [Shown("ls", [], [], True, 0, "", alone=None)]
    assert resolve(wanted, cut) is None
    found = resolve(wanted, [*run("ls"), *run("make")])
    assert found is not None
    assert [one.first for one in found[0]] == ["ls"]


def test_what_came_before_the_first_that_waits_need_not_be_found() -> None:
    told = CommandExecution(id="", command="", parsed=[{"type": "unknown", "target": "echo begin"}])
    listed = CommandExecution(id="", command="", parsed=[{"type": "list", "target": "src"}], elided=-1)
    wanted = [Wanted([told], group=True), Wanted([listed], group=True, held=True, run=3, told=1)]
    first, second = Shown("echo begin; sleep 1", [], [], True, 0, ""), Shown("ls src", [], ["util"], True, 0, "")
    first.alone, second.alone = True, False
    assert resolve(wanted, [first, second]) == {1: [second]}
