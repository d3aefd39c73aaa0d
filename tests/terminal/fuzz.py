"""Mutated recordings: nothing raises, whatever the bytes. ``python -m tests.terminal.fuzz BYTES [SEED]``.

Each round takes a recording, damages it (flips, cuts, repeats, insertions of fragments of control sequences, splices
of other recordings), feeds it in pieces of random size, resizes now and then, and looks at everything that the
terminal offers.
"""

from __future__ import annotations

import random
import sys
import time

from codexbridge.terminal.keys import encode_paste
from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import recordings

FRAGMENTS = (
    b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b\\", b"\x07", b"\x18", b"\x9b", b"\x1b[?", b"\x1b[1;",
    b"\x1b[999999999;", b"\x1b[r", b"\x1b[1;5r", b"\x1b[3;2r", b"\x1b[0;0r", b"\x1b[?6h", b"\x1b[?7l", b"\x1b[4h",
    b"\x1b[20h", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?47h", b"\x1b[?47l", b"\x1b[?2026h", b"\x1b[?2026l", b"\x1bc",
    b"\x1b[!p", b"\x1b7", b"\x1b8", b"\x1b#8", b"\x1bM", b"\x1bD", b"\x1bE", b"\x1bH", b"\x1b[g", b"\x1b[3g",
    b"\x1b[99@", b"\x1b[99P", b"\x1b[99X", b"\x1b[99L", b"\x1b[99M", b"\x1b[99S", b"\x1b[99T", b"\x1b[9999b",
    b"\x1b[J", b"\x1b[1J", b"\x1b[2J", b"\x1b[3J", b"\x1b[1K", b"\x1b[2K", b"\x1b[9I", b"\x1b[9Z", b"\x1b(0",
    b"\x1b(B", b"\x0e", b"\x0f", b"\x1b[6n", b"\x1b[c", b"\x1b[?u", b"\x1b[>7u", b"\x1b[<9u", b"\x1b]10;?\x07",
    b"\x1b]8;;x:y\x1b\\", b"\x1b]8;;\x1b\\", b"\x1b]52;c;QQ==\x07", b"\x1b]7501;x\x07", b"\x1bP+q544e\x1b\\",
    b"\x1b[48;2;1;2;3m", b"\x1b[38:2::1:2:3m", b"\x1b[7m", b"\x1b[m", b"\x1b[1;1H", b"\x1b[99;999H", "漢".encode(),
    "👩\u200d👧".encode(), "\ufe0f".encode(), "e\u0301".encode(), "🇩🇪".encode(), "\U00100000".encode(), b"\xff",
    b"\xe6\xbc", b"\n" * 5, b"\r\n", b"\t", b"\b\b", b"\x00", b"x" * 500, b"\x85",
)  # fmt: skip


def mutate(data: bytearray, random: random.Random, donors: list[bytes]) -> None:
    """Damage ``data`` in place, in a few to a few hundred places."""
    for _ in range(random.choice((1, 5, 30, 200))):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = random.randrange(256)
        elif kind == 1:
            del data[at : at + random.choice((1, 3, 40, 400))]
        elif kind == 2:
            data[at:at] = data[at : at + random.choice((2, 20, 200))] * random.choice((1, 2, 5))
        elif kind == 3:
            donor = random.choice(donors)
            start = random.randrange(len(donor))
            data[at:at] = donor[start : start + random.choice((10, 100, 2000))]
        else:
            data[at:at] = random.choice(FRAGMENTS)


def play(data: bytes, terminal: Terminal, random: random.Random) -> int:
    """Feed ``data`` in random pieces, with resizes; read all that can be read. The number of records."""
    at = records = 0
    widest = random.choice((3, 200, 5000))
    while at < len(data):
        size = random.randint(1, widest)
        records += len(terminal.feed(data[at : at + size]))
        at += size
        if random.random() < 0.002:
            terminal.resize(random.choice((1, 2, 7, 80, 110, 400)), random.choice((1, 2, 5, 24, 50, 150)))
        if random.random() < 0.01:
            records += len(terminal.settle())
            terminal.data_to_send()
    check(terminal)
    return records


def check(terminal: Terminal) -> None:
    """What must hold at any time."""
    screen = terminal.screen
    frame = terminal.snapshot()
    assert len(frame.rows) == len(frame.origins) == screen.lines == len(screen.grid) == len(screen.main)
    assert frame.origins == tuple(line.serial for line in screen.grid)
    assert 0 <= screen.cursor.x <= screen.columns
    assert 0 <= screen.cursor.y < screen.lines
    assert 0 <= screen.top < screen.bottom or screen.lines == 1
    assert screen.bottom < screen.lines
    for line in screen.grid:
        assert len(line.text) == len(line.pens) <= screen.columns
        assert line.wide or line.text.isascii() or "\0" not in line.text
        kept, line.row = line.row, None
        assert kept is None or kept == screen.row(line), "a row that was kept is the row as it is"
    for row in frame.rows:
        assert row.wrapped or row.text == row.text.rstrip(" ")
        assert all(0 <= run.start < run.end <= len(row.text) for run in row.runs)
    assert len(screen.display) == screen.lines
    assert len(terminal.unhandled) <= 257
    encode_paste(terminal.title, terminal.modes)


def fuzz(total: int, seed: int, report: bool = False) -> int:
    """Play mutated recordings until ``total`` bytes are through; the number of rounds."""
    source = random.Random(seed)
    corpus = recordings()
    donors = [recording.data for recording in corpus]
    done = rounds = 0
    start = time.perf_counter()
    while done < total:
        recording = source.choice(corpus)
        data = bytearray(recording.data)
        if len(data) > 60_000 and source.random() < 0.8:
            at = source.randrange(len(data) - 50_000)
            data = data[at : at + 50_000]
        mutate(data, source, donors)
        terminal = Terminal(recording.columns, recording.rows)
        state = source.getstate()
        try:
            play(bytes(data), terminal, source)
        except Exception:
            print(f"seed {seed}, round {rounds}, recording {recording.name}, state {hash(state)}")
            raise
        done += len(data)
        rounds += 1
        if report and rounds % 100 == 0:
            print(f"{rounds} rounds, {done} bytes, {time.perf_counter() - start:.0f} s", flush=True)
    return rounds


if __name__ == "__main__":
    wanted = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"{fuzz(wanted, chosen, report=True)} rounds with {wanted} mutated bytes, seed {chosen}: nothing raised")
