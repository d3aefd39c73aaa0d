"""Rows that stand for missing output: known by their place, since their style is that of output."""

from __future__ import annotations

import pytest

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_lines
from codexbridge.items.body import Parts, parts
from codexbridge.items.build import build
from codexbridge.items.model import CommandExecution


def taken(look: str, markup: str) -> Parts:
    segmenter = Segmenter(load(look))
    segmenter.feed(parse_lines(markup))
    assert len(segmenter.cells) == 1
    return parts(segmenter.cells[0], segmenter.look)


def output(*rows: str, head: str = "{bold green}•{} {bold}Ran{} x") -> str:
    first, *rest = rows
    return "\n".join([head, f"{{dim}}  └ {first}{{}}", *(f"    {{dim}}{row}{{}}" for row in rest)])


def test_two_rows_before_and_two_after() -> None:
    found = taken("chevron", output("a", "b", "… +26 lines", "y", "z"))
    assert (found.elided, found.elided_at) == (26, 2)
    assert [line.text for line in found.body] == ["a", "b", "y", "z"]


def test_blank_lines_at_the_end_of_an_output_count() -> None:
    found = taken("chevron", output("a", "b", "… +26 lines", "y") + "\n")
    assert (found.elided, found.elided_at) == (26, 2)
    # The last blank line stands before what follows.
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(parse_lines(output("a", "b", "… +26 lines", "y") + "\n\n{dim}• {}Done."))
    assert parts(segmenter.cells[0], segmenter.look).elided == 0
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(parse_lines(output("a", "b", "… +26 lines", "y") + "\n\n\n{dim}• {}Done."))
    assert parts(segmenter.cells[0], segmenter.look).elided == 26


@pytest.mark.parametrize("rows", [("a", "… +26 lines", "y", "z"), ("a", "b", "… +26 lines"), ("… +1 lines",)])
def test_an_output_that_has_the_words_elsewhere_is_whole(rows: tuple[str, ...]) -> None:
    found = taken("chevron", output(*rows))
    assert found.elided == 0
    assert [line.text for line in found.body] == list(rows)


def test_the_quiet_look_shows_three_rows_and_then_the_count() -> None:
    found = taken("quiet", output("a", "b", "c", "+27 lines (^t to view transcript)"))
    assert (found.elided, len(found.body)) == (27, 3)
    assert taken("quiet", output("a", "b", "+27 lines (^t to view transcript)")).elided == 0


def test_an_mcp_result_is_never_cut_in_the_older_look() -> None:
    head = '{bold green}•{} {bold}Called{} lab.echo({{"a":1})'
    assert taken("chevron", output("a", "b", "… +26 lines", "y", "z", head=head)).elided == 0


def test_lines_of_a_command_are_missing_only_after_the_second() -> None:
    command = "{bold green}•{} {bold}Ran{} one\n{dim}  │ {}two\n{dim}  │ {}three\n{dim}  │ … +4 lines{}\n{dim}  └ (no output){}"
    found = taken("chevron", command)
    assert ([line.text for line in found.head], found.elided_head, found.empty) == (["two", "three"], 4, True)
    forged = "{bold green}•{} {bold}Ran{} one\n{dim}  │ {}… +4 lines\n{dim}  └ x{}"
    assert taken("chevron", forged).elided_head == 0


def test_a_group_has_as_many_commands_as_it_says() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(parse_lines("{bold green}•{} {bold}Ran 3 commands{}{dim} · ctrl + t to view transcript{}"))
    items = build(segmenter.cells[0], segmenter.look)
    assert [isinstance(item, CommandExecution) and item.elided for item in items] == [-1, -1, -1]
