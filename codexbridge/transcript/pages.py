"""Pages of a pager that was scrolled upwards, stitched into one text.

The pager opens at its end. Every further page shows rows above the one before. Some releases scroll by more rows
than they show; there each page is scrolled ``back`` down a little so that it repeats rows of the page before, and
nothing is missed. Whether that is needed is found out from the first page: a picture taken between two keys shows
something that is already known, or leaves a gap, and is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Row


class Pages:
    """``rows`` is what has been read, oldest first."""

    def __init__(self, back: int) -> None:
        self.rows: list[Row] = []
        self.back = back
        """Rows by which a page must be scrolled back down; 0 once pages are known to follow without a gap."""
        self._percent = 101
        self._first = back

    def add(self, page: Sequence[Row], percent: int) -> bool:
        """Take a picture of the pager; True when it brought rows above those that are known."""
        rows = list(page)
        if not self.rows:
            self.rows, self._percent = rows, percent
            return True
        if percent >= self._percent and self._known(rows):
            return False
        overlap = self._overlap(rows, percent)
        if overlap >= len(rows) or (overlap == 0 and self.back):
            return False
        if overlap == self._first:
            # The page went back by exactly what it shows, and then down again: the next need not go down.
            self.back = 0
        self.rows = rows[: len(rows) - overlap] + self.rows
        self._percent = percent
        return True

    def force(self, page: Sequence[Row]) -> None:
        """Take a page that does not join on: rows between are missing."""
        self.rows = [*page, *self.rows]

    def _known(self, rows: list[Row]) -> bool:
        texts = [row.text for row in rows]
        near = [row.text for row in self.rows[: 3 * len(rows)]]
        return any(near[at : at + len(texts)] == texts for at in range(len(near) - len(texts) + 1))

    def _overlap(self, rows: list[Row], percent: int) -> int:
        fits = [n for n in range(1, min(len(rows), len(self.rows)) + 1) if self._same(rows, n)]
        if percent == 0 and fits:
            # The last page stops at the first row, so it repeats more than the others.
            return fits[-1]
        if not self.back:
            # A page that follows without a gap repeats nothing, except the last.
            return 0 if percent else max(fits, default=0)
        # Rows that repeat themselves fit in several ways: a page goes back by what it shows, or a little more.
        return min(fits, key=lambda n: (abs(n - self.back), n), default=0)

    def _same(self, rows: list[Row], count: int) -> bool:
        below = self.rows[:count]
        return all(a.text == b.text for a, b in zip(rows[len(rows) - count :], below, strict=True))
