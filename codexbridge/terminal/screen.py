"""The screen: a :class:`pyte.Screen` with what Codex uses and ``pyte`` lacks, and a fast way in.

It knows the alternate buffer, dim, scrolling regions as a means of committing history, erasing with the background
colour, wide characters and emoji clusters, soft wraps. Method names and their 1-based arguments are ``pyte``'s, so
it can stand under a ``pyte.Stream`` as well; :meth:`Screen.play` is what the terminal uses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyte import charsets
from pyte import modes as mo

from codexbridge.terminal.buffer import PenCursor
from codexbridge.terminal.drawing import Drawing
from codexbridge.terminal.line import FIRST_STAND_IN
from codexbridge.terminal.records import Style
from codexbridge.terminal.style import PLAIN_PEN
from codexbridge.terminal.width import special

Operation = tuple[int, Any, Any]
"""What a token does: one of the codes below and its arguments."""
CALL, RENDITION, POSITION, ERASE_RIGHT, RETURN = range(5)

_LATIN, _LINES = charsets.LAT1_MAP, charsets.VT100_MAP
_GRAPHICS = _LATIN[:0x60] + _LINES[0x60:0x68] + "\u2424" + _LINES[0x69:0x7F] + _LATIN[0x7F:]
"""DEC special graphics. pyte's table is that of a PC below the small letters, and has a shade for the new line."""
_CHARSETS = {"0": _GRAPHICS, "A": _LATIN.replace("#", "\u00a3"), "B": charsets.LAT1_MAP}
_DEFAULT_MODES = frozenset({mo.DECAWM, mo.DECTCEM})


class Saved:
    """What DECSC keeps."""

    __slots__ = ("autowrap", "charset", "g0", "g1", "origin", "pen", "x", "y")

    def __init__(self, screen: Screen) -> None:
        self.x, self.y, self.pen = screen.cursor.x, screen.cursor.y, screen.cursor.pen
        self.g0, self.g1, self.charset = screen.g0_charset, screen.g1_charset, screen.charset
        self.origin, self.autowrap = screen.origin, screen.autowrap


class Screen(Drawing):
    """Everything together: modes, character sets, renditions, and :meth:`play`."""

    def reset(self) -> None:
        """The state after power on."""
        self.clear_grids()
        self._saved: dict[bool, Saved] = {}
        self.savepoints = []
        self.mode = set(_DEFAULT_MODES)
        self.autowrap, self.origin, self.inserting = True, False, False
        self.title = self.icon_name = ""
        self.charset = 0
        self.g0_charset = charsets.LAT1_MAP
        self.g1_charset = _GRAPHICS
        self.plain = True
        """Text can be drawn as it comes: no insert mode, no character set to map through."""
        self.tabstops = set(range(8, self.columns, 8))
        self.cursor.x = self.cursor.y = 0
        self.cursor.pen, self.cursor.hidden = PLAIN_PEN, False
        self.saved_columns = None
        self.last_drawn = ""

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
        grid, columns, lines, tag = self.grid, self.columns, self.lines, self.history.tag
        x, y, pen = cursor.x, cursor.y, cursor.pen
        simple, absolute, last = self.plain, not self.origin, self.last_drawn
        find = operations.get
        for token in tokens:
            if token > "\x1f":
                end = x + len(token)
                if end < columns and simple and (token.isascii() or not special(token)):
                    line = grid[y]
                    text = line.text
                    length = len(text)
                    if tag and x < length and x < line.over and line.serial == tag:
                        line.over = x
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
                    if line.serial != tag:
                        line.serial, self.origins = tag, None
                    x = end
                    last = token
                    continue
                cursor.x, cursor.y, cursor.pen = x, y, pen
                self.draw(token)
                x, y, tag, last = cursor.x, cursor.y, self.history.tag, token
                continue
            operation = find(token)
            if operation is None:
                operation = interpret(token)
            code, first, second = operation
            if code == RENDITION:
                new = first.get(pen)
                if new is None:
                    new = first[pen] = self.palette.rendition(pen, *second)
                pen = new
                if tag:  # within an insertion this alone makes the row content
                    grid[y].serial, self.origins = tag, None
            elif code == POSITION and absolute:
                y = first if first < lines else lines - 1
                x = second if second < columns else columns - 1
            elif code == ERASE_RIGHT and pen == PLAIN_PEN and x < columns and not grid[y].wide:
                line = grid[y]
                if line.serial != tag:
                    line.serial, self.origins = tag, None
                # Programs erase what is blank already, at every frame: that must not cost a new row.
                if x < len(line.text):
                    line.text = line.text[:x]
                    line.pens = line.pens[:x]
                    line.wrapped, line.row = False, None
                elif line.wrapped:
                    line.wrapped, line.row = False, None
            elif code == RETURN:
                x = 0
            else:
                cursor.x, cursor.y, cursor.pen = x, y, pen
                self.last_drawn = last
                if code == CALL:
                    first(*second)
                elif code == POSITION:
                    self.cursor_position(first + 1, second + 1)
                else:
                    self.erase_in_line()
                x, y, pen = cursor.x, cursor.y, cursor.pen
                grid, tag = self.grid, self.history.tag
                simple, absolute = self.plain, not self.origin
        cursor.x, cursor.y, cursor.pen = x, y, pen
        self.last_drawn = last

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
                self.settle_column()
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
                self.use_alternate(on, clear=True)
                if not on:
                    self.restore_cursor()

    def mode_state(self, mode: int) -> bool | None:
        """Whether a private mode of the screen is on; ``None`` if it is none of ours."""
        return {
            6: self.origin,
            7: self.autowrap,
            25: not self.cursor.hidden,
            47: self.alternate,
            1047: self.alternate,
            1049: self.alternate,
        }.get(mode)

    def _set_plain(self) -> None:
        current = self.g1_charset if self.charset else self.g0_charset
        self.plain = not self.inserting and current is charsets.LAT1_MAP

    def define_charset(self, code: str, mode: str) -> None:
        table = _CHARSETS.get(code, charsets.LAT1_MAP)
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
        """DECSTBM. A region from the top row that leaves rows below it free begins an insertion.

        So does ``CSI 1;0 r``, and ``CSI 1;1 r``: a viewport that leaves no row, or one, above it says where history
        goes although no terminal takes that for a region. What is then written lands under the viewport and is drawn
        over, but it is history all the same. History that was waiting when an overlay was opened is written so on
        the alternate screen, and nowhere else.
        """
        self.history.close()
        if top == 1 and bottom is not None and bottom < 2:
            self.history.open()
        first = max(1, top or 1) - 1
        last = min(bottom or self.lines, self.lines) - 1
        if first >= last:
            return
        self.top, self.bottom = first, last
        self.cursor_position()
        self.watch_region()

    def main_cursor_row(self) -> int:
        saved = self._saved.get(False)
        return saved.y if self.alternate and saved else int(self.cursor.y)

    def save_cursor(self) -> None:
        self._saved[self.alternate] = Saved(self)

    def forget_cursor(self) -> None:
        """As if no cursor had been saved in this buffer."""
        self._saved.pop(self.alternate, None)

    def restore_cursor(self) -> None:
        saved = self._saved.get(self.alternate)
        if saved is None:
            self.origin = False
            self.cursor_position()
            self.cursor.pen = PLAIN_PEN
            return
        self.g0_charset, self.g1_charset, self.charset = saved.g0, saved.g1, saved.charset
        self.origin, self.autowrap = saved.origin, saved.autowrap
        self.cursor.x, self.cursor.y = min(saved.x, self.columns - 1), min(saved.y, self.lines - 1)
        self.cursor.pen = saved.pen
        self._set_plain()

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
        grids = self.main + (self.other or [])
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
