"""What is held back, what lets it out, and which turn it belongs to."""

from __future__ import annotations

from collections import Counter

import regex as re

from codexbridge.grammar.cells import Cell, CellEvent
from codexbridge.grammar.look import Match, load
from codexbridge.grammar.rules import Rule
from codexbridge.items.model import AgentMessage, Reasoning
from codexbridge.items.tracker import Step
from codexbridge.session.api import ItemCompleted, Status, TurnCompleted
from codexbridge.session.headings import Headings
from codexbridge.session.notice import LastWord
from codexbridge.session.second import SecondReadings
from codexbridge.session.traits import Traits
from codexbridge.terminal.records import PLAIN, Frame, Inserted, Row, Run, Wiped
from codexbridge.transcript.lines import Line

SOURCE = "* one\n* two"


def readings() -> SecondReadings:
    word = LastWord(0.5, Counter())
    return SecondReadings(load("quiet"), Traits(reading="raw", raw=("alt-r",)), lambda: "item_new", word)


def held(second: SecondReadings) -> None:
    """A message of turn 1 whose drawing does not tell its source."""
    message = AgentMessage(id="item_1", text="- one\n- two", plain="- one\n- two")
    rule = Rule(id="message", head="", kind="agent_message", shape="block")
    event = CellEvent("closed", Cell(rule, Match({}, {}), []))
    second.cell(event, [Step("completed", message)], turn=1, at=0.0)


def restate(second: SecondReadings, rows: tuple[Row, ...], at: float) -> None:
    for record in (Wiped(True, True), Inserted(rows, 1), Frame(1, (), (), (0, 0), True, False, "")):
        second.filter(record, at)


def test_a_held_message_comes_out_whole_in_its_own_turn_and_before_what_came_after_it() -> None:
    second = readings()
    held(second)
    second.put(TurnCompleted(turn=1, status="completed"))
    assert second.events() == []
    assert second.holds
    # A turn begins before the reading is done.
    second.turn()
    second.settle(free=True, running=False, at=0.02)
    assert second.keys() == ["alt-r"]
    restate(second, (Row("Title"), Row(""), Row("* one"), Row("* two")), 0.1)
    second.settle(free=True, running=True, at=0.2)
    item, end = second.events()
    assert isinstance(item, ItemCompleted)
    assert isinstance(item.item, AgentMessage)
    assert (item.turn, item.item.text, item.item.source) == (1, SOURCE, "raw")
    assert isinstance(end, TurnCompleted)


def test_what_has_no_place_in_the_order_does_not_wait() -> None:
    second = readings()
    held(second)
    second.put(Status(text="Working"))
    assert second.events() == [Status(text="Working")]


def test_a_raw_history_serves_whoever_asked_for_it() -> None:
    second = readings()
    held(second)
    restate(second, (Row("Title"), Row(""), Row("* one"), Row("* two")), 0.01)
    second.settle(free=True, running=True, at=0.1)
    assert second.keys() == ["alt-r"]
    (item,) = second.events()
    assert isinstance(item, ItemCompleted)
    assert item.item.source == "raw"


def test_at_the_end_everything_comes_out_as_it_is() -> None:
    second = readings()
    held(second)
    second.end()
    second.release()
    (item,) = second.events()
    assert isinstance(item, ItemCompleted)
    assert item.item.source == "screen"
    held(second)
    assert len(second.events()) == 1


def test_a_message_that_came_in_while_the_history_was_restated_is_read_again() -> None:
    second = readings()
    held(second)
    restate(second, (Row("Title"), Row(""), Row("* one"), Row("* two")), 0.01)
    second.settle(free=True, running=True, at=0.1)
    restate(second, (Row("Title", (Run(0, 5, PLAIN._replace(bold=True)),)), Row("- one")), 0.2)
    second.events()
    cell = Cell(
        Rule(id="message", head="", kind="agent_message", shape="block"),
        Match({}, {}),
        [Line(1, "One."), Line(2, "Two.")],
        7,
    )
    second.cell(CellEvent("grown", cell), [], turn=1, at=0.2)
    doubled = AgentMessage(id="item_2", text="One.\nTwo words.\nTwo words.", plain="One.\nTwo words.\nTwo words.")
    second.cell(CellEvent("closed", cell), [Step("completed", doubled)], turn=1, at=0.3)
    assert second.events() == []
    restate(second, (Row("Title"), Row(""), Row("* one"), Row(""), Row("One."), Row(""), Row("Two words.")), 0.4)
    second.settle(free=True, running=True, at=0.5)
    (item,) = second.events()
    assert isinstance(item, ItemCompleted)
    assert isinstance(item.item, AgentMessage)
    assert item.item.text == "One.\n\nTwo words."


def test_no_reading_begins_while_a_message_comes_in() -> None:
    second = readings()
    held(second)
    for at in (0.1, 1.0, 5.0):
        second.settle(free=True, running=True, at=at, streams=True)
        assert second.keys() == []
    assert second.events() == []
    second.settle(free=True, running=True, at=5.1)
    assert second.keys() == ["alt-r"]


def test_the_status_row_comes_back_with_an_old_heading() -> None:
    headings = Headings(re.compile("Working"))
    headings.status("Planning")
    assert headings.lost(Reasoning(id="", text="one")) == "Planning"
    headings.status("")
    headings.status("Planning")
    assert headings.lost(Reasoning(id="", text="two")) == ""
    headings.status("Working")
    headings.status("Planning")
    assert headings.lost(Reasoning(id="", text="three")) == "Planning"


def test_a_heading_belongs_to_one_reasoning() -> None:
    headings = Headings(re.compile("Working"))
    headings.status("Planning")
    assert headings.lost(Reasoning(id="", text="one")) == "Planning"
    # The row may go on showing it: the next one had another, too short for a frame.
    assert headings.lost(Reasoning(id="", text="two")) == ""


def test_a_heading_that_came_early_waits_for_its_reasoning() -> None:
    headings = Headings(re.compile("Working"))
    for said in ("Planning", "Checking `b`", "Writing"):
        headings.status(said)
    # The second is of a further part, which stands in the text; the third of the reasoning after it.
    assert headings.lost(Reasoning(id="", text="one\n\n**Checking b**\n\ntwo")) == "Planning"
    assert headings.lost(Reasoning(id="", text="three")) == "Writing"
    assert headings.lost(Reasoning(id="", text="four")) == ""
