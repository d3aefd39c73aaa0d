"""Lines to cells: the history cut where heads stand.

A cell is one thing that Codex drew: a message, a command with its output, a plan, a rule across the screen. The
segmenter is fed committed lines in order and says which cells opened, grew and closed; every line ends in a cell,
in named chrome, or in an ``unknown`` cell, and is counted as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

import msgspec

from codexbridge.grammar.look import Head, Look, Match
from codexbridge.grammar.rules import Rule
from codexbridge.grammar.styles import StyleTest, style_at
from codexbridge.terminal.records import Run
from codexbridge.terminal.width import cell_width, text_width
from codexbridge.transcript.lines import Line

UNKNOWN = Rule(id="unknown", head="", kind="unknown", shape="line", streams=True)
BLANK = Rule(id="blank", head="", kind="chrome", shape="line")


class Cell(msgspec.Struct, eq=False):
    """A cell of the history. ``lines[0]`` is the head; blank lines at the end are not part of it."""

    rule: Rule
    match: Match
    lines: list[Line]
    number: int = -1
    """Rises by one per cell of a session; -1 for a live cell."""
    blanks: int = 0
    """Blank lines at its end: all that its insertion has there, but for the one before a next cell."""
    fullest: list[Line] = []
    """Its lines as they were once, where the history was drawn anew and shows less of them now."""

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


class CellEvent(msgspec.Struct, frozen=True):
    """What became of a cell. A cell is opened and closed once; it may grow between, and be revised after."""

    what: Literal["opened", "grown", "closed", "revised"]
    cell: Cell


class Segmenter:
    """Cuts lines into cells by the rules of a look."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.cells: list[Cell] = []
        """Every cell so far, the open one included."""
        self.counts: Counter[str] = Counter()
        """Committed lines by ``item``, ``chrome`` and ``unknown``; blank lines count with what they belong to."""
        self._open: tuple[Cell, Head[Rule] | None] | None = None
        self._blanks: list[Line] = []
        self._boxed = False
        self._previous_blank = True
        self._row = 0
        """Width of the last row of the open cell."""
        self._following: Line | None = None
        """The line after the one that is looked at, where it came with it."""
        self._newest = -1
        """Id of the last line that was fed."""

    @property
    def open(self) -> Cell | None:
        """The cell that may still grow."""
        return self._open[0] if self._open else None

    def feed(self, lines: Iterable[Line]) -> list[CellEvent]:
        """Lines of one commit. Cells that do not stream are closed at its end."""
        events: list[CellEvent] = []
        given = list(lines)
        for line, following in zip_longest(given, given[1:]):
            self._following = following
            self._line(line, events)
        self._following = None
        if self._open and not self._open[0].rule.streams and not self._boxed:
            self._close(events)
        return events

    def close(self) -> list[CellEvent]:
        """Nothing more will come for the open cell: the turn ended."""
        events: list[CellEvent] = []
        self._close(events)
        return events

    def _line(self, line: Line, events: list[CellEvent]) -> None:
        self._newest = line.id
        if not line.text:
            self._blank(line)
            return
        before, self._previous_blank = self._previous_blank, False
        if self._open and self._continues(line, before, events):
            return
        if not self._open and self._reopens(line, before, events):
            return
        found = self._head(line, before)
        self._close(events, line)
        if found is None:
            self._begin(UNKNOWN, Match({}, {}), None, line, events)
            return
        head, match = found
        self._begin(head.rule, match, head, line, events)
        if head.rule.shape == "box":
            self._boxed = True
        elif head.rule.shape == "line":
            self._close(events)

    def _blank(self, line: Line) -> None:
        self._previous_blank = True
        if self._open:
            self._blanks.append(line)
        else:
            self._count("chrome", 1)

    def _continues(self, line: Line, after_blank: bool, events: list[CellEvent]) -> bool:
        """Whether the open cell takes ``line``; takes it if so."""
        assert self._open is not None
        cell, head = self._open
        rule = cell.rule
        if line.moved and (rule.streams or line.serial == cell.lines[-1].serial):
            # A head is drawn by Codex alone, from the margin on.
            self._grow(cell, line, events)
            return True
        if rule.shape == "hanging" and self._overflowed(cell, line):
            self._count(_class(rule), 1)
            last = cell.lines[-1]
            within = (
                text_width(last.text.rpartition(" ")[2]) + text_width(line.text.partition(" ")[0]) > self.look.columns
            )
            # The blank at the break is drawn by some, dropped by others; only a word wider than the screen has none.
            blanks = last.blanks or not (within and self._row >= self.look.columns)
            cell.lines[-1] = _glue(Line(last.id, last.text, last.runs, last.fill, last.serial, int(blanks)), line)
            self._row = _cells(line)
            return True
        if self._boxed:
            self._grow(cell, line, events)
            if line.text.startswith(("╰", "└")):
                self._boxed = False
                self._close(events)
            return True
        if rule is UNKNOWN:
            if self._head(line, after_blank) is not None:
                return False
            self._grow(cell, line, events)
            return True
        if rule.shape == "rows":
            if head is None or self._blanks or head.match(line) is None:
                return False
            self._grow(cell, line, events)
            return True
        if rule.shape == "label":
            found = self._head(line, after_blank)
            kept = sum(bool(line.text) for line in cell.lines[1:]) < rule.keeps
            if found is not None and not (kept and found[0].unstyled):
                return False
            self._grow(cell, line, events)
            return True
        if rule.shape == "hanging" and line.text.startswith(" " * rule.indent):
            if self._head(line, after_blank, indented=True) is not None:
                return False
            self._grow(cell, line, events)
            return True
        if head is not None and head.absorbs is not None and self._absorbs(head.absorbs, cell, line):
            self._grow(cell, line, events)
            return True
        return False

    def _overflowed(self, cell: Cell, line: Line) -> bool:
        """Whether the row above was full, so that ``line`` is the rest of it, set at the margin."""
        last = cell.lines[-1]
        if not (self.look.body.wraps and self.look.columns) or self._blanks or line.serial != last.serial:
            return False
        room = self.look.columns - self._row - (not last.blanks)
        return bool(last.text) and text_width(line.text.partition(" ")[0]) > room

    def _reopens(self, line: Line, after_blank: bool, events: list[CellEvent]) -> bool:
        """Whether ``line`` goes on with the last cell, a streaming one that was taken for whole."""
        last = self.cells[-1] if self.cells else None
        if last is None or not last.rule.streams or last.rule.shape != "hanging":
            return False
        indented = line.text.startswith(" " * last.rule.indent)
        if not line.moved and (not indented or self._head(line, after_blank, indented=True)):
            return False
        self._count(_class(last.rule), 1)
        if after_blank:
            last.lines.append(Line(line.id, ""))
        last.lines.append(line)
        if not (events and events[-1].cell is last):
            events.append(CellEvent("revised", last))
        return True

    def _absorbs(self, test: StyleTest, cell: Cell, line: Line) -> bool:
        """Whether a line at the margin belongs to the cell above it: it came with it, without a blank line between, and
        is styled so throughout."""
        if self._blanks or line.serial != cell.lines[-1].serial:
            return False
        return all(test(style_at(line, at)) for at, char in enumerate(line.text) if char != " ")

    def _head(self, line: Line, after_blank: bool, indented: bool = False) -> tuple[Head[Rule], Match] | None:
        if line.moved:
            return None
        for head, match in self.look.matches(line, indented):
            if self._stands(head.rule, after_blank) and (head.body is None or self._has_body(head.body)):
                return head, match
        return None

    def _has_body(self, test: StyleTest) -> bool:
        """Whether the next line came along and begins as bodies do."""
        line = self._following
        return line is not None and line.text.startswith(self.look.firsts) and test(style_at(line, 0))

    def _stands(self, rule: Rule, after_blank: bool) -> bool:
        """Whether a cell of ``rule`` may begin here."""
        if rule.needs_blank and not after_blank:
            return False
        if self._open and self._open[0].rule.id in rule.not_within:
            return False
        if rule.after and not (self.cells and self.cells[-1].rule.id in rule.after):
            return False
        if rule.resumes:
            stream = next((cell for cell in reversed(self.cells) if cell.rule.streams), None)
            return stream is not None and stream.rule.id in rule.resumes
        return True

    def _begin(self, rule: Rule, match: Match, head: Head[Rule] | None, line: Line, events: list[CellEvent]) -> None:
        cell = Cell(rule, match, [line], len(self.cells))
        self.cells.append(cell)
        self._open = (cell, head)
        self._row = _cells(line)
        self._count(_class(rule), 1)
        events.append(CellEvent("opened", cell))

    def _grow(self, cell: Cell, line: Line, events: list[CellEvent]) -> None:
        self._count(_class(cell.rule), 1 + len(self._blanks))
        cell.lines.extend(self._blanks)
        self._blanks.clear()
        last = cell.lines[-1]
        broken = last.text and self._row + max(cell_width(line.text[0]), 0) > self.look.wrap
        if cell.rule.wraps and self.look.wrap and len(cell.lines) > 1 and broken:
            cell.lines[-1] = _glue(last, line)
        else:
            cell.lines.append(line)
        self._row = _cells(line)
        # The events of one commit are taken together, when the cell has all its lines.
        told = events and events[-1].cell is cell and events[-1].what in ("opened", "grown")
        if cell.rule.streams and not told:
            events.append(CellEvent("grown", cell))

    def _close(self, events: list[CellEvent], before: Line | None = None) -> None:
        """The open cell is whole; ``before`` is the head that follows it, if one does."""
        blanks = max(len(self._blanks) - (before is not None), 0)
        self._count("chrome", len(self._blanks))
        self._blanks.clear()
        self._boxed = False
        if self._open:
            self._open[0].blanks = blanks
            events.append(CellEvent("closed", self._open[0]))
            self._open = None

    def _count(self, what: str, lines: int) -> None:
        if lines:
            self.counts[what] += lines

    def replace(self, first: int, last: int, lines: Sequence[Line]) -> list[CellEvent]:
        """The history shows ``lines`` now where it showed the lines ``first``..``last`` (ids, inclusive).

        Cells that come out alike in kind keep their identity and are ``revised``; further ones are new. Where the
        end of the history was replaced, its last cell may still grow.
        """
        touched = [c for c in self.cells if any(first <= line.id <= last for line in c.lines)]
        at_end = last >= self._newest
        if at_end:
            self._blanks.clear()
        if not touched:
            return self.feed(lines) if at_end else []
        kept: list[Line] = []
        inserted = False
        for line in (line for cell in touched for line in cell.lines):
            if first <= line.id <= last:
                if not inserted:
                    kept.extend(lines)
                    inserted = True
            else:
                kept.append(line)
        again = Segmenter(self.look)
        again.feed(kept)
        if not at_end:
            again.close()
        for cell in touched:
            self.counts[_class(cell.rule)] -= len(cell.lines)
        self.counts += again.counts
        fresh = [cell for cell in again.cells if _class(cell.rule) == "item"]
        known = [cell for cell in touched if _class(cell.rule) == "item"]
        open_cell = again._open[0] if again._open else None
        events: list[CellEvent] = []
        same: dict[int, Cell] = {}
        for old, new in zip(known, fresh, strict=False):
            if _kin(old.rule) != _kin(new.rule):
                break
            if old.rule.streams and len(old.text) > max(len(new.text), sum(len(line.text) for line in old.fullest)):
                old.fullest = old.lines
            old.rule, old.match, old.lines = new.rule, new.match, new.lines
            same[id(new)] = old
            events.append(CellEvent("revised", old))
            # What was replaced within the open cell leaves it open: its last lines are still the last of all.
            grows = not at_end and new is fresh[-1]
            if self._open and self._open[0] is old and new is not open_cell and not grows:
                events.append(CellEvent("closed", old))
        else:
            for new in fresh[len(known) :]:
                new.number = len(self.cells)
                self.cells.append(new)
                events.append(CellEvent("opened", new))
                if new is not open_cell:
                    events.append(CellEvent("closed", new))
        if at_end:
            self._newest = lines[-1].id if lines else self._newest
            self._blanks, self._boxed, self._row = again._blanks, again._boxed, again._row
            self._previous_blank = again._previous_blank
            self._open = None
            if again._open:
                cell = same.get(id(again._open[0]), again._open[0])
                self._open = (cell, again._open[1])
        return events


def _kin(rule: Rule) -> str:
    """The kind that a cell ends as: a cell about something running becomes the cell about its result."""
    return {"command_running": "command_execution", "mcp_running": "mcp_tool_call"}.get(rule.kind, rule.kind)


def _cells(line: Line) -> int:
    """Width of a row as a program counts it that adds up characters: a joined emoji takes as many as its parts."""
    return text_width(line.text) + line.blanks


def _glue(line: Line, below: Line) -> Line:
    text = line.text + " " * line.blanks
    runs = (*line.runs, *(Run(start + len(text), end + len(text), style) for start, end, style in below.runs))
    return Line(line.id, text + below.text, runs, line.fill, line.serial, below.blanks)


def _class(rule: Rule) -> str:
    if rule.kind == "unknown":
        return "unknown"
    return "chrome" if rule.kind in ("chrome", "turn_end") else "item"
