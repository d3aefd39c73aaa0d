"""The fullscreen delivery: a pane with a border that scrolls itself.

A picture shows a window of the history. As long as everything fits, the window is the history; from then on the
pane follows its end, and each picture is laid over what is known where the two agree. Nothing is guessed: a
picture that agrees with nothing known (more came at once than the pane holds) is reported as :class:`Lost`, and
those that follow, read while the session scrolls back, are laid one over the other until they reach known ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from codexbridge.terminal.records import Frame, Record, Row, Run
from codexbridge.transcript.ledger import Ledger
from codexbridge.transcript.lines import Change, Live, Lost
from codexbridge.transcript.rows import closed, line_of

_TOP, _BOTTOM = "╭", "╰"
_BAR = "│║█↑↓▲▼"
_MANY = 10
"""The same where its first rows do not agree."""
_SURE = 3
"""Rows with text in which a window must agree with the history to be placed."""


class FullscreenCollector:
    """Stitches the windows of a pane together."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._top = 0
        """Index of the line that the window showed first."""
        self._found: list[Row] = []
        """While something is lost: the end of the history, as far as it was read back."""
        self.lost = False

    def receive(self, record: Record) -> list[Change]:
        """Take the next record; give what is new. Never raises."""
        if not isinstance(record, Frame):
            return []
        pane = _pane(record.rows)
        if pane is None:
            return [Live(tuple(line_of(row) for row in record.rows if row.text), record)]
        window, bottom, scrolls = pane
        changes = self._window(window, scrolls)
        below = tuple(line_of(row) for row in record.rows[bottom + 1 :])
        return [*changes, Live(below, record)]

    def give_up(self) -> list[Change]:
        """What was read while something was lost follows the history, whatever lies between."""
        if not self.lost:
            return []
        self.lost = False
        found, self._found = self._found, []
        self._top = len(self.ledger)
        return self.ledger.append(found)

    def _window(self, window: list[Row], scrolls: bool) -> list[Change]:
        rows = _trimmed(window)
        if not rows:
            return []
        if self.lost:
            return self._read_back(rows)
        if not scrolls:
            self._top = 0
            return self.ledger.rewrite(0, rows)
        top = self._place(rows)
        if top is None and (known := self._redrawn(rows)) is not None:
            return known
        if top is None:
            self.lost = True
            self._found = rows
            return [Lost(True)]
        self._top = top
        return self.ledger.rewrite(top, rows)

    def _place(self, rows: Sequence[Row]) -> int | None:
        """The index in the history at which the window begins; None where they do not meet.

        Everything known below that index must be seen again, and of all such places the first counts: a pane does
        not scroll further than it must. Where the end was drawn anew, the longest agreement counts.
        """
        known = self.ledger.rows
        best, most = None, 0
        # The pane may have grown by a few rows since, and then it begins further up.
        for top in range(max(self._top - len(rows), 0), len(known)):
            limit = min(len(rows), len(known) - top)
            same = texts = 0
            while same < limit and known[top + same].text == rows[same].text:
                texts += bool(rows[same].text)
                same += 1
            if texts < _SURE:
                continue
            if same == len(known) - top:
                return top
            if same > most and not self._far(top):
                best, most = top, same
        return best

    def _redrawn(self, rows: Sequence[Row]) -> list[Change] | None:
        """Lay a window over the history although its first rows are drawn otherwise than before: most of it agrees."""
        known, drawn = [row.text for row in self.ledger.rows], [row.text for row in rows]
        first, start, size = SequenceMatcher(None, known, drawn, autojunk=False).find_longest_match()
        texts = sum(bool(text) for text in drawn[start : start + size])
        if texts < _MANY or size < len(rows) // 2 or first < start:
            return None
        self._top = first - start
        return self.ledger.rewrite(first, list(rows[start:]))

    def _far(self, top: int) -> bool:
        return top < self._top

    def _read_back(self, rows: list[Row]) -> list[Change]:
        """Lay a window that was scrolled back to over the rows that were read before it."""
        joined = _below(rows, self._found) or _above(rows, self._found)
        if joined is not None:
            self._found = joined
        top = self._place(self._found)
        if top is None:
            return []
        self.lost = False
        found, self._found = self._found, []
        self._top = max(top + len(found) - len(rows), 0)
        return [*self.ledger.rewrite(top, found), Lost(False)]


def _below(rows: list[Row], found: list[Row]) -> list[Row] | None:
    """``rows`` as a window that begins within ``found`` and reaches its end; None where they do not meet."""
    for start in range(len(found)):
        over = found[start:]
        if len(over) > len(rows):
            continue
        agree = all(a.text == b.text for a, b in zip(over, rows, strict=False))
        if agree and sum(bool(row.text) for row in over) >= _SURE:
            return [*found[:start], *rows]
    return None


def _above(rows: list[Row], found: list[Row]) -> list[Row] | None:
    """``rows`` as a window that begins above ``found`` and overlaps it; None where they do not meet."""
    for start in range(len(rows)):
        over = rows[start:]
        shared = min(len(over), len(found))
        agree = all(a.text == b.text for a, b in zip(over[:shared], found, strict=False))
        if agree and sum(bool(row.text) for row in over[:shared]) >= _SURE:
            return [*rows[:start], *found] if len(over) <= len(found) else [*rows]
    return None


def _pane(rows: Sequence[Row]) -> tuple[list[Row], int, bool] | None:
    """The rows inside the first box, the index of its lower border, and whether it scrolls."""
    if not rows or (not rows[0].text.startswith(_TOP) and rows[0].text[1:2] != "─" and "Messages" not in rows[0].text):
        return None
    bottom = next((n for n, row in enumerate(rows) if n and _border(row.text)), None)
    if bottom is None:
        return None
    inner = rows[1:bottom]
    # A scroll bar stands before the border on the right.
    scrolls = bool(inner) and all(row.text[-2:-1] in _BAR and row.text for row in inner)
    return [_inside(row, 2 if scrolls else 1) for row in inner], bottom, scrolls


def _border(text: str) -> bool:
    """A lower border. What a carriage return left in the first column does not hide it."""
    return text.startswith(_BOTTOM) or (text[1:9] == "─" * 8 and text.endswith("╯"))


def _inside(row: Row, right: int) -> Row:
    """The row without the border on both sides, or whatever was drawn over it; ``right`` columns on that side."""
    text = row.text[1 : len(row.text) - right].rstrip(" ")
    runs = tuple(
        Run(max(start - 1, 0), min(end - 1, len(text)), style)
        for start, end, style in row.runs
        if end > 1 and start - 1 < len(text)
    )
    return closed(Row(text, runs))


def _trimmed(rows: list[Row]) -> list[Row]:
    end = len(rows)
    while end and not rows[end - 1].text:
        end -= 1
    return rows[:end]
