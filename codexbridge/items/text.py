"""The text of a message cell: prefix and indentation removed, wraps at the screen's width undone."""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.grammar.cells import Cell
from codexbridge.items.body import cut
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


def plain(lines: Sequence[Line]) -> str:
    """The lines as plain text."""
    return "\n".join(line.text for line in lines)
