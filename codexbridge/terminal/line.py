"""One row of the grid: text and pens side by side, one code point per cell, shared immutable rows out of it.

Strings, because what a program does to a row (overwrite a run, erase to the end) is slicing, and because most rows
are short: cells right of ``len(text)`` were never written and are plain blanks. A character that fills two cells is
followed by :data:`STUB`. A cell that holds more than one code point holds a stand-in from private planes instead,
which :class:`Clusters` resolves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from codexbridge.terminal.records import EMPTY, Row, Run, Style
from codexbridge.terminal.style import PLAIN_PEN, Palette

STUB = "\0"
"""The right half of a wide character."""

UNTOUCHED = 1 << 30
"""No column at all."""
UNKNOWN = -1
"""It cannot be told: the row was shaded, or had a text before."""

FIRST_STAND_IN = "\U000f0000"
"""From here on (planes 15 and 16) a cell's character is a stand-in."""
_STAND_INS = 0x110000 - 0xF0000

_run: Callable[[tuple[int, int, Style]], Run] = partial(tuple.__new__, Run)
"""A :class:`Run` of a tuple, without the detour over its constructor: rows are made at every frame."""
_has_stand_in = re.compile(f"[{FIRST_STAND_IN}-\U0010ffff]").search


class Clusters:
    """Stand-ins and the clusters of code points that they stand for."""

    _FIRST_LIMIT = 4096

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}
        self.limit = self._FIRST_LIMIT

    @property
    def full(self) -> bool:
        return len(self.texts) > self.limit

    def cell(self, cluster: str) -> str:
        """What to store in a cell for ``cluster``. Out of stand-ins, only its first code point is kept."""
        if len(cluster) == 1 and cluster < FIRST_STAND_IN:
            return cluster
        number = self._numbers.get(cluster)
        if number is None:
            if len(self.texts) >= _STAND_INS:
                return cluster[0] if cluster[0] < FIRST_STAND_IN else "\ufffd"
            number = self._numbers[cluster] = len(self.texts)
            self.texts.append(cluster)
        return chr(0xF0000 + number)

    def text(self, cell: str) -> str:
        return self.texts[ord(cell) - 0xF0000] if cell >= FIRST_STAND_IN else cell

    def compact(self, used: Iterable[str]) -> dict[int, str]:
        """Forget all stand-ins but the ``used`` ones; the answer is a ``str.translate`` table from old to new."""
        kept = {cell: self.text(cell) for cell in dict.fromkeys(used)}
        self.texts, self._numbers = [], {}
        table = {ord(cell): self.cell(text) for cell, text in kept.items()}
        self.limit = max(self._FIRST_LIMIT, 2 * len(self.texts))
        return table


class Line:
    """Cells of one row. ``row`` caches the reported form and is ``None`` after a change."""

    __slots__ = ("over", "pens", "row", "serial", "text", "wide", "wrapped")

    def __init__(self, text: str = "", pens: str = "") -> None:
        self.text = text
        self.pens = pens
        self.wide = False
        """May hold stubs or stand-ins; false is a promise, true a possibility."""
        self.wrapped = False
        self.serial = 0
        self.over = UNTOUCHED
        """Leftmost column in which an insertion drew over what it had drawn in this row itself."""
        self.row: Row | None = None if text else EMPTY

    def put(self, x: int, text: str, pens: str) -> None:
        """Overwrite the cells from ``x`` on. Halves of wide characters that are cut become blanks."""
        old, old_pens = self.text, self.pens
        length, end = len(old), x + len(text)
        if old[x:end] == text and old_pens[x:end] == pens:
            return
        if self.wide and length:
            old = self._cut(x, end)
        if x > length:
            gap = x - length
            self.text = old + " " * gap + text
            self.pens = old_pens + PLAIN_PEN * gap + pens
        else:
            self.text = old[:x] + text + old[end:]
            self.pens = old_pens[:x] + pens + old_pens[end:]
        self.row = None

    def insert(self, x: int, count: int, pen: str, columns: int) -> None:
        """Push the cells from ``x`` on to the right by ``count`` blanks; what passes ``columns`` is lost."""
        if x >= len(self.text) and pen == PLAIN_PEN:
            return
        self.pad(x)
        old = self._cut(x, x) if self.wide else self.text
        self.text = old[:x] + " " * count + old[x:]
        self.pens = self.pens[:x] + pen * count + self.pens[x:]
        self.clip(columns)

    def delete(self, x: int, count: int, pen: str, columns: int) -> None:
        """Take ``count`` cells out at ``x``; blanks with ``pen`` come in from the right edge."""
        if pen != PLAIN_PEN:
            self.pad(columns)
        old = self._cut(x, x + count) if self.wide else self.text
        self.text = old[:x] + old[x + count :]
        self.pens = self.pens[:x] + self.pens[x + count :]
        if pen != PLAIN_PEN:
            self.text += " " * (columns - len(self.text))
            self.pens += pen * (columns - len(self.pens))
        self.wrapped = False
        self.row = None

    def erase(self, start: int, end: int, pen: str, columns: int) -> None:
        """Blank the cells ``start`` to ``end`` (exclusive) with ``pen``, which holds a background or nothing."""
        length = len(self.text)
        if end >= columns:
            if self.wrapped:
                self.wrapped, self.row = False, None
            if pen == PLAIN_PEN:
                if start < length:
                    old = self._cut(start, length) if self.wide else self.text
                    self.text, self.pens = old[:start], self.pens[:start]
                    self.row = None
                return
            end = columns
        elif pen == PLAIN_PEN:
            if start >= length:
                return
            end = min(end, length)
        self.put(start, " " * (end - start), pen * (end - start))
        if pen != PLAIN_PEN:
            # What is drawn now goes over cells that were only shaded.
            self.over = UNKNOWN

    def pad(self, columns: int) -> None:
        if (gap := columns - len(self.text)) > 0:
            self.text += " " * gap
            self.pens += PLAIN_PEN * gap

    def clip(self, columns: int) -> None:
        """Cut to ``columns``; a wide character that loses its right half becomes a blank."""
        text = self.text
        if len(text) > columns:
            if text[columns] == STUB:
                text = text[: columns - 1] + " "
            self.text, self.pens = text[:columns], self.pens[:columns]
            self.wrapped = False
        self.row = None

    def _cut(self, start: int, end: int) -> str:
        """The text with the outer halves of wide characters blanked that the range would cut."""
        text = self.text
        if 0 < start < len(text) and text[start] == STUB:
            text = text[: start - 1] + "  " + text[start + 1 :]
        if 0 < end < len(text) and text[end] == STUB:
            text = text[:end] + " " + text[end + 1 :]
        self.text = text
        return text

    def report(self, palette: Palette, clusters: Clusters, columns: int) -> Row:
        """The row as records have it, cached until the next change."""
        if self.row is not None:
            return self.row
        text, pens = self.text, self.pens
        fill = palette.styles[ord(pens[columns - 1])].bg if len(pens) >= columns else "default"
        if self.wide:
            text, pens = self._unfold(clusters)
        if not self.wrapped:  # else blanks at the end stand between words of one line
            text = text.rstrip(" ")
        runs: list[Run] = []
        rest = pens[: len(text)].rstrip(PLAIN_PEN)
        at = 0
        while rest:
            pen = rest[0]
            left = rest.lstrip(pen)
            end = at + len(rest) - len(left)
            if pen != PLAIN_PEN:
                runs.append(_run((at, end, palette.styles[ord(pen)])))
            at, rest = end, left
        if text or fill != "default" or self.wrapped:
            self.row = Row(text, tuple(runs), fill, self.wrapped)
        else:
            self.row = EMPTY
        return self.row

    def _unfold(self, clusters: Clusters) -> tuple[str, str]:
        """Text and pens by code point: stubs left out, stand-ins resolved."""
        texts, pens, at = [], [], 0
        for piece in self.text.split(STUB):
            end = at + len(piece)
            if _has_stand_in(piece):
                for cell, pen in zip(piece, self.pens[at:end], strict=True):
                    text = clusters.text(cell)
                    texts.append(text)
                    pens.append(pen * len(text))
            else:
                texts.append(piece)
                pens.append(self.pens[at:end])
            at = end + 1
        return "".join(texts), "".join(pens)
