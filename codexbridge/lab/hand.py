"""Record a session by hand: keys and screen passed through between a person's terminal and the child's."""

from __future__ import annotations

import errno
import os
import select
import signal
import termios
import time
import tty
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from codexbridge.lab import forked
from codexbridge.lab.cast import Header, Writer
from codexbridge.lab.errors import LabError
from codexbridge.lab.replay import DIED
from codexbridge.session.api import Resize, TurnCompleted, TurnStarted
from codexbridge.session.core import Session

_TICK = 0.05


class Hand:
    """One recording. ``terminal`` is the person's terminal: a descriptor to read keys from, and one to draw on."""

    def __init__(
        self, path: Path, release: str, *, terminal: tuple[int, int] = (0, 1), record_input: bool = False
    ) -> None:
        self.keys, self.screen = terminal
        if not os.isatty(self.keys):
            raise LabError("recording by hand needs a terminal; give --scenario to record a scripted one")
        self.columns, self.rows = forked.size_of(self.keys)
        self._path = path
        self._record_input = record_input
        self._release = release
        # The core only watches, to mark the turns; the person's terminal answers what Codex asks.
        self._core = Session(release, columns=self.columns, rows=self.rows)
        self._start = time.monotonic()
        self._resized = False

    def run(self, argv: Sequence[str], environment: Mapping[str, str]) -> int | None:
        """Run a program until it ends; gives its exit status (negative: a signal's number)."""
        pid, child = forked.spawn(argv, environment, (self.columns, self.rows))
        before = termios.tcgetattr(self.keys)
        handler = signal.signal(signal.SIGWINCH, self._winch)
        ours = {"release": self._release, "scenario": ""}
        header = Header(self.columns, self.rows, {"env": {"TERM": environment.get("TERM", "")}, "x-codexbridge": ours})
        status: int | None = None
        try:
            with Writer(self._path, header) as writer:
                self._path.chmod(0o600)
                tty.setraw(self.keys)
                self._relay(child, writer)
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                # The end of Codex is the end of its turn.
                self._core.receive_eof(self._now, status)
                self._watch(b"", writer)
                writer.marker(self._now, "exit" if status == 0 else DIED)
        finally:
            termios.tcsetattr(self.keys, termios.TCSAFLUSH, before)
            signal.signal(signal.SIGWINCH, handler)
            os.close(child)
        return status

    @property
    def _now(self) -> float:
        return time.monotonic() - self._start

    def _winch(self, _number: int, _frame: FrameType | None) -> None:
        self._resized = True

    def _relay(self, child: int, writer: Writer) -> None:
        sources = [child, self.keys]
        while True:
            ready = select.select(sources, [], [], _TICK)[0]
            if self._resized:
                self._resized = False
                self._follow(child, writer)
            if child in ready:
                data = forked.read(child)
                if not data:
                    return
                writer.output(self._now, data)
                _write(self.screen, data)
                self._watch(data, writer)
            if self.keys in ready:
                typed = forked.read(self.keys)
                if typed:
                    if self._record_input:
                        writer.input(self._now, typed)
                    _write(child, typed)
                else:
                    sources.remove(self.keys)
            if not ready:
                self._watch(b"", writer)

    def _follow(self, child: int, writer: Writer) -> None:
        """The person's terminal has another size now."""
        columns, rows = forked.size_of(self.keys)
        if (columns, rows) == (self.columns, self.rows):
            return
        self.columns, self.rows = columns, rows
        writer.resize(self._now, columns, rows)
        forked.resize(child, columns, rows)
        self._core.command(Resize(columns=columns, rows=rows), self._now)

    def _watch(self, data: bytes, writer: Writer) -> None:
        """Let the core look on, and mark what it says about turns."""
        now = self._now
        if data:
            self._core.receive(data, now)
        else:
            due = self._core.deadline()
            if due is not None and due <= now:
                self._core.tick(now)
        self._core.data_to_send()
        for event in self._core.events():
            if isinstance(event, TurnStarted):
                writer.marker(now, f"turn {event.turn}")
            elif isinstance(event, TurnCompleted):
                writer.marker(now, f"turn {event.turn} done")


def _write(target: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(target, data) :]
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
