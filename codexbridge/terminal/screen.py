"""The grid: a :class:`pyte.Screen` whose rows are strings, with what Codex uses and ``pyte`` lacks.

It knows the alternate buffer, dim, scrolling regions as a means of committing history, erasing with the background
colour, wide characters and emoji clusters, soft wraps. Method names and their 1-based arguments are ``pyte``'s, so
it can stand under a ``pyte.Stream`` as well; :meth:`Screen.play` is the fast way in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pyte
from pyte import charsets
from pyte import modes as mo
from pyte.screens import Margins

from codexbridge.terminal.buffer import Buffer, PenCursor
from codexbridge.terminal.line import FIRST_STAND_IN, STUB, Clusters, Line
from codexbridge.terminal.records import Inserted, Record, Row, Scrolled, Style, Wiped
from codexbridge.terminal.style import PLAIN_PEN, Palette
from codexbridge.terminal.width import EMOJI_PRESENTATION, cell_width, joins, special, wide_run, widens

Operation = tuple[int, Any, Any]
"""What a token does: one of the codes below and its arguments."""
CALL, RENDITION, POSITION, ERASE_RIGHT, RETURN = range(5)

_DEFAULT_MODES = frozenset({mo.DECAWM, mo.DECTCEM})
_LONGEST_CLUSTER = 32
_MOST_SCROLLED = 256
"""Rows of one :class:`Scrolled` record; bounds what is held back until a frame."""
_MOST_INSERTED = 4096


class Saved:
    """What DECSC keeps."""

    __slots__ = ("autowrap", "charset", "g0", "g1", "origin", "pen", "x", "y")

    def __init__(self, screen: Screen) -> None:
        self.x, self.y, self.pen = screen.cursor.x, screen.cursor.y, screen.cursor.pen
        self.g0, self.g1, self.charset = screen.g0_charset, screen.g1_charset, screen.charset
        self.origin, self.autowrap = screen.origin, screen.autowrap


class Screen(pyte.Screen):
    """``records`` collects what happens to the history: insertions, rows that scroll off, wipes."""

    grid: list[Line]
    cursor: PenCursor

    def __init__(self, columns: int, lines: int) -> None:
        self.records: list[Record] = []
        self.ignored: Counter[str] = Counter()
        self.palette = Palette()
        self.clusters = Clusters()
        self.serial = 0
        """Number of the last insertion."""
        super().__init__(columns, lines)

    # -- what pyte's constructor and users expect to find ------------------------------------------------------

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

    # -- whole-screen state ------------------------------------------------------------------------------------

    def reset(self) -> None:
        self.alternate = False
        self._begun: list[Line] | None = None
        self._tag = 0
        self._scrolled: list[Row] = []
        self.main = self.grid = [Line() for _ in range(self.lines)]
        self._alternate_grid: list[Line] | None = None
        self._saved: dict[bool, Saved] = {}
        self.savepoints = []
        self.top, self.bottom = 0, self.lines - 1
        self.mode = set(_DEFAULT_MODES)
        self.autowrap, self.origin, self.inserting = True, False, False
        self.title = self.icon_name = ""
        self.charset = 0
        self.g0_charset = charsets.LAT1_MAP
        self.g1_charset = charsets.VT100_MAP
        self.plain = True
        """Text can be drawn as it comes: no insert mode, no character set to map through."""
        self.tabstops = set(range(8, self.columns, 8))
        self.cursor = PenCursor(self)
        self.saved_columns = None
        self.last_drawn = ""
        self.wiped = False

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Rows are added at the bottom; they go from below the cursor first, then from the top. No reflow."""
        lines, columns = lines or self.lines, columns or self.columns
        self.end_insertion()
        cursor = self.cursor
        for grid in (self.main, self._alternate_grid or []):
            excess = len(grid) - lines
            if excess > 0:
                y = cursor.y if grid is self.grid else self._saved[False].y if False in self._saved else 0
                below = max(0, min(excess, len(grid) - 1 - y))
                del grid[len(grid) - below :]
                gone, grid[: excess - below] = grid[: excess - below], []
                if grid is self.main:
                    self._scroll_off(gone)
                if grid is self.grid:
                    cursor.y -= excess - below
            elif grid:
                grid.extend(Line() for _ in range(-excess))
            for line in grid:
                line.clip(columns)
        if columns > self.columns:
            self.tabstops.update(range(self.columns + -self.columns % 8, columns, 8))
        for line in self.main + (self._alternate_grid or []):
            line.row = None  # the shade of the last column may have changed
        self.lines, self.columns = lines, columns
        self.top, self.bottom = 0, lines - 1
        cursor.x, cursor.y = max(0, min(cursor.x, columns - 1)), max(0, min(cursor.y, lines - 1))

    def use_alternate(self, on: bool, *, clear: bool = False) -> None:
        """Show the alternate buffer, or the main one again. Neither is a wipe."""
        if on == self.alternate:
            if on and clear:
                self._blank(0, self.lines)
            return
        self.end_insertion()
        if on and (clear or self._alternate_grid is None):
            self._alternate_grid = [Line() for _ in range(self.lines)]
        self.alternate = on
        if on:
            assert self._alternate_grid is not None
            self.grid = self._alternate_grid
        else:
            self.grid = self.main
            self._alternate_grid = None
        self.top, self.bottom = 0, self.lines - 1

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        self._switch(True, modes, bool(kwargs.get("private")))

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        self._switch(False, modes, bool(kwargs.get("private")))

    def _switch(self, on: bool, modes: tuple[int, ...], private: bool) -> None:
        for mode in modes:
            # pyte tells private modes from others by a shift.
            key = mode << 5 if private else mode
            if len(self.mode) < 256 or not on:
                (self.mode.add if on else self.mode.discard)(key)
            if key == mo.DECAWM:
                self.autowrap = on
            elif key == mo.DECTCEM:
                self.cursor.hidden = not on
            elif key == mo.DECOM:
                self.origin = on
                self.cursor_position()
            elif key == mo.IRM:
                self.inserting = on
                self._set_plain()
            elif private and mode in (47, 1047):
                self.use_alternate(on, clear=mode == 1047 and on)
            elif private and mode == 1048:
                (self.save_cursor if on else self.restore_cursor)()
            elif private and mode == 1049:
                if on and not self.alternate:
                    self.save_cursor()
                was = self.alternate
                self.use_alternate(on, clear=True)
                if was and not on:
                    self.restore_cursor()

    def _set_plain(self) -> None:
        current = self.g1_charset if self.charset else self.g0_charset
        self.plain = not self.inserting and current is charsets.LAT1_MAP

    def define_charset(self, code: str, mode: str) -> None:
        table = charsets.MAPS.get(code, charsets.LAT1_MAP)
        if mode == "(":
            self.g0_charset = table
        elif mode == ")":
            self.g1_charset = table
        self._set_plain()

    def shift_in(self) -> None:
        self.charset = 0
        self._set_plain()

    def shift_out(self) -> None:
        self.charset = 1
        self._set_plain()

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """DECSTBM. A region from the top row that leaves rows below it free begins an insertion."""
        self.end_insertion()
        first = max(1, top or 1) - 1
        last = min(bottom or self.lines, self.lines) - 1
        if first >= last:
            return
        self.top, self.bottom = first, last
        self.cursor_position()
        if first == 0 and last < self.lines - 1 and not self.alternate:
            self._begun = []

    def end_insertion(self) -> None:
        """Report the rows begun since the region was set.

        A row counts if anything at all, be it a rendition, stood between its line feed and the next one: releases
        up to 0.36 write an empty line of the history as ``CR LF CSI 39 m CSI 49 m CSI 0 m``, later ones erase it as
        well. Bare line feeds (0.169 makes room with a hundred of them) are scrolling, as SU is, and bring nothing.
        """
        begun, self._begun = self._begun, None
        self._flush(begun)
        self._tag = 0

    def flush_records(self) -> None:
        """Report what is held back, at a point where order matters. An open insertion goes on."""
        begun = self._begun
        if begun:
            self._flush(begun)
            self._begun = []
        self._flush_scrolled()

    def _flush(self, begun: list[Line] | None) -> None:
        if not begun or not self._tag:
            return
        rows = tuple([self._inserted_row(line) for line in begun if line.serial == self._tag])
        if rows:
            self.serial = self._tag
            self._flush_scrolled()
            self.records.append(Inserted(rows, self._tag))

    def _flush_scrolled(self) -> None:
        if self._scrolled:
            rows, self._scrolled = tuple(self._scrolled), []
            self.records.append(Scrolled(rows))

    def row(self, line: Line) -> Row:
        return line.row or line.report(self.palette, self.clusters, self.columns)

    def _inserted_row(self, line: Line) -> Row:
        row = self.row(line)
        blanks = len(line.text) - len(line.text.rstrip(" "))
        return Row(row.text, row.runs, row.fill, row.wrapped, blanks) if blanks and row.text else row

    # -- drawing -----------------------------------------------------------------------------------------------

    def play(
        self,
        tokens: list[str],
        operations: dict[str, Operation],
        interpret: Callable[[str], Operation],
    ) -> None:
        """Carry out ``tokens``. What a control means is looked up in ``operations``, else asked of ``interpret``.

        This loop is where a session spends its time: runs of narrow text that end before the last column, cursor
        addresses, renditions and erasing to the right are done here on local names; all else is a call.
        """
        cursor = self.cursor
        grid, columns, lines, tag = self.grid, self.columns, self.lines, self._tag
        x, y, pen = cursor.x, cursor.y, cursor.pen
        simple, absolute = self.plain, not self.origin
        find = operations.get
        for token in tokens:
            if token > "\x1f":
                end = x + len(token)
                if end < columns and simple and (token.isascii() or not special(token)):
                    line = grid[y]
                    text = line.text
                    length = len(text)
                    if line.wide:
                        line.put(x, token, pen * len(token))
                    elif x == length:
                        line.text = text + token
                        line.pens += pen * len(token)
                    elif x < length:
                        pens = line.pens
                        line.text = text[:x] + token + text[end:]
                        line.pens = pens[:x] + pen * len(token) + pens[end:]
                    else:
                        line.text = text + " " * (x - length) + token
                        line.pens += PLAIN_PEN * (x - length) + pen * len(token)
                    line.row = None
                    line.serial = tag
                    x = end
                    self.last_drawn = token
                    continue
                cursor.x, cursor.y, cursor.pen = x, y, pen
                self.draw(token)
                x, y, tag = cursor.x, cursor.y, self._tag
                continue
            operation = find(token)
            if operation is None:
                operation = interpret(token)
            code, first, second = operation
            if code == RENDITION:
                new = first.get(pen)
                if new is None:
                    new = first[pen] = self.palette.rendition(pen, second)
                pen = new
                if tag:  # within an insertion this alone makes the row content
                    grid[y].serial = tag
            elif code == POSITION and absolute:
                y = first if first < lines else lines - 1
                x = second if second < columns else columns - 1
            elif code == ERASE_RIGHT and pen == PLAIN_PEN and x < columns and not grid[y].wide:
                line = grid[y]
                if x < len(line.text):
                    line.text = line.text[:x]
                    line.pens = line.pens[:x]
                line.wrapped = False
                line.row = None
                line.serial = tag
            elif code == RETURN:
                x = 0
            else:
                cursor.x, cursor.y, cursor.pen = x, y, pen
                if code == CALL:
                    first(*second)
                elif code == POSITION:
                    self.cursor_position(first + 1, second + 1)
                else:
                    self.erase_in_line()
                x, y, pen = cursor.x, cursor.y, cursor.pen
                grid, tag = self.grid, self._tag
                simple, absolute = self.plain, not self.origin
        cursor.x, cursor.y, cursor.pen = x, y, pen

    def draw(self, data: str) -> None:
        """Draw ``data``, which holds no controls."""
        charset = self.g1_charset if self.charset else self.g0_charset
        if charset is not charsets.LAT1_MAP:
            data = data.translate(charset)
        if data:
            self.last_drawn = data
        position, end = 0, len(data)
        while position < end:
            found = special(data, position)
            stop = found.start() if found else end
            if stop > position:
                self._draw_cells(data[position:stop], 1)
            if found:
                if run := wide_run(data, stop):
                    self._draw_cells(run[0], 2)
                    stop = run.end()
                else:
                    self._draw_special(data[stop])
                    stop += 1
            position = stop

    def _draw_cells(self, text: str, width: int) -> None:
        """Draw characters that all take ``width`` cells."""
        cursor, columns = self.cursor, self.columns
        if width > columns:
            return
        while text:
            if cursor.x + width > columns:
                if self.autowrap:
                    self._wrap()
                else:
                    cursor.x = columns - width
            room = (columns - cursor.x) // width
            piece, text = text[:room], text[room:]
            if text and not self.autowrap:
                piece, text = piece[:-1] + text[-1], ""
            cells = piece if width == 1 else STUB.join(piece) + STUB
            line = self.grid[cursor.y]
            if self.inserting:
                line.insert(cursor.x, len(cells), PLAIN_PEN, columns)
            if width == 2:
                line.put(cursor.x, cells, cursor.pen * len(cells))
                line.wide = True
            else:
                line.put(cursor.x, cells, cursor.pen * len(cells))
            line.serial = self._tag
            cursor.x += len(cells)
            if cursor.x >= columns:
                line.wrapped = False
                if len(line.text) > columns:
                    line.clip(columns)

    def _wrap(self) -> None:
        line = self.grid[self.cursor.y]
        line.wrapped, line.row = True, None
        self.cursor.x = 0
        self.index()

    def _draw_special(self, character: str) -> None:
        width = cell_width(character)
        if width < 0:
            self.ignored["unprintable"] += 1
            return
        if self._join(character, width):
            return
        if width == 0:
            self.ignored["mark without base"] += 1
            return
        cell = self.clusters.cell(character)
        self._draw_cells(cell, width)
        if cell >= FIRST_STAND_IN:
            self.grid[self.cursor.y].wide = True

    def _join(self, character: str, width: int) -> bool:
        """Add ``character`` to the cluster before the cursor, if it belongs there."""
        cursor = self.cursor
        line = self.grid[cursor.y]
        x = cursor.x - 1
        if not 0 <= x < len(line.text):
            return False
        if line.text[x] == STUB and x:
            x -= 1
        cluster = self.clusters.text(line.text[x])
        if cluster == STUB or (width and not joins(cluster, character)):
            return False
        if width == 0 and cluster == " " and not character.isprintable():
            return False
        if len(cluster) >= _LONGEST_CLUSTER:
            self.ignored["cluster too long"] += 1
            return True
        cell = self.clusters.cell(cluster + character)
        line.text = line.text[:x] + cell + line.text[x + 1 :]
        line.wide, line.row = True, None
        narrow = line.text[x + 1 : x + 2] != STUB
        if character == EMOJI_PRESENTATION and narrow and cursor.x < self.columns and widens(cluster + character):
            line.put(cursor.x, STUB, line.pens[x])
            cursor.x += 1
        return True

    def repeat(self, count: int | None = None) -> None:
        """REP: draw the last character again."""
        if self.last_drawn and cell_width(self.last_drawn[-1]) > 0:
            last = self.last_drawn[-1]
            self.draw(last * min(count or 1, self.columns * self.lines))
            self.last_drawn = last

    # -- cursor ------------------------------------------------------------------------------------------------

    def cursor_position(self, line: int | None = None, column: int | None = None) -> None:
        top, bottom = (self.top, self.bottom) if self.origin else (0, self.lines - 1)
        self.cursor.y = min(top + max(line or 1, 1) - 1, bottom)
        self.cursor.x = min(max(column or 1, 1), self.columns) - 1

    def cursor_to_column(self, column: int | None = None) -> None:
        self.cursor.x = min(max(column or 1, 1), self.columns) - 1

    def cursor_to_line(self, line: int | None = None) -> None:
        x = self._x()
        self.cursor_position(line)
        self.cursor.x = x

    def _x(self) -> int:
        """The column of the cursor; a wrap that is due does not count as a column of its own."""
        return min(self.cursor.x, self.columns - 1)

    def cursor_up(self, count: int | None = None) -> None:
        top = self.top if self.cursor.y >= self.top else 0
        self.cursor.x, self.cursor.y = self._x(), max(self.cursor.y - (count or 1), top)

    def cursor_down(self, count: int | None = None) -> None:
        bottom = self.bottom if self.cursor.y <= self.bottom else self.lines - 1
        self.cursor.x, self.cursor.y = self._x(), min(self.cursor.y + (count or 1), bottom)

    def cursor_up1(self, count: int | None = None) -> None:
        self.cursor_up(count)
        self.cursor.x = 0

    def cursor_down1(self, count: int | None = None) -> None:
        self.cursor_down(count)
        self.cursor.x = 0

    def cursor_back(self, count: int | None = None) -> None:
        self.cursor.x = max(self._x() - (count or 1), 0)

    def cursor_forward(self, count: int | None = None) -> None:
        self.cursor.x = min(self._x() + (count or 1), self.columns - 1)

    def backspace(self) -> None:
        self.cursor_back()

    def carriage_return(self) -> None:
        self.cursor.x = 0

    def linefeed(self) -> None:
        self.index()
        if mo.LNM in self.mode:
            self.cursor.x = 0

    def next_line(self) -> None:
        self.index()
        self.cursor.x = 0

    def index(self) -> None:
        cursor, begun = self.cursor, self._begun
        y = cursor.y
        if y == self.bottom:
            self._scroll(1)
        elif y < self.lines - 1:
            cursor.y = y + 1
        if begun is not None and y <= self.bottom:
            if not self._tag:
                self._tag = self.serial + 1
            line = self.grid[cursor.y]
            if y == self.bottom or line not in begun:
                begun.append(line)
                if len(begun) >= _MOST_INSERTED:
                    self.flush_records()

    def reverse_index(self) -> None:
        if self.cursor.y == self.top:
            self.scroll_down(1)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def tab(self, count: int | None = None) -> None:
        for _ in range(min(count or 1, self.columns)):
            self.cursor.x = min((stop for stop in self.tabstops if stop > self.cursor.x), default=self.columns - 1)

    def back_tab(self, count: int | None = None) -> None:
        for _ in range(min(count or 1, self.columns)):
            self.cursor.x = max((stop for stop in self.tabstops if stop < self.cursor.x), default=0)

    def set_tab_stop(self) -> None:
        self.tabstops.add(self._x())

    def clear_tab_stop(self, how: int = 0, *_: int) -> None:
        if how == 0:
            self.tabstops.discard(self._x())
        elif how == 3:
            self.tabstops.clear()

    def save_cursor(self) -> None:
        self._saved[self.alternate] = Saved(self)

    def restore_cursor(self) -> None:
        saved = self._saved.get(self.alternate)
        if saved is None:
            self.origin = False
            self.cursor_position()
            self.cursor.pen = PLAIN_PEN
            return
        self.g0_charset, self.g1_charset, self.charset = saved.g0, saved.g1, saved.charset
        self.origin, self.autowrap = saved.origin, saved.autowrap
        self.cursor.x, self.cursor.y = min(saved.x, self.columns), min(saved.y, self.lines - 1)
        self.cursor.pen = saved.pen
        self._set_plain()

    # -- scrolling and erasing -----------------------------------------------------------------------------------

    def _eraser(self) -> str:
        pen = self.cursor.pen
        return self.palette.erasers.get(pen) or self.palette.eraser(pen)

    def _fresh(self) -> Line:
        pen = self._eraser()
        return Line() if pen == PLAIN_PEN else Line(" " * self.columns, pen * self.columns)

    def _scroll(self, count: int) -> None:
        """Move the rows of the region up. What leaves the top of a full main screen goes into scrollback."""
        grid, top, bottom = self.grid, self.top, self.bottom
        count = min(count, bottom - top + 1)
        if top == 0 and bottom == self.lines - 1 and not self.alternate:
            self._scroll_off(grid[:count])
        del grid[top : top + count]
        if count == 1:
            grid.insert(bottom, self._fresh())
        else:
            grid[bottom - count + 1 : bottom - count + 1] = [self._fresh() for _ in range(count)]

    def _scroll_off(self, lines: list[Line]) -> None:
        for line in lines:
            if not line.serial:  # the others have been reported as inserted
                self._scrolled.append(self.row(line))
        if len(self._scrolled) >= _MOST_SCROLLED:
            self._flush_scrolled()

    def scroll_up(self, count: int | None = None, *_: int) -> None:
        """SU."""
        self._scroll(count or 1)

    def scroll_down(self, count: int | None = None, *_: int) -> None:
        """SD."""
        self._move_down(self.top, count or 1)

    def _move_down(self, top: int, count: int) -> None:
        grid, bottom = self.grid, self.bottom
        count = min(count, bottom - top + 1)
        del grid[bottom - count + 1 : bottom + 1]
        grid[top:top] = [self._fresh() for _ in range(count)]

    def insert_lines(self, count: int | None = None) -> None:
        if self.top <= self.cursor.y <= self.bottom:
            self._move_down(self.cursor.y, count or 1)
            self.cursor.x = 0

    def delete_lines(self, count: int | None = None) -> None:
        y = self.cursor.y
        if self.top <= y <= self.bottom:
            number = min(count or 1, self.bottom - y + 1)
            del self.grid[y : y + number]
            self.grid[self.bottom - number + 1 : self.bottom - number + 1] = [self._fresh() for _ in range(number)]
            self.cursor.x = 0

    def insert_characters(self, count: int | None = None) -> None:
        line, x = self._touched(), self._x()
        line.insert(x, min(count or 1, self.columns - x), self._eraser(), self.columns)

    def delete_characters(self, count: int | None = None) -> None:
        line, x = self._touched(), self._x()
        line.delete(x, min(count or 1, self.columns - x), self._eraser(), self.columns)

    def erase_characters(self, count: int | None = None) -> None:
        x = self._x()
        self._touched().erase(x, min(x + (count or 1), self.columns), self._eraser(), self.columns)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        start = self._x() if how == 0 else 0
        end = self._x() + 1 if how == 1 else self.columns
        if how in (0, 1, 2):
            self._touched().erase(start, end, self._eraser(), self.columns)

    def _touched(self) -> Line:
        line = self.grid[self.cursor.y]
        line.serial = self._tag
        return line

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """ED. Erasing all of the main screen, in whichever way it is said, is reported as a wipe."""
        y = self.cursor.y
        whole = how == 2 or (how == 0 and y == 0 and self.cursor.x == 0)
        if how == 3:
            self._wipe(Wiped(screen=False, scrollback=True))
        elif how == 2:
            self._blank(0, self.lines)
        elif how == 0:
            self.erase_in_line(0)
            self._blank(y + 1, self.lines)
        elif how == 1:
            self._blank(0, y)
            self.erase_in_line(1)
        if whole and not self.alternate:
            self._wipe(Wiped(screen=True, scrollback=False))

    def _wipe(self, record: Wiped) -> None:
        self.flush_records()
        self.records.append(record)

    def _blank(self, start: int, end: int) -> None:
        for y in range(start, end):
            self.grid[y] = self._fresh()

    def clear_line(self, y: int) -> None:
        self.grid[y] = Line()

    def alignment_display(self) -> None:
        """DECALN: fill the screen with E."""
        self.end_insertion()
        self.top, self.bottom = 0, self.lines - 1
        self.cursor_position()
        for y in range(self.lines):
            self.grid[y] = Line("E" * self.columns, PLAIN_PEN * self.columns)

    # -- rendition ---------------------------------------------------------------------------------------------

    def select_graphic_rendition(self, *attrs: int, **_: Any) -> None:
        self.cursor.pen = self.palette.rendition(self.cursor.pen, ";".join(map(str, attrs)))

    def set_link(self, target: str) -> None:
        """Open a hyperlink for the cells that are drawn from now on, or close it with an empty ``target``."""
        style = self.palette.style(self.cursor.pen)
        self.cursor.pen = self.palette.pen(style._replace(link=target))

    @property
    def style(self) -> Style:
        return self.palette.style(self.cursor.pen)

    def bound_tables(self) -> bool:
        """Forget styles and clusters that no cell uses, once there are too many. True if pens were renumbered."""
        grids = self.main + (self._alternate_grid or [])
        if self.clusters.full:
            table = self.clusters.compact(
                cell for line in grids if line.wide for cell in line.text if cell >= FIRST_STAND_IN
            )
            for line in grids:
                if line.wide:
                    line.text = line.text.translate(table)
        if not self.palette.full:
            return False
        holders: list[PenCursor | Saved] = [self.cursor, *self._saved.values()]
        table = self.palette.compact(
            [pen for line in grids for pen in set(line.pens)] + [holder.pen for holder in holders]
        )
        for line in grids:
            line.pens = line.pens.translate(table)
        for holder in holders:
            holder.pen = holder.pen.translate(table)
        return True
