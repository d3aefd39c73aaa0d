"""The grid as ``pyte`` presents it: ``screen.buffer[y][x]`` is a :class:`pyte.screens.Char`, to read and to write."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from pyte.screens import Char, Cursor

from codexbridge.terminal.line import STUB
from codexbridge.terminal.records import Style
from codexbridge.terminal.style import PLAIN_PEN

if TYPE_CHECKING:
    from codexbridge.terminal.grid import Grid


def to_char(data: str, style: Style) -> Char:
    """What ``pyte`` can say of a styled cell: it has no dim and no links."""
    fg, bg, bold, _, italic, underline, strike, reverse, blink, _ = style
    return Char(data, fg, bg, bold, italic, underline, strike, reverse, blink)


def to_style(char: Char) -> Style:
    return Style(
        fg=char.fg,
        bg=char.bg,
        bold=char.bold,
        italic=char.italics,
        underline=char.underscore,
        strike=char.strikethrough,
        reverse=char.reverse,
        blink=char.blink,
    )


class Cells(MutableMapping[int, Char]):
    """One row. Cells that were never written read as blanks and are left out of iteration."""

    def __init__(self, screen: Grid, y: int) -> None:
        self._screen = screen
        self._y = y

    def __getitem__(self, x: int) -> Char:
        line = self._screen.grid[self._y]
        if not 0 <= x < len(line.text):
            return self._screen.default_char
        cell = line.text[x]
        data = "" if cell == STUB else self._screen.clusters.text(cell)
        return to_char(data, self._screen.palette.style(line.pens[x]))

    def __setitem__(self, x: int, char: Char) -> None:
        line = self._screen.grid[self._y]
        cell = self._screen.clusters.cell(char.data) if char.data else STUB
        line.wide = True
        line.put(x, cell, self._screen.palette.pen(to_style(char)))

    def __delitem__(self, x: int) -> None:
        self._screen.grid[self._y].put(x, " ", PLAIN_PEN)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._screen.grid[self._y].text)))

    def __len__(self) -> int:
        return len(self._screen.grid[self._y].text)


class Buffer(MutableMapping[int, Cells]):
    """All rows of the visible grid."""

    def __init__(self, screen: Grid) -> None:
        self._screen = screen

    def __getitem__(self, y: int) -> Cells:
        if not 0 <= y < self._screen.lines:
            raise KeyError(y)
        return Cells(self._screen, y)

    def __setitem__(self, y: int, cells: MutableMapping[int, Char]) -> None:
        copied = dict(cells.items())
        del self[y]
        for x, char in copied.items():
            self[y][x] = char

    def __delitem__(self, y: int) -> None:
        self._screen.clear_line(y)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._screen.lines))

    def __len__(self) -> int:
        return int(self._screen.lines)


class PenCursor(Cursor):
    """A cursor whose rendition is a pen; ``attrs`` presents it as ``pyte`` does."""

    __slots__ = ("_screen", "pen")

    def __init__(self, screen: Grid) -> None:
        self._screen = screen
        self.pen = PLAIN_PEN
        self.x = self.y = 0
        self.hidden = False

    @property
    def attrs(self) -> Char:
        return to_char(" ", self._screen.palette.style(self.pen))

    @attrs.setter
    def attrs(self, char: Char) -> None:
        self.pen = self._screen.palette.pen(to_style(char))
