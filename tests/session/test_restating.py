"""The raw reading as a machine: keys, the filter before the collector, and what goes wrong."""

from __future__ import annotations

from codexbridge.session.restating import Patience, Restating
from codexbridge.terminal.records import Frame, Inserted, Record, Row, Run, Style, Wiped

RICH = (Row("• Title", (Run(0, 1, Style(dim=True)),)), Row(""), Row("  text"), Row("  more"))
RAW = (Row("# Title"), Row(""), Row("text"), Row("more"))
WIPED = Wiped(True, True)


def frame() -> Frame:
    return Frame(1, (), (), (0, 0), True, False, "")


def restated(machine: Restating, rows: tuple[Row, ...], at: float) -> list[Record]:
    seen: list[Record] = []
    for record in (WIPED, Inserted(rows, 1), frame()):
        seen += machine.filter(record, at)
    return seen


def test_a_reading_from_want_to_idle() -> None:
    machine = Restating(["alt-r"])
    machine.want(0.0)
    assert machine.pending
    assert machine.step(True, 0.01) == ()
    assert list(machine.step(True, 0.02)) == ["alt-r"]
    assert machine.active
    assert restated(machine, RAW, 0.1) == [frame()]
    assert machine.state == "reading"
    assert list(machine.step(True, 0.2)) == ["alt-r"]
    assert machine.fresh
    assert machine.lines == ["# Title", "", "text", "more"]
    assert not machine.pending
    assert machine.active
    assert restated(machine, RICH, 0.3) == [WIPED, Inserted(RICH, 1), frame()]
    assert machine.state == "idle"


def test_what_is_inserted_while_raw_is_read_and_not_passed_on() -> None:
    machine = Restating(["alt-r"])
    machine.want(0.0)
    machine.step(True, 0.02)
    restated(machine, RAW, 0.1)
    assert machine.filter(Inserted((Row("late"),), 2), 0.11) == []
    assert machine.lines[-1] == "late"


def test_a_restatement_of_its_own_passes() -> None:
    machine = Restating(["alt-r"])
    assert restated(machine, RICH, 0.0)[0] == WIPED
    assert machine.state == "idle"


def test_without_an_answer_it_gives_up_and_after_some_tries_for_good() -> None:
    machine = Restating(["alt-r"], Patience(tries=2))
    for number in range(2):
        at = 10.0 * number
        machine.want(at)
        machine.step(True, at + 0.1)
        machine.step(True, at + 5)
        assert machine.state == "idle"
    assert not machine.able


def test_it_is_not_kept_waiting_for_ever() -> None:
    machine = Restating(["alt-r"])
    machine.want(0.0)
    assert machine.step(False, 0.5) == ()
    assert machine.pending
    machine.step(False, 1.5)
    assert not machine.pending


def test_raw_mode_that_nobody_asked_for_is_left() -> None:
    machine = Restating(["alt-r"])
    restated(machine, RAW, 0.0)
    assert machine.raw
    assert list(machine.step(True, 0.1)) == ["alt-r"]


def test_a_release_without_it_is_left_alone() -> None:
    machine = Restating()
    assert not machine.able
    assert restated(machine, RAW, 0.0) == [WIPED, Inserted(RAW, 1), frame()]
