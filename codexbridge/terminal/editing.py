"""Erasing, inserting and deleting. What is erased takes the background colour of the pen and nothing else."""

from __future__ import annotations

from typing import Any

from codexbridge.terminal.line import STUB, Line
from codexbridge.terminal.motion import Motion
from codexbridge.terminal.style import PLAIN_PEN


class Editing(Motion):
    def insert_lines(self, count: int | None = None) -> None:
        self.settle_column()
        if self.top <= self.cursor.y <= self.bottom:
            self.move_down(self.cursor.y, count or 1)
            self.cursor.x = 0

    def delete_lines(self, count: int | None = None) -> None:
        self.settle_column()
        y = self.cursor.y
        if self.top <= y <= self.bottom:
            number = min(count or 1, self.bottom - y + 1)
            self.origins = None
            del self.grid[y : y + number]
            self.grid[self.bottom - number + 1 : self.bottom - number + 1] = [self.fresh() for _ in range(number)]
            self.cursor.x = 0

    def insert_characters(self, count: int | None = None) -> None:
        line, x = self._touched(), self.settle_column()
        line.insert(x, min(count or 1, self.columns - x), self.eraser(), self.columns)

    def delete_characters(self, count: int | None = None) -> None:
        line, x = self._touched(), self.settle_column()
        line.delete(x, min(count or 1, self.columns - x), self.eraser(), self.columns)

    def erase_characters(self, count: int | None = None) -> None:
        x = self.settle_column()
        self._touched().erase(x, min(x + (count or 1), self.columns), self.eraser(), self.columns)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        # While a wrap is due the cursor stands behind the last column: a full row keeps its last character.
        start = self.cursor.x if how == 0 else 0
        if start and self.grid[self.cursor.y].text[start : start + 1] == STUB:
            # Erasing from the right half of a wide character on leaves the character, as in tmux (not so in xterm.js).
            # Some releases count the last character of a row as narrow when they say from where to erase.
            start += 1
        end = self.column() + 1 if how == 1 else self.columns
        if how in (0, 1, 2):
            self._touched().erase(start, end, self.eraser(), self.columns)

    def _touched(self) -> Line:
        line = self.grid[self.cursor.y]
        line.serial, self.origins = self.history.tag, None
        return line

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """ED. Erasing all of the main screen, in whichever way it is said, is reported as a wipe."""
        y = self.cursor.y
        whole = how == 2 or (how == 0 and y == 0 and self.cursor.x == 0)
        if how == 3:
            self.history.wipe(screen=False, scrollback=True)
        elif how == 2:
            self.blank(0, self.lines)
        elif how == 0:
            self.erase_in_line(0)
            self.blank(y + 1, self.lines)
        elif how == 1:
            self.blank(0, y)
            self.erase_in_line(1)
        if whole and not self.alternate:
            self.history.wipe(screen=True, scrollback=False)

    def alignment_display(self) -> None:
        """DECALN: fill the screen with E."""
        self.history.close()
        self.top, self.bottom = 0, self.lines - 1
        self.cursor_position()
        self.origins = None
        for y in range(self.lines):
            self.grid[y] = Line("E" * self.columns, PLAIN_PEN * self.columns)
