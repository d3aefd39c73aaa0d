"""Held against terminals that we did not write. ``python -m tests.terminal.differential`` prints the whole table.

The judges differ from us, and from one another, in one thing only: clusters of emoji. xterm.js counts every member of
a joined family as two cells and a character with an emoji selector as one; tmux 3.3 keeps at most 21 bytes of a cell
and so loses the last member of a family of four, and counts the selector by what stood in the cell before. Codex itself
places what follows as UTS 51 has it, two cells for either: where its next cursor address says so, ours is the reading
that leaves nothing overwritten and no gap. So a row may differ if it holds such a cluster, and in nothing else.
"""

from __future__ import annotations

import itertools
import random

import pytest

from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import FOLDER, Recording, recordings
from tests.terminal.differential import Difference, against_tmux, against_xterm, compare, our_pictures
from tests.terminal.oracles import Tmux, Unavailable, ours, xterm, xterm_modules, xterm_programs
from tests.terminal.programs import program

CORPUS = recordings()
CLUSTERS = ("\u200d", "\ufe0f")
COLUMNS, ROWS = 20, 8


def unexplained(found: list[Difference]) -> list[Difference]:
    return [item for item in found if not (item.kind == "text" and any(mark in item.ours for mark in CLUSTERS))]


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
