"""The text of a message cell: prefix and indentation removed, wraps at the screen's width undone."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.items.body import cut
from codexbridge.terminal.records import PLAIN, Run
from codexbridge.terminal.width import text_width
from codexbridge.transcript.lines import Line


def message_lines(cell: Cell) -> list[Line]:
    """The lines of a message without its mark and the indentation under it."""
    start = cell.match.spans.get("text", (0, 0))[0]
    if cell.rule.shape == "label" and "text" not in cell.match.groups:
        return [cut(line, cell.rule.margin) for line in cell.lines[1:]]
    if cell.rule.shape == "rows":
        return [cut(line, start) for line in cell.lines]
    first = cut(cell.lines[0], start)
    indent = cell.rule.margin if cell.rule.shape == "label" else cell.rule.indent
    return [first, *(cut(line, indent) if indent and line.text[:indent].isspace() else line for line in cell.lines[1:])]


_MARGIN = 4
"""Columns that a release may leave free at the right."""


def unwrapped(lines: Sequence[Line], columns: int) -> list[Line]:
    """The lines with the breaks undone that Codex made at the width of the screen, between words or within one.

    A line goes on in the next one when that one's first word would not have fitted. 0 columns: nothing is undone.
    """
    if not columns:
        return list(lines)
    result: list[Line] = []
    last, unbroken = 0, False
    for line in lines:
        text = line.text.lstrip()
        word = text.partition(" ")[0]
        if result and text and last > columns // 2 and last + 1 + text_width(word) > columns - _MARGIN:
            before = result[-1]
            # A row without a blank is a part of a word that is wider than the screen.
            glue = "" if unbroken else " "
            start = len(line.text) - len(text)
            shift = len(before.text) + len(glue) - start
            moved = tuple(Run(max(s, start) + shift, e + shift, style) for s, e, style in line.runs if e > start)
            result[-1] = Line(before.id, before.text + glue + text, before.runs + moved, before.fill, before.serial)
        else:
            result.append(line)
        last, unbroken = text_width(line.text) + _INDENT, " " not in text
    return result


def rejoined(rows: Sequence[str], first: int, below: int, columns: int) -> list[str]:
    """Rows put together again where Codex broke a line because its next word did not fit into ``columns``.

    ``first`` columns stand to the left of the first row, ``below`` to the left of the others.
    """
    if not columns:
        return list(rows)
    result: list[str] = []
    room = columns
    for number, text in enumerate(rows):
        word = text_width(text.partition(" ")[0])
        if result and word and room <= word and room < columns // 2:
            broken = not room and " " not in rows[number - 1]
            result[-1] += text if broken else f" {text}"
        else:
            result.append(text)
        room = max(columns - (below if number else first) - text_width(text), 0)
    return result


_INDENT = 2
"""Columns to the left of a message, which its lines have lost already."""


def is_wide(cell: Cell, columns: int) -> bool:
    """Whether a row of the cell may be the part of a line that is wider than the screen.

    A row is broken between words, and may be balanced with those that follow: half of the screen is enough.
    """
    return bool(columns) and any(text_width(line.text) > columns // 2 for line in cell.lines[:-1])


def is_dressed(cell: Cell) -> bool:
    """Whether the cell shows a message of the user's that may be a drawing of Markdown: all but one plain line is."""
    if cell.kind != "user_message":
        return False
    first = message_lines(cell)[0]
    plain_words = _WORDS.fullmatch(first.text) and all(
        style._replace(bg="default") == PLAIN for *_, style in first.runs
    )
    return len(cell.lines) > 1 or not plain_words


_WORDS = regex.compile(r"[\p{L}\p{N}\p{M}\s.,;:!?¡¿'\"()/%’“”–—-]*")
"""What Markdown leaves as it is, unless a line begins with it (and then that has a style)."""


def letters(text: str) -> str:
    """Letters and digits of ``text``: what no drawing and no quoting changes."""
    return "".join(character for character in text if character.isalnum())


def plain(lines: Sequence[Line]) -> str:
    """The lines as plain text."""
    return "\n".join(line.text for line in lines)
