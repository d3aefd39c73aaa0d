"""Proof that something is not drawn."""

from __future__ import annotations

from codexbridge.lab.cast import Cast, Event, Header
from codexbridge.lab.drawn import drawn, proven
from codexbridge.lab.truth import Entry, Truth, TurnTruth


def recording(*written: str) -> Cast:
    events = [Event(float(at), "o", text) for at, text in enumerate(written)]
    return Cast(Header(80, 24, {}), events)


def said(*entries: Entry) -> Truth:
    return Truth(turns=[TurnTruth(user="x", entries=list(entries))])


def test_a_command_that_no_row_shows_is_proven_missing() -> None:
    shown = drawn(recording("• Ran something else\r\n"))
    truth = said(Entry(kind="command_execution", text="echo hello from far away", output=""))
    assert proven("slow_command", truth, shown) is True


def test_a_command_that_a_row_shows_is_not() -> None:
    shown = drawn(recording("• Ran echo hello from far away\r\n"))
    truth = said(Entry(kind="command_execution", text="echo hello from far away", output=""))
    assert proven("slow_command", truth, shown) is False


def test_what_came_after_the_last_turn_does_not_count() -> None:
    cast = recording("nothing\r\n")
    events = [*cast.events, Event(2.0, "m", "turn 1 done"), Event(3.0, "o", "• Ran echo hello from far away\r\n")]
    shown = drawn(Cast(cast.header, events))
    truth = said(Entry(kind="command_execution", text="echo hello from far away", output=""))
    assert proven("hidden_after_reads", truth, shown) is True


def test_other_losses_are_not_a_matter_of_absence() -> None:
    assert proven("patch_kind", said(), drawn(recording(""))) is None
