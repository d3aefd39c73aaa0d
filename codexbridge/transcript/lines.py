"""Logical lines, and what a collector says about them."""

from __future__ import annotations

from typing import Protocol

import msgspec

from codexbridge.terminal.records import Frame, Record, Run


class Line(msgspec.Struct, frozen=True):
    """A logical line: soft wraps undone, trailing blanks removed. ``runs`` index ``text`` by code point."""

    id: int
    """Rises by one per committed line of a session; -1 for a live line."""
    text: str
    runs: tuple[Run, ...] = ()
    fill: str = "default"
    serial: int = 0
    """The insertion that brought it (lines of one insertion share it), 0 where the delivery has none."""
    blanks: int = 0
    """Blanks drawn after the text, where known."""
    moved: bool = False
    """A control in a text moved the cursor to its beginning: whatever it looks like, it is that text."""


class Change(msgspec.Struct, frozen=True, tag=True):
    """Base of what a collector yields."""


class Committed(Change, frozen=True, tag=True):
    """Lines that are now part of the history for good, in order."""

    lines: tuple[Line, ...]


class Replaced(Change, frozen=True, tag=True):
    """A restated history shows known lines ``first``..``last`` (ids, inclusive) as ``lines`` from now on."""

    first: int
    last: int
    lines: tuple[Line, ...]


class Lost(Change, frozen=True, tag=True):
    """``lost``: more came at once than the pane shows, and it must be scrolled back to be read. False: found again."""

    lost: bool


class Live(Change, frozen=True, tag=True):
    """The rows below (or beside) the history at a frame: running cells, status row, composer, dialogs."""

    lines: tuple[Line, ...]
    frame: Frame


class Collector(Protocol):
    """One per delivery (inline, fullscreen, rewrite)."""

    def receive(self, record: Record) -> list[Change]: ...

    def give_up(self) -> list[Change]:
        """What :class:`Lost` spoke of cannot be had; give what was read."""
        ...
