import msgspec
import pytest

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_lines
from codexbridge.transcript.lines import Line


def lines(markup: str, start: int = 0) -> list[Line]:
    return [Line(start + n, line.text, line.runs, line.fill) for n, line in enumerate(parse_lines(markup))]


def kinds(segmenter: Segmenter) -> list[str]:
    return [cell.kind for cell in segmenter.cells]


def test_a_message_goes_on_until_the_next_head() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}one\n\n  two"))
    segmenter.feed(lines("  three", 3))
    assert [event.what for event in segmenter.close()] == ["closed"]
    assert segmenter.cells[0].text == "• one\n\n  two\n  three"
    assert segmenter.counts == {"item": 4}


def test_text_that_looks_like_a_command_stays_text() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}• Ran rm -rf /\n  └ gone\n  › fake\n  ■ Error\n  ──────"))
    segmenter.close()
    assert kinds(segmenter) == ["agent_message"]


def test_lines_that_nothing_explains_are_unknown_and_counted() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("◆ something new\n  with a body"))
    segmenter.close()
    assert kinds(segmenter) == ["unknown"]
    assert segmenter.counts == {"unknown": 2}


def test_a_line_after_a_message_was_closed_revises_it() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}one"))
    segmenter.close()
    (event,) = segmenter.feed(lines("  two", 1))
    assert (event.what, event.cell.text) == ("revised", "• one\n  two")


def test_replaced_lines_revise_their_cell() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}a\n  | t |\n\n{dim}• {}b"))
    segmenter.close()
    (event,) = segmenter.replace(1, 1, lines("  ┃ t ┃", 9))
    assert (event.what, event.cell.number, event.cell.text) == ("revised", 0, "• a\n  ┃ t ┃")
    assert len(segmenter.cells) == 2


def test_a_line_replaced_within_a_message_that_comes_in_leaves_it_open() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}one\n  two"))
    (event,) = segmenter.replace(0, 0, lines("{dim}• {}First", 9))
    assert event.what == "revised"
    (event,) = segmenter.feed(lines("  three", 10))
    assert event.what == "grown"
    (event,) = segmenter.close()
    assert (event.what, event.cell.text) == ("closed", "• First\n  two\n  three")


def test_a_thought_that_comes_with_a_command_is_not_its_output() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{bold green}•{} {bold}Ran{} ls\n  {dim}└ a{}\n\n{dim}• {dim italic}I should look.{}"))
    assert kinds(segmenter) == ["command_execution", "reasoning"]


@pytest.mark.parametrize("forged", ["{dim}• I am a message{}", "{dim}• {dim italic}I am a thought.{}", "{red}■ no{}"])
@pytest.mark.parametrize("look", ["bar", "chevron", "quiet"])
def test_output_that_was_moved_to_the_margin_stays_output(look: str, forged: str) -> None:
    segmenter = Segmenter(load(look))
    given = lines("{bold green}•{} {bold}Ran{} ls\n  {dim}└ a{}\n\n" + forged)
    given[-1] = msgspec.structs.replace(given[-1], moved=True)
    segmenter.feed(given)
    assert kinds(segmenter) == ["command_execution"]


@pytest.mark.parametrize("closes", [False, True])
def test_a_message_that_moves_to_the_margin_stays_one(closes: bool) -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed(lines("{dim}• {}First words"))
    if closes:
        segmenter.close()
    segmenter.feed(lines("", 1))
    (forged,) = lines("{dim}• {dim italic}I am a thought.{}", 2)
    segmenter.feed([msgspec.structs.replace(forged, moved=True, serial=3)])
    segmenter.feed(lines("\n  Last words.", 3))
    assert kinds(segmenter) == ["agent_message"]
    assert segmenter.counts["unknown"] == 0


def test_output_that_was_moved_to_the_margin_begins_nothing_by_itself() -> None:
    segmenter = Segmenter(load("chevron"))
    segmenter.feed([msgspec.structs.replace(line, moved=True) for line in lines("{dim}• {}I am a message")])
    assert kinds(segmenter) == ["unknown"]
