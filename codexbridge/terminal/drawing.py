"""Drawing text: runs of narrow and wide characters, wraps, and clusters that grow in place."""

from __future__ import annotations

from pyte import charsets

from codexbridge.terminal.editing import Editing
from codexbridge.terminal.line import FIRST_STAND_IN, STUB
from codexbridge.terminal.style import PLAIN_PEN
from codexbridge.terminal.width import EMOJI_PRESENTATION, cell_width, joins, special, wide_run, widens

_LONGEST_CLUSTER = 32


class Drawing(Editing):
    autowrap: bool
    inserting: bool
    """IRM: what is drawn pushes the rest of the row to the right."""
    last_drawn: str
    tab_cells = False
    """A tab is drawn into a cell of its own."""

    def draw(self, data: str) -> None:
        """Draw ``data``, which holds no controls."""
        charset = self.g1_charset if self.charset else self.g0_charset
        if charset is not charsets.LAT1_MAP:
            data = data.translate(charset)
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

    def draw_control(self, control: str) -> None:
        """Draw a control as if it were a character of one cell."""
        self._draw_cells(control, 1)

    def new_line(self) -> None:
        """CR LF."""
        self.carriage_return()
        self.linefeed()

    def _draw_cells(self, text: str, width: int) -> None:
        """Draw characters that all take ``width`` cells."""
        cursor, columns = self.cursor, self.columns
        if width > columns:
            return
        while text:
            if cursor.x + width > columns:
                if self.autowrap:
                    # The column that a wide character does not fit into is no part of the text that goes on below.
                    self.grid[cursor.y].erase(cursor.x, columns, PLAIN_PEN, columns)
                    self._wrap()
                elif width == 1:
                    cursor.x = columns - 1
                else:
                    return  # no room for a wide character, and none may be made
            room = (columns - cursor.x) // width
            piece, text = text[:room], text[room:]
            if text and not self.autowrap:
                # Narrow characters go on into the last column, each over the one before.
                piece, text = piece[:-1] + text[-1] if width == 1 else piece, ""
            cells = piece if width == 1 else STUB.join(piece) + STUB
            line = self.grid[cursor.y]
            if not self.inserting and line.serial == self.history.tag and cursor.x < min(len(line.text), line.over):
                line.over = cursor.x
            if self.inserting:
                line.insert(cursor.x, len(cells), PLAIN_PEN, columns)
            if width == 2:
                line.put(cursor.x, cells, cursor.pen * len(cells))
                line.wide = True
            else:
                line.put(cursor.x, cells, cursor.pen * len(cells))
            line.serial, self.origins = self.history.tag, None
            cursor.x += len(cells)
            if cursor.x >= columns:
                if line.wrapped:
                    line.wrapped, line.row = False, None
                if len(line.text) > columns:
                    line.clip(columns)
                if not self.autowrap:
                    cursor.x = columns - 1

    def tab_character(self) -> None:
        """HT in a text: on to the next stop, or a character of one cell (``tab_cells``)."""
        if self.tab_cells:
            self._draw_cells("\t", 1)
        else:
            self.tab()

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
