"""The grid: rows of a main and an alternate buffer, their size, scrolling, and how ``pyte`` sees them."""

from __future__ import annotations

from collections import Counter

import pyte
from pyte.screens import Margins

from codexbridge.terminal.buffer import Buffer, PenCursor
from codexbridge.terminal.history import History
from codexbridge.terminal.line import STUB, Clusters, Line
from codexbridge.terminal.records import Row
from codexbridge.terminal.style import PLAIN_PEN, Palette


class Grid(pyte.Screen):
    """A :class:`pyte.Screen` with a store of its own: ``grid`` holds the lines that are shown."""

    grid: list[Line]
    cursor: PenCursor
    origins: tuple[int, ...] | None
    """The serials of the rows shown; ``None`` after anything that may have changed them (see :meth:`serials`)."""

    def __init__(self, columns: int, lines: int) -> None:
        self.history = History(self.row)
        self.ignored: Counter[str] = Counter()
        """Characters that could not be drawn, by reason."""
        self.palette = Palette()
        self.clusters = Clusters()
        self.cursor = PenCursor(self)
        super().__init__(columns, lines)

    @property  # type: ignore[override]
    def buffer(self) -> Buffer:
        return Buffer(self)

    @buffer.setter
    def buffer(self, _: object) -> None:
        """The base class assigns a store of its own; ours is :attr:`grid`."""

    @property
    def dirty(self) -> set[int]:
        """Rows changed since they were last reported."""
        return {y for y, line in enumerate(self.grid) if line.row is None}

    @dirty.setter
    def dirty(self, _: object) -> None:
        pass

    @property
    def margins(self) -> Margins | None:
        full = self.top == 0 and self.bottom == self.lines - 1
        return None if full else Margins(self.top, self.bottom)

    @margins.setter
    def margins(self, margins: Margins | None) -> None:
        self.top, self.bottom = margins or (0, self.lines - 1)

    @property
    def display(self) -> list[str]:
        """Rows as text, padded to the full width (wide characters count two)."""
        texts = []
        for line in self.grid:
            text = line.text + " " * (self.columns - len(line.text))
            if line.wide:
                text = "".join(map(self.clusters.text, text.replace(STUB, "")))
            texts.append(text)
        return texts

    def row(self, line: Line) -> Row:
        """The reported form of ``line``."""
        return line.row or line.report(self.palette, self.clusters, self.columns)

    def serials(self) -> tuple[int, ...]:
        """Which insertion wrote each row, 0 for none."""
        if self.origins is None:
            self.origins = tuple([line.serial for line in self.grid])
        return self.origins

    def clear_grids(self) -> None:
        """Blank rows, the main buffer, the full region."""
        self.origins = None
        self.history.close()
        self.alternate = False
        self.main = self.grid = [Line() for _ in range(self.lines)]
        self.other: list[Line] | None = None
        """The alternate buffer, once there has been one."""
        self.top, self.bottom = self._region = 0, self.lines - 1
        """The region of the buffer shown; ``_region`` is that of the other one."""

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Rows are added at the bottom; they go from below the cursor first, then from the top. No reflow."""
        self.origins = None
        lines, columns = lines or self.lines, columns or self.columns
        self.history.close()
        cursor = self.cursor
        for grid in (self.main, self.other or []):
            excess = len(grid) - lines
            if excess > 0:
                y = cursor.y if grid is self.grid else self.main_cursor_row()
                below = max(0, min(excess, len(grid) - 1 - y))
                del grid[len(grid) - below :]
                gone, grid[: excess - below] = grid[: excess - below], []
                if grid is self.main:
                    self.history.leave(gone)
                if grid is self.grid:
                    cursor.y -= excess - below
            elif grid:
                grid.extend(Line() for _ in range(-excess))
            for line in grid:
                line.clip(columns)
        if columns > self.columns:
            self.tabstops.update(range(self.columns + -self.columns % 8, columns, 8))
        for line in self.main + (self.other or []):
            line.row = None  # the shade of the last column may have changed
        self.lines, self.columns = lines, columns
        self.top, self.bottom = self._region = 0, lines - 1
        cursor.x, cursor.y = max(0, min(cursor.x, columns - 1)), max(0, min(cursor.y, lines - 1))

    def use_alternate(self, on: bool, *, clear: bool = False) -> None:
        """Show the alternate buffer, or the main one again. Neither is a wipe."""
        self.origins = None
        if on == self.alternate:
            return
        self.history.close()
        if on and (clear or self.other is None):
            self.other = [Line() for _ in range(self.lines)]
        self.alternate = on
        if on:
            assert self.other is not None
            self.grid = self.other
        else:
            self.grid = self.main
        self._region, (self.top, self.bottom) = (self.top, self.bottom), self._region
        self.watch_region()

    def watch_region(self) -> None:
        """A region of the main buffer from the top row that leaves rows below it free commits history."""
        if self.top == 0 and self.bottom < self.lines - 1 and not self.alternate:
            self.history.open()

    def eraser(self) -> str:
        pen = self.cursor.pen
        return self.palette.erasers.get(pen) or self.palette.eraser(pen)

    def fresh(self) -> Line:
        pen = self.eraser()
        return Line() if pen == PLAIN_PEN else Line(" " * self.columns, pen * self.columns)

    def scroll(self, count: int) -> None:
        """Move the rows of the region up. What leaves the top of a full main screen goes into scrollback."""
        self.origins = None
        grid, top, bottom = self.grid, self.top, self.bottom
        count = min(count, bottom - top + 1)
        if top == 0 and bottom == self.lines - 1 and not self.alternate:
            self.history.leave(grid[:count])
        del grid[top : top + count]
        if count == 1:
            grid.insert(bottom, self.fresh())
        else:
            grid[bottom - count + 1 : bottom - count + 1] = [self.fresh() for _ in range(count)]

    def scroll_up(self, count: int | None = None, *_: int) -> None:
        """SU."""
        self.scroll(count or 1)

    def scroll_down(self, count: int | None = None, *_: int) -> None:
        """SD."""
        self.move_down(self.top, count or 1)

    def move_down(self, top: int, count: int) -> None:
        self.origins = None
        grid, bottom = self.grid, self.bottom
        count = min(count, bottom - top + 1)
        del grid[bottom - count + 1 : bottom + 1]
        grid[top:top] = [self.fresh() for _ in range(count)]

    def blank(self, start: int, end: int) -> None:
        """Erase whole rows, ``end`` exclusive."""
        self.origins = None
        if self.eraser() != PLAIN_PEN:
            self.grid[start:end] = [self.fresh() for _ in range(start, end)]
            return
        for y in range(start, end):
            line = self.grid[y]
            if line.text or line.wrapped:
                self.grid[y] = Line()
            line.serial = 0

    def clear_line(self, y: int) -> None:
        """Make row ``y`` as if never written."""
        self.origins = None
        self.grid[y] = Line()

    def main_cursor_row(self) -> int:
        """Where the cursor of the main buffer is, or waits while the alternate one is shown."""
        return int(self.cursor.y)
