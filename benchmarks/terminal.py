"""How fast the terminal is, beside stock pyte, xterm.js and tmux: ``python -m benchmarks.terminal``.

All sides take the same bytes in the same pieces on the same machine, one after another; of a few runs the best
counts. Ours and pyte's are in processor time, the others' in real time (they are other processes). Ours includes
making every frame and record; stock pyte makes none. The last lines compare with the bars, and the exit status is 1
if one is missed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle

import pyte

from codexbridge.terminal.records import Inserted
from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import Recording, recordings
from tests.terminal.oracles import Tmux, Unavailable, ask_xterm

PIECE = 4096
"""Bytes of one read of a pty, about."""
BARS = {(110, 50): 8.0, (400, 150): 20.0}
CONVERSATION = 10_000
"""Lines of the long conversation."""
MOST_MEMORY = 40.0
"""MB that a terminal may hold after it."""
FLATNESS = 1.25
"""How much the last megabyte may cost over the first."""


def best(runs: int, play: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the best of ``runs``: of processor time, unless told otherwise, since machines are shared."""
    times = []
    for _ in range(runs):
        start = clock()
        play()
        times.append(clock() - start)
    return min(times)


def play_ours(recording: Recording) -> None:
    terminal, data = Terminal(recording.columns, recording.rows), recording.data
    for at in range(0, len(data), PIECE):
        terminal.feed(data[at : at + PIECE])
    terminal.settle()


def play_stock(recording: Recording) -> None:
    stream = pyte.ByteStream(pyte.HistoryScreen(recording.columns, recording.rows, history=1000))
    data = recording.data
    for at in range(0, len(data), PIECE):
        stream.feed(data[at : at + PIECE])


def time_xterm(recording: Recording) -> float | None:
    try:
        return min(float(ask_xterm(recording.data, recording.columns, recording.rows, "time")[0]) for _ in range(2))
    except Unavailable:
        return None


def time_tmux(recording: Recording) -> float | None:
    try:
        tmux = Tmux(recording.columns, recording.rows)
    except Unavailable:
        return None
    try:
        tmux.write(b"")
        return best(1, lambda: tmux.write(recording.data), time.perf_counter)
    finally:
        tmux.close()


def rate(size: int, seconds: float | None) -> str:
    return f"{size / seconds / 1e6:8.2f}" if seconds else "       -"


def compare(size: tuple[int, int]) -> float:
    """The table of one size; the ratio to stock pyte over all of it."""
    print(f"\n{size[0]}x{size[1]}, MB/s" + " " * 10 + "    bytes  pyte    ours   ratio   xterm.js   tmux")
    total, stock_total, our_total = 0, 0.0, 0.0
    for recording in recordings():
        if (recording.columns, recording.rows) != size:
            continue
        length = len(recording.data)
        stock, our = best(2, lambda r=recording: play_stock(r)), best(5, lambda r=recording: play_ours(r))
        xterm, tmux = time_xterm(recording), time_tmux(recording)
        total, stock_total, our_total = total + length, stock_total + stock, our_total + our
        print(
            f"{recording.name:24} {length:8} {rate(length, stock)[2:]} {rate(length, our)[1:]} {stock / our:6.1f}x"
            f"  {rate(length, xterm)} {rate(length, tmux)}",
            flush=True,
        )
    ratio = stock_total / our_total
    print(f"{'all':24} {total:8} {rate(total, stock_total)[2:]} {rate(total, our_total)[1:]} {ratio:6.1f}x")
    return ratio


def converse() -> None:
    """Play a conversation of many lines, the recordings one after another; print time per megabyte and memory."""
    chosen = [item for item in recordings() if (item.columns, item.rows) == (400, 150) and "alt" not in item.name]
    inline = [item for item in chosen if b"\x1b[1;" in item.data]
    # Imports, tables and caches are there before the first measurement.
    play_ours(inline[0])
    terminal = Terminal(400, 150)
    before = resident()
    lines, size, spent, costs = 0, 0, 0.0, []
    for recording in cycle(inline):
        data = recording.data
        start = time.process_time()
        for at in range(0, len(data), PIECE):
            for record in terminal.feed(data[at : at + PIECE]):
                if isinstance(record, Inserted):
                    lines += len(record.rows)
        spent += time.process_time() - start
        size += len(data)
        if recording is inline[-1]:
            # One round of all recordings is the unit of cost, so that like is compared with like.
            costs.append(spent / size)
            size, spent = 0, 0.0
            if lines >= CONVERSATION:
                break
    rounds = len(costs)
    half = max(1, rounds // 2)
    first, last = min(costs[:half]), min(costs[-half:])
    print(
        lines, rounds * sum(len(item.data) for item in inline), first * 1e9, last * 1e9, resident() - before, resident()
    )


def resident() -> float:
    """MB that this process holds."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 1e6


def main() -> int:
    ratios = {size: compare(size) for size in BARS}
    # In a process of its own, so that nothing else is in the memory that is measured.
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.terminal", "converse"], capture_output=True, text=True, check=True
    )
    lines, size, first, last, held, resident_now = map(float, told.stdout.split())
    print(f"\nconversation of {lines:.0f} lines, {size / 1e6:.1f} MB at 400x150")
    print(f"  cost of a byte: {first:.0f} ns at first, {last:.0f} ns at last")
    print(f"  memory: {held:.1f} MB more than before it, {resident_now:.1f} MB the whole process")
    missed = [f"{c}x{r}: {ratios[c, r]:.1f}x, bar {bar:.0f}x" for (c, r), bar in BARS.items() if ratios[c, r] < bar]
    if resident_now > MOST_MEMORY:
        missed.append(f"memory {resident_now:.1f} MB, bar {MOST_MEMORY:.0f} MB")
    if last > first * FLATNESS:
        missed.append(f"the last bytes cost {last / first:.2f} times the first")
    print("\nbars: " + ("; ".join(missed) if missed else "all met"))
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["converse"]:
        converse()
    else:
        sys.exit(main())
