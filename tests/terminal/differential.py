"""Recordings against tmux and xterm.js: ``python -m tests.terminal.differential [FILE...]`` prints the table."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import Recording, recordings
from tests.terminal.oracles import Cell, Picture, Tmux, by_character, ours, xterm

END_OF_UPDATE = b"\x1b[?2026l"


class Difference(NamedTuple):
    point: int
    row: int
    kind: str
    """``text``, ``look``, ``cursor`` or ``wrap``."""
    ours: str
    theirs: str


def points(data: bytes, count: int) -> list[int]:
    """Where to compare: ends of updates where there are any (never inside a sequence), and the end."""
    mark = END_OF_UPDATE if END_OF_UPDATE in data else b"\x1b["
    ends, at = [], data.find(mark)
    while at >= 0:
        ends.append(at + len(mark) if mark == END_OF_UPDATE else at)
        at = data.find(mark, at + 1)
    step = max(1, len(ends) // count)
    return sorted({*ends[step - 1 :: step], len(data)} - {0})


def compare(point: int, mine: Picture, theirs: Picture, *, cursor: bool = True) -> Iterator[Difference]:
    for y, (left, right) in enumerate(zip(mine.rows, theirs.rows, strict=True)):
        left, right = by_character(left), by_character(right)
        texts = ["".join(cell.text for cell in cells) for cells in (left, right)]
        if texts[0] != texts[1]:
            yield Difference(point, y, "text", texts[0], texts[1])
        elif left != right:
            first = next(n for n, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1])
            yield Difference(point, y, "look", _show(first, left[first]), _show(first, right[first]))
    if cursor and mine.cursor != theirs.cursor:
        yield Difference(point, -1, "cursor", str(mine.cursor), str(theirs.cursor))


def _show(column: int, cell: Cell) -> str:
    return f"{column} {cell.text!r} {cell.look}"


def our_pictures(recording: Recording, cuts: list[int], *, links: bool = False) -> Iterator[Picture]:
    terminal, start = Terminal(recording.columns, recording.rows), 0
    for cut in cuts:
        terminal.feed(recording.data[start:cut])
        start = cut
        yield ours(terminal.snapshot(), links=links)


def against_xterm(recording: Recording, count: int = 40) -> tuple[int, list[Difference]]:
    """Points compared, and the differences found there."""
    cuts = points(recording.data, count)
    found: list[Difference] = []
    theirs = xterm(recording.data, recording.columns, recording.rows, cuts)
    for cut, mine, other in zip(cuts, our_pictures(recording, cuts, links=True), theirs, strict=True):
        found.extend(compare(cut, mine, other))
        if mine.wrapped != other.wrapped:
            found.append(Difference(cut, -1, "wrap", str(sorted(mine.wrapped)), str(sorted(other.wrapped))))
    return len(cuts), found


def against_tmux(recording: Recording, count: int = 20) -> tuple[int, list[Difference]]:
    cuts = points(recording.data, count)
    found: list[Difference] = []
    tmux, start = Tmux(recording.columns, recording.rows), 0
    try:
        for cut, mine in zip(cuts, our_pictures(recording, cuts), strict=True):
            tmux.write(recording.data[start:cut])
            start = cut
            found.extend(compare(cut, mine, tmux.picture()))
    finally:
        tmux.close()
    return len(cuts), found


def main(names: list[str]) -> None:
    chosen = [Recording.read(Path(name)) for name in names] or recordings()
    print(f"{'recording':28} {'bytes':>8}  {'xterm.js: points':>16} {'differ':>7}  {'tmux: points':>12} {'differ':>7}")
    for recording in chosen:
        counts = []
        for judge in (against_xterm, against_tmux):
            number, found = judge(recording)
            counts += [number, len(found)]
            kinds = Counter((item.kind, item.ours, item.theirs) for item in found)
            for (kind, mine, other), times in kinds.most_common(12 if len(names) else 4):
                print(f"    {judge.__name__} {times}x {kind}\n      ours   {mine[:150]}\n      theirs {other[:150]}")
        print(
            f"{recording.name:28} {len(recording.data):8}  {counts[0]:16} {counts[1]:7}  {counts[2]:12} {counts[3]:7}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
