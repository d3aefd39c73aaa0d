"""The history as a collector knows it, for deliveries that draw it anew: what is new, what was replaced.

The collector says how the history reads now; the ledger says what that changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Row
from codexbridge.transcript.lines import Change, Committed, Line, Replaced
from codexbridge.transcript.rows import line_of


class Ledger:
    """Lines with their ids. An id is given once, whatever becomes of its line."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._ids: list[int] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self.rows)

    def lines(self, rows: Sequence[Row]) -> tuple[Line, ...]:
        """``rows`` as lines with ids of their own."""
        made = tuple(line_of(row, self._next + index) for index, row in enumerate(rows))
        self._next += len(made)
        return made

    def append(self, rows: Sequence[Row]) -> list[Change]:
        """``rows`` follow the history."""
        if not rows:
            return []
        lines = self.lines(rows)
        self.rows.extend(rows)
        self._ids.extend(line.id for line in lines)
        return [Committed(lines)]

    def rewrite(self, start: int, rows: Sequence[Row]) -> list[Change]:
        """From index ``start`` on the history reads ``rows``.

        Rows that are shown as they are known are the known ones. Where fewer are shown than are known, and those
        agree, nothing has changed: the picture ends before the history does.
        """
        known = self.rows[start:]
        same = 0
        while same < len(known) and same < len(rows) and known[same].text == rows[same].text:
            same += 1
        if same == len(rows):
            return []
        if same == len(known):
            return self.append(rows[same:])
        first, last = self._ids[start + same], self._ids[-1]
        lines = self.lines(rows[same:])
        self.rows[start + same :] = rows[same:]
        self._ids[start + same :] = [line.id for line in lines]
        return [Replaced(first, last, lines)]
