"""Held against terminals that we did not write; docs/terminal.md says what differs and why.

``python -m tests.terminal.differential`` compares at more points and prints the table.
"""

from __future__ import annotations

import itertools
import random

import pytest

from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import FOLDER, Recording, recordings
from tests.terminal.differential import against_tmux, against_xterm, compare, our_pictures, unexplained
from tests.terminal.oracles import Tmux, Unavailable, ours, xterm, xterm_modules, xterm_programs
from tests.terminal.programs import program

CORPUS = recordings()
COLUMNS, ROWS = 20, 8


@pytest.fixture(scope="module", autouse=True)
def _oracles() -> None:
    try:
        xterm_modules()
        Tmux(80, 24).close()
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("recording", CORPUS, ids=lambda recording: recording.name)
def test_recordings_look_as_xterm_shows_them(recording: Recording) -> None:
    points, found = against_xterm(recording, 6)
    assert points >= 6
    assert unexplained(found) == []


@pytest.mark.parametrize("recording", CORPUS, ids=lambda recording: recording.name)
def test_recordings_look_as_tmux_shows_them(recording: Recording) -> None:
    _, found = against_tmux(recording, 4)
    assert unexplained(found) == []


def test_vttest_looks_as_xterm_shows_it() -> None:
    """The pages of vttest's menus 1, 2, 3 and 8 (cursor, screen, character sets, VT102 editing), as it wrote them."""
    recording = Recording.read(FOLDER / "programs" / "vttest.cast.gz")
    ends = list(itertools.accumulate(map(len, recording.chunks)))
    assert len(ends) == 27
    theirs = xterm(recording.data, recording.columns, recording.rows, ends)
    for end, mine, other in zip(ends, our_pictures(recording, ends), theirs, strict=True):
        assert list(compare(end, mine, other, cursor=False)) == []


def picture(data: bytes):
    terminal = Terminal(COLUMNS, ROWS)
    terminal.feed(data)
    return ours(terminal.snapshot())


@pytest.mark.parametrize("seed", [8, 9, 10])
def test_random_programs_come_out_as_in_xterm(seed: int) -> None:
    source = random.Random(seed)
    programs = [program(source) for _ in range(700)]
    compared = 0
    for data, theirs in zip(programs, xterm_programs(programs, COLUMNS, ROWS), strict=True):
        if theirs is not None:
            compared += 1
            # Which look a blank has that is left of half a wide character, every terminal decides for itself.
            found = [item for item in compare(0, picture(data), theirs) if " ' ' " not in item.ours]
            assert found == [], data
    assert compared > 600
