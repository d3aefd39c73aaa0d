"""The rewrite delivery: finished text stays where it was drawn, and a block below it is drawn again and again.

The program erases its last rows, writes what is new, and draws the block anew. The block is told by its frame: a
box as wide as the screen, with the rows that belong to it. Everything above it is history, together with the rows
that have left the screen. A redraw of everything is laid over what is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Frame, Record, Row, Scrolled, Wiped
from codexbridge.transcript.ledger import Ledger
from codexbridge.transcript.lines import Change, Live
from codexbridge.transcript.rows import line_of, logical

_CORNERS = "╭╮╰╯"
_LEAST = 40
"""A narrower box is part of the history (a banner)."""


class RewriteCollector:
    """Collects the history above a block that is redrawn in place."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._gone = 0
        """Lines of the history that have left the screen."""
        self._held: list[Row] = []
        """Rows that left it since the last picture: what came at once is committed at once."""

    def receive(self, record: Record) -> list[Change]:
        """Take the next record; give what is new. Never raises."""
        if isinstance(record, Wiped):
            # What is drawn from now on begins the history again.
            if record.screen or record.scrollback:
                self._gone = 0
                self._held.clear()
            return []
        if isinstance(record, Scrolled):
            self._held.extend(record.rows)
            return []
        if isinstance(record, Frame) and not record.alternate:
            return self._frame(record)
        return []

    def give_up(self) -> list[Change]:
        """Nothing is ever lost here."""
        return []

    def _frame(self, frame: Frame) -> list[Change]:
        rows = frame.rows
        top = _block(rows)
        if top is None:
            return [Live(tuple(line_of(row) for row in rows if row.text), frame)]
        gone, self._held = logical(self._held), []
        above = gone + logical(rows[:top])
        while above and not above[-1].text:
            above.pop()
        changes = self.ledger.rewrite(self._gone, above) if above else []
        self._gone += len(gone)
        below = list(rows[top:])
        while below and not below[-1].text:
            below.pop()
        return [*changes, Live(tuple(line_of(row) for row in below), frame)]


def _block(rows: Sequence[Row]) -> int | None:
    """The first row of the block: that of the last box as wide as the widest, or of the timer above it."""
    bottom = next((n for n in range(len(rows) - 1, -1, -1) if _edge(rows[n].text, "╰", "╯")), None)
    if bottom is None:
        return None
    width = len(rows[bottom].text)
    if width < _LEAST:
        return None
    top = bottom - 1
    while top >= 0 and not _edge(rows[top].text, "╭", "╮"):
        if not rows[top].text.startswith("│"):
            return None
        top -= 1
    if top < 0 or len(rows[top].text) != width:
        return None
    while top and _coloured(rows[top - 1]):
        top -= 1
    return top


def _edge(text: str, left: str, right: str) -> bool:
    return text.startswith(left) and text.endswith(right) and set(text[1:-1]) == {"─"}


def _coloured(row: Row) -> bool:
    """Whether one colour covers the row from its first column on; text of the user has none, other text is indented."""
    text, runs = row.text, row.runs
    if not text or text[0] in _CORNERS or text[0] == "│":
        return False
    return len(runs) == 1 and runs[0].start == 0 and runs[0].end >= len(text) and runs[0].style.fg != "default"
