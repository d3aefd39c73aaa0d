"""The second reading: the transcript overlay opened, paged upwards as far as needed, and closed again.

It is opened when something is held back for it, never over a dialog and never while a message is on its way into
the composer. It ends by success, by the overlay's top, or by running out of patience; then the overlay is closed
and what was held goes out, whole or as the screen had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from codexbridge.grammar.look import Pager
from codexbridge.grammar.overlay import Page, Shown, commands, page
from codexbridge.terminal.records import Frame
from codexbridge.transcript.pages import Pages

State = Literal["idle", "wanted", "opening", "paging", "closing"]

_BACK = 5
"""Rows by which each page is scrolled back down, so that it repeats some of the page before."""


class Patience(msgspec.Struct, frozen=True):
    """Seconds, and rows."""

    gather: float = 0.03
    """After the first held item: what is committed together is read together."""
    open: float = 3.0
    still: float = 0.015
    """A page has been drawn when nothing was drawn for this long."""
    page: float = 1.5
    """A page that has not changed by then is the last one."""
    leave: float = 0.04
    """After the overlay is gone, until the main view is trusted."""
    whole: float = 20.0
    rows: int = 30_000
    failures: int = 3
    """Attempts that may fail in a row before no more are made."""


class Reading:
    """The machine. ``step`` and ``frame`` give the keys to press."""

    def __init__(self, pager: Pager | None, patience: Patience | None = None) -> None:
        self.pager = pager
        self.patience = patience or Patience()
        self.state: State = "idle"
        self.failures = 0
        self.readings = 0
        self._since = 0.0
        self._began = 0.0
        self._columns = 0
        self._page: Page | None = None
        self._last: Page | None = None
        self._drawn = 0.0
        self._pages = Pages(_BACK)
        self._back = _BACK
        self._left: float | None = None
        self._finished = False
        self._at_top = False
        self._read = False

    @property
    def active(self) -> bool:
        """The overlay is, or may be, on the screen."""
        return self.state in ("opening", "paging", "closing")

    def want(self, at: float) -> None:
        """Something is held back."""
        if self.state == "idle":
            self.state, self._since = "wanted", at

    def shown(self) -> list[Shown]:
        """What has been read so far."""
        if self.pager is None:
            return []
        # Where thoughts have labels, rows go on at the margin; elsewhere they are told by what the history shows.
        return commands(self._pages.rows, self.pager, self._at_top, self._columns)

    def is_page(self, frame: Frame) -> bool:
        """Whether ``frame`` shows the overlay."""
        return self.pager is not None and page(frame, self.pager) is not None

    def step(self, may_open: bool, at: float) -> Sequence[str]:
        """Let time pass; gives keys to press. ``fresh`` is true afterwards when a page is there to be looked at."""
        assert self.pager is not None
        if self.state == "wanted":
            if may_open and at >= self._since + self.patience.gather:
                self.state, self._since, self._began = "opening", at, at
                self._pages = Pages(self._back)
                self._page = self._last = None
                self._finished = self._at_top = self._read = False
                self.readings += 1
                return self.pager.rule.open
            return ()
        if self.state == "opening" and at >= self._since + self.patience.open:
            self.failures += 1
            self.state = "idle"
            self._finished = True
            if self.failures >= self.patience.failures:
                # It will not open in this session: nothing more is held back for it.
                self.pager = None
            return ()
        if self.state == "paging":
            if self._page is not None and at >= self._drawn + self.patience.still:
                self._take()
            elif at >= self._since + self.patience.page or at >= self._began + self.patience.whole:
                self._at_top = self._at_top or at < self._began + self.patience.whole
                self._finished = True
        if self.state == "closing" and self._left is not None and at >= self._left + self.patience.leave:
            self.state = "idle"
        elif self.state == "closing" and self._left is None and at >= self._since + self.patience.open:
            # It does not close: the keys may have been lost.
            self._since = at
            return self.pager.rule.close
        return ()

    def frame(self, frame: Frame, at: float) -> None:
        """A frame was drawn while active."""
        assert self.pager is not None
        seen = page(frame, self.pager)
        self._columns = seen.columns if seen is not None else self._columns
        if self.state == "opening" and seen is not None:
            self.state, self._since, self.failures = "paging", at, 0
        if self.state == "paging" and seen is not None and (self._last is None or seen.rows != self._last.rows):
            self._page, self._drawn = seen, at
        elif self.state == "closing":
            # What the screen was before comes back first; what Codex draws anew a moment later is the truth.
            if seen is not None or frame.alternate:
                self._left = None
            elif self._left is None:
                self._left = at
            else:
                self.state = "idle"

    @property
    def fresh(self) -> bool:
        """A page was read that has not been looked at."""
        return self._read

    @property
    def over(self) -> bool:
        """Nothing more can be read."""
        return self._finished

    def _take(self) -> None:
        """Look at the page that was drawn last. One that brings nothing is passed over: keys are still on their way."""
        assert self._page is not None
        self._last, self._page = self._page, None
        if not self._pages.add(self._last.rows, self._last.percent):
            return
        self._back = self._pages.back
        self._at_top = self._last.percent == 0 or self._last.whole
        self._read = True
        if self._at_top or len(self._pages.rows) > self.patience.rows:
            self._finished = True

    def more(self, at: float) -> Sequence[str]:
        """The page did not suffice: keys for the next one."""
        self._read = False
        self._since = at
        self._page = None
        return ("pageup", *("down",) * self._back)

    def close(self, at: float) -> Sequence[str]:
        """Done: keys that close the overlay."""
        self._read = False
        self._finished = False
        if self.state != "paging" or self.pager is None:
            self.state = "idle"
            return ()
        self.state, self._since, self._left = "closing", at, None
        return self.pager.rule.close

    def stray(self, at: float) -> Sequence[str]:
        """The overlay is open although nobody asked for it (any more): keys that close it."""
        if self.pager is None:
            return ()
        self.state, self._since, self._left = "closing", at, None
        return self.pager.rule.close

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        if self.state == "wanted":
            return [self._since + self.patience.gather]
        if self.state == "closing" and self._left is not None:
            return [self._left + self.patience.leave]
        if self.state in ("opening", "closing"):
            return [self._since + self.patience.open]
        if self.state == "paging":
            still = [self._drawn + self.patience.still] if self._page is not None else []
            return [*still, self._since + self.patience.page, self._began + self.patience.whole]
        return []
