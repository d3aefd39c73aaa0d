"""The transcript overlay read: which commands it shows, with what output and outcome."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import regex

from codexbridge.grammar.look import TIMEOUT, Pager
from codexbridge.grammar.styles import style_at
from codexbridge.terminal.records import Frame, Row
from codexbridge.terminal.width import cell_width
from codexbridge.transcript.lines import Line
from codexbridge.transcript.rows import closed, line_of, logical


class Page(msgspec.Struct, frozen=True):
    """The content rows of one frame of the overlay. ``percent`` is 0 at the top and 100 at the end."""

    rows: tuple[Row, ...]
    percent: int
    whole: bool = False
    """The content is shorter than the page."""
    columns: int = 0
    """Width of the page."""


class Shown(msgspec.Struct):
    """A command as the overlay shows it."""

    first: str
    indented: list[str]
    """The rows below the first that are indented as a command's further lines are; output may be indented so too."""
    output: list[str]
    """The rows after those."""
    ok: bool
    code: int | None
    duration: str
    alone: bool | None = None
    """Whether something other than a command stands before it; None where that has not been read."""
    end: int = -1
    """Where it ends. Of those that end at the same place only one is a command: the others are lines of its output, or
    of a message before it. -1: it is the only one."""

    def split(self, lines: int | None) -> tuple[str, str]:
        """Command and output, where the command is known to have so many ``lines`` (None: by its own words)."""
        count = max(lines - 1, 0) if lines is not None else continued(self.first, self.indented)
        rows, end = self.indented[:count], min(count, len(self.indented))
        if lines is not None and not complete("\n".join([self.first, *rows])):
            single, used = _single(self.indented, count)
            if complete("\n".join([self.first, *single])):
                rows, end = single, used
        indent = " " * 4
        below = [(indent + row) if row else row for row in self.indented[end:]]
        return "\n".join([self.first, *rows]), "\n".join([*below, *self.output])


def divided(rows: Sequence[str], indent: str) -> tuple[list[str], list[str]]:
    """The rows below the first of a command, as those that may be its further lines and those that are output.

    A command may have blank lines wherever it likes; where it ends is not said here (:meth:`Shown.split`).
    """
    count = 0
    for number, row in enumerate(rows, 1):
        if row.startswith(indent):
            count = number
        elif row:
            break
    return [row[len(indent) :] for row in rows[:count]], list(rows[count:])


def _single(rows: Sequence[str], count: int) -> tuple[list[str], int]:
    """The first ``count`` of ``rows`` where each blank one stands twice, and how many rows that takes.

    Releases that colour commands (0.105 to 0.129, seen on 0.115) draw the blank lines of a command so.
    """
    found: list[str] = []
    place = 0
    while place < len(rows) and len(found) < count:
        found.append(rows[place])
        place += 1 + (rows[place] == "" and rows[place + 1 : place + 2] == [""])
    return found, place


def continued(first: str, rows: Sequence[str]) -> int:
    """How many of ``rows`` a command that begins with ``first`` needs to be complete, by its quotes and heredocs."""
    text, count = first, 0
    while count < len(rows) and not complete(text):
        text += "\n" + rows[count]
        count += 1
    return count


def complete(command: str) -> bool:
    """Whether a shell would take ``command`` as it stands: no quote, heredoc or backslash is open at its end."""
    quote, index, heredocs = "", 0, []
    lines = command.split("\n")
    position = 0
    outside: list[str] = []
    """Lines that are no text of a heredoc."""
    while position < len(lines):
        line, index = lines[position], 0
        outside.append(line)
        position += 1
        while index < len(line):
            character = line[index]
            if quote == "'":
                quote = "" if character == "'" else quote
            elif character == "\\":
                index += 1
                if index >= len(line) and position >= len(lines):
                    return False
            elif quote == '"':
                quote = "" if character == '"' else quote
            elif character in "'\"":
                quote = character
            elif line.startswith("<<", index) and not line.startswith("<<<", index):
                word = line[index + 2 :].lstrip("-").strip().split()
                if word:
                    heredocs.append(word[0].strip("'\"").rstrip(";|&)"))
                index += 1
            elif line.startswith("<<<", index):
                index += 2
            index += 1
        while heredocs and not quote:
            word_at = [n for n in range(position, len(lines)) if lines[n].strip() == heredocs[0]]
            if not word_at:
                return False
            position = word_at[0] + 1
            heredocs.pop(0)
    if quote:
        return False
    last = lines[-1].rstrip()
    return not last.endswith(("&&", "||", "|", "\\")) and not _opened("\n".join(outside))


def _opened(command: str) -> bool:
    words = command.replace(";", " ; ").replace("\n", " ; ").split()
    starts = [
        word for place, word in enumerate(words) if place == 0 or words[place - 1] in (";", "do", "then", "else", "&&")
    ]
    loops = sum(word in ("for", "while", "until") for word in starts) - words.count("done")
    tests = starts.count("if") - words.count("fi")
    return loops > 0 or tests > 0


def page(frame: Frame, pager: Pager) -> Page | None:
    """The content of a frame that shows the overlay, None for any other."""
    if not frame.rows or not pager.title.fullmatch(frame.rows[0].text, timeout=TIMEOUT):
        return None
    for index in range(len(frame.rows) - 1, 0, -1):
        bottom = pager.bottom.fullmatch(frame.rows[index].text, timeout=TIMEOUT)
        if bottom:
            rows = list(frame.rows[1:index])
            whole = False
            while rows and rows[-1].text and pager.filler.fullmatch(rows[-1].text):
                rows.pop()
                whole = True
            return Page(tuple(rows), int(bottom["percent"]), whole, len(frame.rows[index].text))
    return None


def commands(rows: Sequence[Row], pager: Pager, from_top: bool, columns: int = 0) -> list[Shown]:
    """The commands in ``rows``, oldest first. One whose first row lies above them is left out.

    ``columns``: width at which rows are broken; 0: breaks are not undone.

    A command whose end Codex missed has no last row: what follows it may be its output or the next command, so both are
    given, as rivals.
    """
    found: list[Shown] = []
    lines = [line_of(closed(row)) for row in logical(rows)]
    indent = " " * pager.rule.indent
    if columns:
        lines = _unbroken(lines, columns, indent, pager)
    rivals: list[Shown] = []
    before: str | None = "other" if from_top else None
    blank = False
    # Where a page begins, nobody knows before the first head.
    thinks = None if pager.heads and not from_top else False
    for index, line in enumerate(lines):
        text, after_blank = line.text, blank
        blank = not text
        head = pager.command.fullmatch(text, timeout=TIMEOUT)
        begins = bool(head) and pager.command_test(style_at(line, 0))
        if head and begins and not rivals:
            shown = Shown(head["command"], [], [], True, None, "")
            shown.alone = None if before is None else before != "command"
            rivals, thinks = [shown], False
            continue
        end = pager.end.fullmatch(text, timeout=TIMEOUT)
        if end and pager.end_test(style_at(line, 0)):
            for shown in rivals:
                shown.indented, shown.output = divided(shown.output, indent)
                _end(shown, end, pager)
                shown.end = index if len(rivals) > 1 else -1
            found += rivals
            rivals = []
            before = "command"
            continue
        if not rivals:
            thinks = _thinks(line, pager, thinks)
            before = "other" if text and thinks is False else before
        for shown in rivals:
            shown.output.append(text)
        if head and begins and after_blank:
            rivals.append(Shown(head["command"], [], [], True, None, "", True))
    return found


def _unbroken(lines: Sequence[Line], columns: int, indent: str, pager: Pager) -> list[Line]:
    """The lines with the breaks undone that the pager makes where the next word does not fit.

    What is left of a command's line is indented.
    """
    result: list[Line] = []
    room = columns
    for line in lines:
        below = line.text.removeprefix(indent)
        word = _width(below.partition(" ")[0])
        if result and below and word and word >= room and room < columns // 2 and not _marks(line, pager):
            last = result[-1]
            # Only a word that is wider than the page is broken itself.
            broken = not room and _width(last.text.rpartition(" ")[2]) + word > columns
            text = last.text + ("" if broken else " ") + below
            result[-1] = Line(last.id, text, last.runs, last.fill, last.serial)
            room = columns - _width(line.text)
            continue
        result.append(line)
        room = max(columns - _width(line.text), 0)
    return result


def _marks(line: Line, pager: Pager) -> bool:
    """Whether a line begins a command or says how one ended."""
    marks = ((pager.command, pager.command_test), (pager.end, pager.end_test))
    return any(test(style_at(line, 0)) and head.fullmatch(line.text, timeout=TIMEOUT) for head, test in marks)


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(max(cell_width(one), 0) for one in text)


def _end(shown: Shown, end: regex.Match[str], pager: Pager) -> None:
    """The row that says how a command ended."""
    shown.ok = end["ok"] is not None
    shown.code = 0 if shown.ok else int(end["code"]) if end["code"] else None
    shown.duration = end["duration"] or ""
    _annotations(shown, pager)
    if len(shown.output) == 1 and not shown.indented and pager.empty.fullmatch(shown.output[0]):
        shown.output = []


def _thinks(line: Line, pager: Pager, thinks: bool | None) -> bool | None:
    """Whether a line is part of a thought, which the history may not show: ``thinks`` says so of the line before."""
    found = next((head.rule for head in pager.heads if head.match(line)), None)
    return thinks if found is None else found.kind == "reasoning"


def _annotations(shown: Shown, pager: Pager) -> None:
    """Take the row away that Codex puts before a long output; what it cut, for the model too, stays marked in it."""
    output = shown.output
    if not shown.indented and output and pager.total.fullmatch(output[0]):
        del output[: 2 if len(output) > 1 and not output[1] else 1]
