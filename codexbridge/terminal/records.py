"""What the terminal reports upwards: typed records of what a program did to the screen.

Rows are immutable and cached, so that two frames that share a row share the object: compare with ``is``
first. Character positions count code points of ``Row.text``, not cells.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Style(NamedTuple):
    """Attributes of a run of characters. Colours are pyte's names (``"red"``), ``"default"`` or 6 hex digits."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    blink: bool = False
    link: str = ""
    """Target of an OSC 8 hyperlink, or empty."""


PLAIN = Style()


class Run(NamedTuple):
    """``text[start:end]`` carries ``style``. Runs are in order, do not overlap, and leave out plain text."""

    start: int
    end: int
    style: Style


class Row(msgspec.Struct, frozen=True):
    """One row of the grid, trailing blanks removed (but for a wrapped row, where they are within a line)."""

    text: str = ""
    runs: tuple[Run, ...] = ()
    fill: str = "default"
    """Background colour of the last column: a shaded band reaches the right edge."""
    wrapped: bool = False
    """True when the next row continues this one (autowrap at the right margin), so no newline lies between."""
    blanks: int = 0
    """Blanks that were drawn after the text; counted for rows of an insertion only. A release that breaks its lines
    itself may break them after a blank."""
    moved: bool = False
    """The first columns of the row were drawn twice by one insertion, or the row was begun by VT or FF: a control in
    a text that the program passes on has moved the cursor there. Told for rows of an insertion only."""


EMPTY = Row()


class Record(msgspec.Struct, frozen=True, tag=True):
    """Base of everything that the terminal reports, in the order in which it happened."""


class Inserted(Record, frozen=True, tag=True):
    """Rows written through a scroll region that starts at the top row and ends above the last one.

    An inline viewport commits its history in this way: ``CSI 1;N r``, lines led by CR LF, ``CSI r``.
    """

    rows: tuple[Row, ...]
    serial: int
    """Number of this insertion, from 1; ``Frame.origins`` refers to it."""


class Scrolled(Record, frozen=True, tag=True):
    """Rows that left the top of the main screen into scrollback, oldest first (not those of an insertion)."""

    rows: tuple[Row, ...]


class Wiped(Record, frozen=True, tag=True):
    """The whole screen (``CSI 2J``, or 0J from home) or the scrollback (``CSI 3J``) was erased."""

    screen: bool
    scrollback: bool


class Frame(Record, frozen=True, tag=True):
    """A consistent picture: the end of a synchronized update, or quiet time where there is none."""

    number: int
    rows: tuple[Row, ...]
    """Every row of the visible grid, top to bottom; its length is the height."""
    origins: tuple[int, ...]
    """For each row the serial of the insertion that wrote it, 0 when it was drawn in any other way."""
    cursor: tuple[int, int]
    """Column and row, from 0."""
    cursor_visible: bool
    alternate: bool
    title: str


class Osc(Record, frozen=True, tag=True):
    """An operating system command that the screen does not use itself: 9 (notification), 52 (clipboard), 7501."""

    number: int
    payload: str
