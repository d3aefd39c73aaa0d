"""What happens to the history of a main screen: rows inserted above a viewport, rows scrolled off, wipes.

An inline viewport commits rows through a scrolling region that starts at the top row and ends above the last one::

    CSI 1;N r   cursor to the bottom of the region   (CR LF  row)*   CSI r

Each line feed within such a region *begins* a row, whether it scrolls or not. When the region is given up, the rows
begun are reported as they then are, soft wraps included.

A row counts if anything at all, be it a rendition, stood between its line feed and the next one. Releases up to 0.42
write an empty line of the history as ``CR LF CSI 39 m CSI 49 m CSI 0 m``, later ones erase the row as well
(``CSI K``). Bare line feeds (0.169 makes room with a hundred of them in a region) are scrolling, just as ``CSI n S``
is (0.98), and bring nothing. docs/terminal.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable

from codexbridge.terminal.line import UNKNOWN, UNTOUCHED, Line
from codexbridge.terminal.records import Inserted, Record, Row, Scrolled, Wiped

MOST_SCROLLED = 256
"""Rows of one :class:`Scrolled` record at most: bounds what is held back until the next frame."""
MOST_INSERTED = 4096
"""Rows of one :class:`Inserted` record at most; a longer insertion makes several with the same serial."""

MARGIN = 4
"""Columns of a row that the program itself writes, once: marks, and the indentation of what it quotes."""


class History:
    """Collects ``records``; ``report`` turns a line of the grid into a row."""

    def __init__(self, report: Callable[[Line], Row]) -> None:
        self.records: list[Record] = []
        self.serial = 0
        """Number of the last insertion."""
        self.tag = 0
        """What rows are marked with that are written to now: the serial of the open insertion once a row has begun."""
        self._report = report
        self._begun: list[Line] | None = None
        self._scrolled: list[Row] = []

    @property
    def inserting(self) -> bool:
        """A region of the kind that commits history is set."""
        return self._begun is not None

    def open(self) -> None:
        """A region is set that starts at the top row and leaves rows below it free."""
        self.close()
        self._begun = []

    def begin(self, line: Line, *, fresh: bool) -> None:
        """A line feed within the region led to ``line``, which is ``fresh`` if it scrolled in."""
        if self._begun is None:
            return
        self.tag = self.tag or self.serial + 1
        if len(self._begun) >= MOST_INSERTED:
            self.flush()
        if fresh or line not in self._begun:
            line.over = UNKNOWN if line.text else UNTOUCHED
            self._begun.append(line)

    def close(self) -> None:
        """The region is given up."""
        begun, self._begun = self._begun, None
        if begun:
            self._report_inserted(begun)
        self.tag = 0

    def leave(self, lines: list[Line]) -> None:
        """``lines`` go into scrollback. Those that were reported as inserted are not reported again."""
        self._scrolled.extend(self._report(line) for line in lines if not line.serial)
        if len(self._scrolled) >= MOST_SCROLLED:
            self._flush_scrolled()

    def wipe(self, *, screen: bool, scrollback: bool) -> None:
        self.flush()
        self.records.append(Wiped(screen, scrollback))

    def flush(self) -> None:
        """Report what is held back, at a point where order matters. An open insertion goes on."""
        if self._begun:
            begun, self._begun = self._begun, []
            self._report_inserted(begun)
        self._flush_scrolled()

    def _report_inserted(self, begun: list[Line]) -> None:
        rows = tuple([self._inserted(line) for line in begun if line.serial == self.tag])
        if rows:
            self.serial = self.tag
            self._flush_scrolled()
            self.records.append(Inserted(rows, self.tag))

    def _inserted(self, line: Line) -> Row:
        row = self._report(line)
        # In a shaded row nobody can tell drawn blanks from erased ones.
        blanks = len(line.text) - len(line.text.rstrip(" ")) if row.fill == "default" and not row.wrapped else 0
        moved = 0 <= line.over < MARGIN
        if moved or (blanks and row.text):
            return Row(row.text, row.runs, row.fill, row.wrapped, blanks if row.text else 0, moved)
        return row

    def _flush_scrolled(self) -> None:
        if self._scrolled:
            rows, self._scrolled = tuple(self._scrolled), []
            self.records.append(Scrolled(rows))
