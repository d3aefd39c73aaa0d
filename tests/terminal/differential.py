"""Recordings against tmux and xterm.js: ``python -m tests.terminal.differential [FILE...]`` prints the table."""

from __future__ import annotations

import sys
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


CLUSTERS = ("\u200d", "\ufe0f")


def unexplained(found: list[Difference]) -> list[Difference]:
    """Those that are not about emoji clusters, the one thing that no two terminals agree on (docs/terminal.md)."""
    return [item for item in found if not (item.kind == "text" and any(mark in item.ours for mark in CLUSTERS))]


def main(names: list[str]) -> None:
    chosen = [Recording.read(Path(name)) for name in names] or recordings()
    print(f"{'':24} {'':>8} {'xterm.js':^28} {'tmux':^28}")
    columns = f"{'points':>8} {'clusters':>9} {'other':>8} "
    print(f"{'recording':24} {'bytes':>8} {columns} {columns}")
    for recording in chosen:
        line, others = f"{recording.name:24} {len(recording.data):8}", []
        for judge in (against_xterm, against_tmux):
            number, found = judge(recording)
            rest = unexplained(found)
            line += f" {number:8} {len(found) - len(rest):9} {len(rest):8}  "
            others += [(judge.__name__, item) for item in rest]
        print(line.rstrip(), flush=True)
        for name, item in others[:10]:
            print(f"    {name} {item.kind} at byte {item.point}, row {item.row}")
            print(f"      ours   {item.ours[:150]}\n      theirs {item.theirs[:150]}")


if __name__ == "__main__":
    main(sys.argv[1:])
