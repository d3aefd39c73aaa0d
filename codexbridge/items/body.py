"""The lines below a tool cell's head: what continues the head, what is output, what is missing."""

from __future__ import annotations

import msgspec
import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import TIMEOUT, Look
from codexbridge.grammar.styles import style_at
from codexbridge.terminal.records import Run
from codexbridge.transcript.lines import Line


class Parts(msgspec.Struct):
    """A tool cell taken apart. ``head`` holds the further lines of the head, ``body`` the lines below the tree mark."""

    head: list[Line]
    body: list[Line]
    elided: int = 0
    elided_at: int = -1
    """Index in ``body`` before which lines are missing."""
    elided_head: int = 0
    empty: bool = False
    """Codex says that there was no output."""


def cut(line: Line, width: int) -> Line:
    """``line`` without its first ``width`` characters."""
    runs = tuple(Run(max(s - width, 0), e - width, style) for s, e, style in line.runs if e > width)
    return Line(line.id, line.text[width:], runs, line.fill, line.serial, line.blanks)


def _elision(line: Line, look: Look) -> regex.Match[str] | None:
    """The row that stands for missing output."""
    if look.elision is None or (look.elision_test and not look.elision_test(style_at(line, 0))):
        return None
    try:
        return look.elision.fullmatch(line.text, timeout=TIMEOUT)
    except TimeoutError:
        return None


def _first(line: Line, look: Look, kind: str) -> bool:
    """Whether the body of a tool cell begins with ``line``. Only a command's own lines could look like it."""
    test = look.first_test if kind in ("command_execution", "command_running") else None
    opens = any(line.text.startswith(first.rstrip()) for first in look.firsts)
    # Its mark may have been overwritten by what a carriage return moved; no line of a command has its style.
    return opens if test is None else test(style_at(line, 0))


def parts(cell: Cell, look: Look) -> Parts:
    """Take a cell apart by the body marks of its look."""
    marks = look.body
    result = Parts([], [])
    in_body = False

    def may_elide(index: int, before: int) -> bool:
        """Only a command's output is left out, and only at a fixed place."""
        after = len(cell.lines) - 1 - index + cell.blanks
        return (
            cell.kind in marks.elides
            and not result.elided
            and (not marks.elision_at or (before, after) in marks.elision_at)
        )

    for index, line in enumerate(cell.lines[1:], 1):
        text = line.text
        if not in_body and not marks.gutter and not _first(line, look, cell.kind):
            result.head.append(line)
            continue
        if not in_body and marks.gutter and text.startswith(marks.gutter.rstrip()):
            placed = marks.gutter_elision_at in (-1, len(result.head))
            missing = placed and look.gutter_elision and look.gutter_elision.fullmatch(text, timeout=TIMEOUT)
            if missing:
                result.elided_head += int(missing["count"])
            else:
                result.head.append(cut(line, len(marks.gutter)))
            continue
        elided = _elision(line, look) if may_elide(index, len(result.body)) else None
        if elided:
            result.elided += int(elided["count"])
            result.elided_at = len(result.body)
            in_body = True
            continue
        if not text and line.runs and result.body and not (result.body[-1].text or result.body[-1].runs):
            # A line of blanks, as its style says: some looks draw an empty row before it.
            result.body[-1] = line
        elif text.startswith(tuple(first.rstrip() or first for first in look.firsts)):
            in_body = True
            result.body.append(cut(line, len(marks.first)))
        elif text.startswith(marks.next) or not text:
            result.body.append(cut(line, len(marks.next)))
            in_body = True
        else:
            # A carriage return in the output moved it over the margin: what is left of the row is kept as seen.
            result.body.append(line)
            in_body = True
    while not marks.first and result.body and result.head and not result.head[-1].text:
        # Nothing marks where the output begins, and a blank row has no style: it is no part of the command.
        result.body.insert(0, result.head.pop())
        if result.body[0].runs and result.head and not (result.head[-1].text or result.head[-1].runs):
            result.head.pop()
        result.elided_at += result.elided > 0
    if len(result.body) == 1 and look.empty.fullmatch(result.body[0].text):
        result.body, result.empty = [], True
    return result
