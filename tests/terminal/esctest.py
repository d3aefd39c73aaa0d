"""esctest, the public conformance test of terminals: ``python -m tests.terminal.esctest FOLDER [esctest's options]``.

``FOLDER`` is a checkout of github.com/ThomasDickey/esctest2 (GPL, so it is neither here nor fetched by the tests). It
runs as a child in a pty of 80x25 and reads the screen by DECRQCRA, which is answered here for its sake alone. Printed
are, by test class, what passed and what failed. What fails is what no release of Codex uses: left and right margins,
protected cells, rectangles, 132 columns, changing colours, windows, reverse wraparound, the state of printers.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
from collections import Counter
from pathlib import Path

from codexbridge.terminal import controls
from codexbridge.terminal.line import STUB
from codexbridge.terminal.terminal import Terminal

COLUMNS, ROWS = 80, 25


class Checked(Terminal):
    """Answers requests for the checksum of a rectangle: the sum of its characters."""

    def checksum(self, *numbers: int) -> None:
        number, _, top, left, bottom, right = (*numbers, 0, 0, 0, 0, 0, 0)[:6]
        screen = self.screen
        origin = screen.top if screen.origin else 0
        total = 0
        for line in screen.grid[max(top, 1) - 1 + origin : (bottom or screen.lines) + origin]:
            for x in range(max(left, 1) - 1, min(right or screen.columns, screen.columns)):
                cell = line.text[x] if x < len(line.text) else " "
                total += 32 if cell == STUB else sum(map(ord, screen.clusters.text(cell)))
        self._replies.send(f"\x1bP{number}!~{total & 0xFFFF:04X}\x1b\\")


def run(folder: Path, options: list[str]) -> str:
    """Run it to its end; its log."""
    controls.SEQUENCES["*y"] = controls.Function("terminal", "checksum", 6)
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        fixed = ["--expected-terminal=xterm", "--max-vt-level=4", "--timeout=0.25", "--no-print-logs"]
        argv = [sys.executable, "esctest.py", *fixed, "--xterm-checksum=334", f"--logfile={log}", *options]
        child, descriptor = pty.fork()
        if child == 0:
            os.chdir(folder / "esctest")
            os.environ["TERM"] = "xterm"
            os.execv(sys.executable, argv)
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        terminal = Checked(COLUMNS, ROWS)
        while True:
            if not select.select([descriptor], [], [], 30)[0]:
                os.kill(child, 15)
                break
            try:
                data = os.read(descriptor, 65536)
            except OSError:
                break
            terminal.feed(data)
            if reply := terminal.data_to_send():
                os.write(descriptor, reply)
        os.waitpid(child, 0)
        return log.read_text("utf-8", "replace")


def main(folder: str, options: list[str]) -> None:
    log = run(Path(folder), options)
    classes = Counter(re.findall(r"^Run test: (\w+)\.", log, re.MULTILINE))
    failed = Counter(re.findall(r"\*\*\* TEST (\w+)\.\w+ FAILED", log))
    for name, count in sorted(classes.items()):
        print(f"{name:32} {count - failed[name]:4} of {count}")
    print((re.findall(r"\*\*\* .*passed.*", log) or ["it did not come to its end"])[-1])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
