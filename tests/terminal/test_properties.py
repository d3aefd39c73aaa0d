"""What holds for any bytes: cuts do not matter, nothing raises, resizing is safe at any point."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codexbridge.terminal.records import Record
from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import Recording, recordings
from tests.terminal.fuzz import FRAGMENTS, check, fuzz
from tests.terminal.programs import program

CORPUS = recordings()
SMALL = [recording for recording in CORPUS if len(recording.data) < 50_000]

bytes_of_a_program = st.integers(0, 2**32).map(lambda seed: program(random.Random(seed), 40))
soup = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=12), bytes_of_a_program)).map(b"".join)
excerpts = st.builds(
    lambda recording, at, size: recording.data[at % len(recording.data) :][:size],
    st.sampled_from(CORPUS),
    st.integers(0, 2**32),
    st.integers(1, 4000),
)


def feed(data: bytes, cuts: list[int]) -> tuple[Terminal, list[Record]]:
    terminal, records, start = Terminal(30, 8), [], 0
    for cut in [*sorted(cuts), len(data)]:
        records += terminal.feed(data[start:cut])
        start = max(start, cut)
    return terminal, records + terminal.settle()


def outcome(terminal: Terminal, records: list[Record]) -> tuple[object, ...]:
    return records, terminal.snapshot(), terminal.data_to_send(), terminal.unhandled, terminal.title


@settings(max_examples=300, deadline=None)
@given(st.one_of(soup, excerpts), st.data())
def test_any_cut_gives_the_same_screen_and_records(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=10))
    assert outcome(*feed(data, [])) == outcome(*feed(data, cuts))


@settings(max_examples=100, deadline=None)
@given(soup)
def test_a_byte_at_a_time(data: bytes) -> None:
    assert outcome(*feed(data, [])) == outcome(*feed(data, list(range(len(data)))))


@settings(max_examples=200, deadline=None)
@given(st.one_of(soup, excerpts), st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 60), st.integers(1, 20))))
def test_resize_at_any_point(data: bytes, sizes: list[tuple[int, int, int]]) -> None:
    terminal, start = Terminal(30, 8), 0
    for cut, columns, rows in sorted(sizes):
        terminal.feed(data[start:cut])
        start = cut
        terminal.resize(columns, rows)
        check(terminal)
    terminal.feed(data[start:])
    check(terminal)


@settings(max_examples=30, deadline=None)
@given(excerpts, st.integers(2, 60), st.integers(2, 20))
def test_a_resize_that_changes_nothing_visible_changes_nothing(data: bytes, columns: int, rows: int) -> None:
    terminal = Terminal(columns, rows)
    terminal.feed(data)
    before = [row.text for row in terminal.snapshot().rows]
    terminal.resize(columns + 10, rows + 3)
    assert [row.text for row in terminal.snapshot().rows][:rows] == before


@pytest.mark.parametrize("recording", SMALL, ids=lambda recording: recording.name)
def test_recordings_byte_by_byte(recording: Recording) -> None:
    whole, single = (Terminal(recording.columns, recording.rows) for _ in range(2))
    expected = whole.feed(recording.data) + whole.settle()
    found = [record for byte in recording.data for record in single.feed(bytes([byte]))] + single.settle()
    assert found == expected


@pytest.mark.parametrize("recording", CORPUS, ids=lambda recording: recording.name)
def test_recordings_leave_nothing_unhandled(recording: Recording) -> None:
    terminal = Terminal(recording.columns, recording.rows)
    terminal.feed(recording.data)
    assert not terminal.unhandled


def test_mutated_recordings_never_raise() -> None:
    assert fuzz(1_000_000, seed=20250504) > 5
