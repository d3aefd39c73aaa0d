"""Cursor movement, tab stops and saved cursors. Arguments are 1-based and may be left out, as ``pyte`` has them."""

from __future__ import annotations

from pyte import modes as mo

from codexbridge.terminal.grid import Grid


class Motion(Grid):
    origin: bool
    """DECOM: rows are addressed within the region."""

    def cursor_position(self, line: int | None = None, column: int | None = None) -> None:
        top, bottom = (self.top, self.bottom) if self.origin else (0, self.lines - 1)
        self.cursor.y = min(top + max(line or 1, 1) - 1, bottom)
        self.cursor.x = min(max(column or 1, 1), self.columns) - 1

    def cursor_to_column(self, column: int | None = None) -> None:
        self.cursor.x = min(max(column or 1, 1), self.columns) - 1

    def cursor_to_line(self, line: int | None = None) -> None:
        x = self.column()
        self.cursor_position(line)
        self.cursor.x = x

    def column(self) -> int:
        """The column of the cursor; a wrap that is due does not count as a column of its own."""
        return min(self.cursor.x, self.columns - 1)

    def settle_column(self) -> int:
        """Forget a wrap that is due; the column."""
        self.cursor.x = x = self.column()
        return x

    def cursor_up(self, count: int | None = None) -> None:
        top = self.top if self.cursor.y >= self.top else 0
        self.cursor.x, self.cursor.y = self.column(), max(self.cursor.y - (count or 1), top)

    def cursor_down(self, count: int | None = None) -> None:
        bottom = self.bottom if self.cursor.y <= self.bottom else self.lines - 1
        self.cursor.x, self.cursor.y = self.column(), min(self.cursor.y + (count or 1), bottom)

    def move_down_freely(self, count: int | None = None) -> None:
        """VPR: down, whatever the region."""
        self.cursor.x, self.cursor.y = self.column(), min(self.cursor.y + (count or 1), self.lines - 1)

    def cursor_up1(self, count: int | None = None) -> None:
        self.cursor_up(count)
        self.cursor.x = 0

    def cursor_down1(self, count: int | None = None) -> None:
        self.cursor_down(count)
        self.cursor.x = 0

    def cursor_back(self, count: int | None = None) -> None:
        self.cursor.x = max(self.column() - (count or 1), 0)

    def cursor_forward(self, count: int | None = None) -> None:
        self.cursor.x = min(self.column() + (count or 1), self.columns - 1)

    def backspace(self) -> None:
        self.cursor_back()

    def carriage_return(self) -> None:
        self.cursor.x = 0

    def linefeed(self) -> None:
        self.index()
        if mo.LNM in self.mode:
            self.cursor.x = 0

    def feed_within_text(self) -> None:
        """VT and FF: a line feed that stands in a text. Programs begin their rows with LF."""
        self.linefeed()
        if self.history.tag:
            self.grid[self.cursor.y].over = 0

    def next_line(self) -> None:
        self.index()
        self.cursor.x = 0

    def index(self) -> None:
        """Down one row; at the bottom of the region, scroll it."""
        cursor = self.cursor
        y = cursor.y
        self.settle_column()
        if y == self.bottom:
            self.scroll(1)
        elif y < self.lines - 1:
            cursor.y = y + 1
        if self.history.inserting and y <= self.bottom:
            self.history.begin(self.grid[cursor.y], fresh=y == self.bottom)

    def reverse_index(self) -> None:
        """Up one row; at the top of the region, scroll it down."""
        self.settle_column()
        if self.cursor.y == self.top:
            self.scroll_down(1)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def tab(self, count: int | None = None) -> None:
        if self.cursor.x >= self.columns:
            return
        for _ in range(min(count or 1, self.columns)):
            # Stops beyond the last column are left from a wider screen.
            stop = min((stop for stop in self.tabstops if stop > self.cursor.x), default=self.columns - 1)
            self.cursor.x = min(stop, self.columns - 1)

    def back_tab(self, count: int | None = None) -> None:
        for _ in range(min(count or 1, self.columns)):
            self.cursor.x = max((stop for stop in self.tabstops if stop < self.cursor.x), default=0)

    def set_tab_stop(self) -> None:
        self.tabstops.add(self.column())

    def clear_tab_stop(self, how: int = 0, *_: int) -> None:
        if how == 0:
            self.tabstops.discard(self.column())
        elif how == 3:
            self.tabstops.clear()
