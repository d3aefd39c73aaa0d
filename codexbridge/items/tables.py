"""Tables that Codex drew with lines, back to Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from codexbridge.items.inline import inline
from codexbridge.items.rich import first_style, part
from codexbridge.transcript.lines import Line

_HEAVY = regex.compile(r" *━+(?: +━+)* *")
_LIGHT = regex.compile(r" *─+(?: +─+)* *")
_BAR = regex.compile("━+")


def is_table(group: Sequence[Line]) -> bool:
    """Whether the lines begin with a heading row and a heavy line under it."""
    return len(group) > 1 and bool(_HEAVY.fullmatch(group[1].text))


def table(group: Sequence[Line]) -> list[str]:
    """The source of a drawn table, one row a line."""
    columns = [found.span() for found in _BAR.finditer(group[1].text)]
    head = [group[0]]
    rows: list[list[Line]] = [[]]
    for line in group[2:]:
        if _LIGHT.fullmatch(line.text):
            rows.append([])
        else:
            rows[-1].append(line)
    cells = [[_cell(row, columns, n) for n in range(len(columns))] for row in rows if row]
    marks = [_alignment(group[0], [line for row in rows for line in row], span) for span in columns]
    titles = [_cell(head, columns, n, heading=True) for n in range(len(columns))]
    return [_row(titles), "|" + "|".join(marks) + "|", *(_row(row) for row in cells)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(lines: Sequence[Line], columns: Sequence[tuple[int, int]], number: int, heading: bool = False) -> str:
    """One cell; its rows, where it was wrapped, joined by blanks."""
    start = columns[number][0] if number else 0
    stop = columns[number + 1][0] if number + 1 < len(columns) else None
    parts = [part(line, start, stop) for line in lines]
    shown = [one for one in parts if one.text]
    base = first_style(lines[0])
    words = [inline([one], base) if heading else inline([one]) for one in shown]
    return " ".join(words).replace("|", "\\|")


def _alignment(head: Line, rows: Sequence[Line], span: tuple[int, int]) -> str:
    """How a column is aligned, from a cell that leaves room; a column of equal widths tells nothing."""
    start, stop = span
    for line in [head, *rows]:
        text = line.text[start:stop].ljust(stop - start)
        if not text.strip():
            continue
        left, right = len(text) - len(text.lstrip()), len(text) - len(text.rstrip())
        if left + right <= 2:
            continue
        if right <= 1:
            return "---:"
        if left + right > 3:
            # With one blank to spare, a cell in the middle stands as one at the left does.
            return ":---:" if left > 1 else "---"
    return "---"
