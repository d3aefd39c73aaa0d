"""Stopping a turn."""

from __future__ import annotations

from codexbridge.session.api import Exited, Wedged
from codexbridge.session.core import Session
from codexbridge.session.interrupts import Interrupts
from codexbridge.session.traits import Traits

TRAITS = Traits(interrupt=("esc",), interrupt_streaming=("ctrl-c",))


def test_the_key_is_pressed_until_the_turn_stops() -> None:
    machine = Interrupts(TRAITS)
    assert machine.step(True, 0.0, 0.0) == ()
    machine.want()
    assert machine.step(True, 0.0, 0.0) == ("esc",)
    machine.want()
    assert machine.step(True, 0.0, 0.5) == ()
    assert machine.deadlines() == [1.2]
    assert machine.step(True, 1.0, 1.3) == ("esc",)
    machine.done()
    assert machine.step(True, 3.0, 3.0) == ()


def test_another_key_while_a_message_streams() -> None:
    machine = Interrupts(TRAITS)
    machine.want()
    assert machine.step(False, 9.9, 10.0) == ("ctrl-c",)


def test_no_key_goes_to_an_idle_codex() -> None:
    machine = Interrupts(TRAITS)
    machine.want()
    assert machine.step(False, 8.0, 10.0) == ()


def test_not_for_ever() -> None:
    machine = Interrupts(TRAITS)
    machine.want()
    pressed = [machine.step(True, at / 10, at / 10) for at in range(1000)]
    assert sum(map(bool, pressed)) == machine.patience.tries


def test_a_turn_that_is_over_gets_no_key() -> None:
    machine = Interrupts(TRAITS)
    machine.want()
    assert machine.step(False, 9.9, 10.0, ending=True) == ()
    assert machine.step(False, 9.9, 10.0) == ("ctrl-c",)


def test_when_all_keys_were_in_vain() -> None:
    machine = Interrupts(TRAITS)
    machine.want()
    for at in range(100):
        machine.step(True, at / 10, at / 10)
        assert not machine.failed(at / 10) or at / 10 >= 8 * machine.patience.again
    assert machine.failed(10.0)
    assert not Interrupts(TRAITS).failed(10.0)


def test_a_codex_that_was_quit_by_the_key_is_to_be_started_again() -> None:
    session = Session("0.135.0")
    session.interrupts.want()
    assert session.interrupts.step(False, 9.9, 10.0) == ("ctrl-c",)
    session.events()
    session.receive_eof(10.5, 0)
    [wedged] = session.events()
    assert isinstance(wedged, Wedged)
    session = Session("0.135.0")
    session.events()
    session.receive_eof(10.5, 0)
    [exited] = session.events()
    assert isinstance(exited, Exited)
