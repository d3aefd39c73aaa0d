"""Groups of reads, taken apart as they grow."""

from __future__ import annotations

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look, load
from codexbridge.grammar.markup import parse_lines
from codexbridge.items.exploring import Exploring, readings

LOOK: Look = load("chevron")


def group(*rows: str, running: bool) -> Cell:
    verb = "Exploring" if running else "Explored"
    mark = "{bold}•{}" if running else "{dim}•{}"
    lines = parse_lines("\n".join([f"{mark} {{bold}}{verb}{{}}", *rows]))
    for head in LOOK.live:
        found = head.match(lines[0])
        if found is not None and head.rule.item == "explored":
            return Cell(head.rule, found, lines)  # type: ignore[arg-type]
    raise AssertionError("no sign takes the head")


def test_files_of_one_row_are_told_apart_by_their_faint_commas() -> None:
    cell = group("{dim}  └ {}{cyan}Read{} a, b.txt{dim}, {}c.txt", "    {cyan}List{} src", running=False)
    assert readings(cell, LOOK) == [
        {"type": "read", "target": "a, b.txt"},
        {"type": "read", "target": "c.txt"},
        {"type": "list", "target": "src"},
    ]


def test_what_a_frame_adds_is_one_more_command() -> None:
    exploring = Exploring()
    first = exploring.live(group("{dim}  └ {}{cyan}Read{} a.txt", running=True), LOOK)
    assert first is not None
    assert first.parsed == [{"type": "read", "target": "a.txt"}]
    assert exploring.live(group("{dim}  └ {}{cyan}Read{} a.txt", running=True), LOOK) is None
    both = group("{dim}  └ {}{cyan}Read{} a.txt{dim}, {}b.txt", "    {cyan}List{} src", running=True)
    second = exploring.live(both, LOOK)
    assert second is not None
    assert [part["target"] for part in second.parsed] == ["b.txt", "src"]
    known, unseen = exploring.close(
        group("{dim}  └ {}{cyan}Read{} a.txt{dim}, {}b.txt", "    {cyan}List{} src", running=False), LOOK
    )
    assert known == [first, second]
    assert unseen == []


def test_a_group_that_runs_again_and_shows_nothing_new_repeats_a_command() -> None:
    exploring = Exploring()
    running, done = (group("{dim}  └ {}{cyan}Read{} a.txt", running=state) for state in (True, False))
    assert exploring.live(running, LOOK) is not None
    assert exploring.live(done, LOOK) is None
    again = exploring.live(running, LOOK)
    assert again is not None
    assert again.parsed == [{"type": "read", "target": "a.txt"}]
    known, unseen = exploring.close(done, LOOK)
    assert len(known) == 2
    assert unseen == []


def test_what_nobody_saw_growing_is_one_command_for_each_thing() -> None:
    known, unseen = Exploring().close(group("{dim}  └ {}{cyan}Read{} a.txt{dim}, {}b.txt", running=False), LOOK)
    assert known == []
    assert [one.parsed[0]["target"] for one in unseen] == ["a.txt", "b.txt"]
    assert all(one.elided == -1 for one in unseen)
