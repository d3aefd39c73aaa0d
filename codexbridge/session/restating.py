"""The raw reading: Codex made to restate its history as Markdown source, and back again.

One key turns raw mode on: Codex wipes the screen and writes the whole history anew, as source and without any
style. The same key turns it off, which restates the history as it was; the collector aligns that with what it knows.
What is inserted while raw mode is on never reaches the collector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from codexbridge.terminal.records import Frame, Inserted, Record, Row, Scrolled, Wiped
from codexbridge.transcript.rows import logical

State = Literal["idle", "wanted", "entering", "reading", "leaving"]


class Patience(msgspec.Struct, frozen=True):
    """Seconds, and counts."""

    gather: float = 0.02
    """After the first held message: what is committed together is read together."""
    spaced: float = 0.05
    """Within a turn instead, lest readings take most of the time,"""
    line: float = 0.0005
    """and this more for each line of the history as it was last read: reckoned and not measured, so that a replay, in
    which nothing takes time, reads when the live run did;"""
    most: float = 1.5
    """but never longer than this."""
    wait: float = 1.0
    """How long a reading may be kept waiting by something else on the screen."""
    answer: float = 2.0
    """Until Codex has restated its history."""
    still: float = 0.03
    """It has, when nothing more was inserted for this long."""
    tries: int = 3
    lines: int = 20_000
    """A longer history costs more than it gives: every reading restates all of it twice."""


class Restating:
    """The machine, and the filter that stands before the collector. ``keys`` empty: the release has no raw mode."""

    def __init__(self, keys: Sequence[str] = (), patience: Patience | None = None) -> None:
        self.keys = tuple(keys)
        self.patience = patience or Patience()
        self.state: State = "idle"
        self.raw = False
        """The history on the screen is raw."""
        self.lines: list[str] = []
        """The raw history, as far as it was read."""
        self.fresh = False
        """It was read and has not been looked at."""
        self.readings = self.failures = 0
        self.back = -1.0
        """When the history came back as it is drawn: a message that came in meanwhile may be misdrawn."""
        self._since = 0.0
        self._pressed = 0
        self._within = False
        self._held: list[Record] | None = None

    @property
    def able(self) -> bool:
        """Whether it is worth to hold something back for a reading."""
        return bool(self.keys) and self.failures < self.patience.tries and len(self.lines) < self.patience.lines

    @property
    def pending(self) -> bool:
        """What is held must wait."""
        return self.state in ("wanted", "entering", "reading")

    @property
    def active(self) -> bool:
        """Codex has been asked to restate its history, and is not back yet."""
        return self.state in ("entering", "reading", "leaving")

    def want(self, at: float) -> None:
        """Something is held back."""
        if self.state == "idle":
            self.state, self._since = "wanted", at

    def step(self, may_start: bool, at: float, within: bool = False, streams: bool = False) -> Sequence[str]:
        """Let time pass; gives keys to press. ``within``: the turn goes on, so that there is no hurry. ``streams``: a
        message is coming in, and Codex draws lines of it twice, and others not at all, if it has to restate it."""
        self._within = within
        if streams and self.state == "wanted":
            self._since = at - self._gather
            return ()
        waited = at - self._since
        if self.state == "wanted":
            if may_start and waited >= self._gather:
                self.readings += 1
                return self._go("entering", at)
            if waited >= self._gather + self.patience.wait:
                self.state = "idle"
        elif self.state == "entering" and waited >= self.patience.answer:
            self.failures += 1
            self.state = "idle"
        elif self.state == "reading" and waited >= self.patience.still:
            self.fresh = True
            self._pressed = 0
            return self._go("leaving", at)
        elif self.state == "leaving" and waited >= self.patience.answer:
            self.failures += 1
            if self.raw and self._pressed < self.patience.tries:
                return self._go("leaving", at)
            self.state = "idle"
        return ()

    @property
    def _gather(self) -> float:
        """How long to wait for more before reading."""
        if not self._within:
            return self.patience.gather
        return min(self.patience.spaced + self.patience.line * len(self.lines), self.patience.most)

    def _go(self, state: State, at: float) -> Sequence[str]:
        self.state, self._since = state, at
        self._pressed += 1
        return self.keys

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        waits = {
            "wanted": (self._gather, self._gather + self.patience.wait),
            "entering": (self.patience.answer,),
            "reading": (self.patience.still,),
            "leaving": (self.patience.answer,),
        }
        return [self._since + wait for wait in waits.get(self.state, ())]

    # ---- the filter ---------------------------------------------------------------------------------------

    def filter(self, record: Record, at: float) -> list[Record]:
        """What the collector may see of ``record``, and of those held before it."""
        if not self.keys:
            return [record]
        if isinstance(record, Wiped) and record.scrollback and self._held is None:
            self._held = [record]
            return []
        if self._held is not None:
            return self._restated(record, at)
        if self.raw and isinstance(record, (Inserted, Scrolled)):
            if isinstance(record, Inserted):
                self._read(record.rows, at)
            return []
        return [record]

    def _restated(self, record: Record, at: float) -> list[Record]:
        """Hold a restatement until its frame tells whether it is raw."""
        assert self._held is not None
        if isinstance(record, (Inserted, Scrolled, Wiped)):
            self._held.append(record)
            return []
        rows = [row for held in self._held if isinstance(held, Inserted) for row in held.rows]
        if not isinstance(record, Frame) or not rows:
            return [record]
        held, self._held = self._held, None
        # Rich history always has style somewhere, in its banner if nowhere else.
        self.raw = sum(bool(row.text) for row in rows) > 2 and not any(row.runs for row in rows)
        if self.raw:
            self.lines = []
            self._read(rows, at)
            if self.state != "leaving":
                # Whoever asked for it: it is here, and what is held back can be had from it.
                self.state = "reading"
            return [record]
        if self.state == "leaving":
            self.state = "idle"
            self.back = at
        return [*held, record]

    def _read(self, rows: Sequence[Row], at: float) -> None:
        self.lines += [row.text for row in logical(rows)]
        self._since = at
