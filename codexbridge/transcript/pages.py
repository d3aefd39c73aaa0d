"""Pages of a pager that was scrolled upwards, stitched into one text.

The pager opens at its end. Every further page shows rows above the one before and repeats some of its first rows;
how many depends on the release (some scroll by more than they show), so it is found by comparing, and remembered.
"""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Row


class Pages:
    """``rows`` is what has been read, oldest first. ``back`` is by how many rows each page was scrolled back down."""

    def __init__(self, back: int, overlap: int | None = None) -> None:
        self.rows: list[Row] = []
        self.overlap = overlap
        """Rows that a page repeats, once it is known."""
        self.gaps = 0
        """Pages that repeat nothing: rows between may be missing."""
        self._back = back

    def add(self, page: Sequence[Row], at_top: bool) -> bool:
        """Take the next page upwards; False when it shows nothing new."""
        rows = list(page)
        if not self.rows:
            self.rows = rows
            return True
        overlap = self._overlap(rows, at_top)
        if overlap >= len(rows):
            return False
        if overlap == 0:
            self.gaps += 1
        self.rows = rows[: len(rows) - overlap] + self.rows
        return True

    def _overlap(self, rows: list[Row], at_top: bool) -> int:
        fits = [n for n in range(1, min(len(rows), len(self.rows)) + 1) if self._same(rows, n)]
        if not fits:
            return 0
        if at_top:
            # The last page stops at the first row, so it repeats more than the others.
            return fits[-1]
        if self.overlap in fits:
            return self.overlap
        if len(fits) == 1:
            self.overlap = fits[0]
            return fits[0]
        # Rows that repeat themselves fit in several ways: a page goes back by what it shows, or a little more.
        return min(fits, key=lambda n: (abs(n - self._back), n))

    def _same(self, rows: list[Row], count: int) -> bool:
        below = self.rows[:count]
        return all(a.text == b.text for a, b in zip(rows[len(rows) - count :], below, strict=True))
