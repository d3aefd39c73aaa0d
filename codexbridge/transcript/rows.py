"""Rows of the grid to logical lines: soft wraps undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from unicodedata import category

from codexbridge.terminal.records import Row, Run
from codexbridge.transcript.lines import Line


def join(rows: Sequence[Row]) -> Row:
    """Glue rows of which each but the last is soft-wrapped into one, style runs shifted along."""
    if len(rows) == 1:
        return rows[0]
    text = ""
    runs: list[Run] = []
    for row in rows:
        offset = len(text)
        text += row.text
        runs.extend(Run(start + offset, end + offset, style) for start, end, style in row.runs)
    moved = any(row.moved for row in rows)
    return Row(text, tuple(runs), rows[-1].fill, blanks=rows[-1].blanks, moved=moved)


def logical(rows: Iterable[Row]) -> list[Row]:
    """Group rows into logical lines; a trailing soft-wrapped row without its continuation stands alone."""
    result: list[Row] = []
    pending: list[Row] = []
    for row in rows:
        pending.append(row)
        if not row.wrapped:
            result.append(join(pending))
            pending = []
    if pending:
        result.append(join(pending))
    return result


def line_of(row: Row, identity: int = -1, serial: int = 0) -> Line:
    """The logical line that shows ``row``."""
    return Line(identity, row.text, row.runs, row.fill, serial, row.blanks, row.moved)


def closed(row: Row) -> Row:
    """The row without the blanks behind spacing marks, which a program that draws cell by cell gives a cell each.

    Where any such mark is followed by a letter the program does not, and the row is right as it is.
    """
    text = row.text
    if text.isascii() or not any(category(character) == "Mc" for character in text):
        return row
    if any(category(a) == "Mc" and category(b) not in ("Zs", "Mn", "Mc") for a, b in pairwise(text)):
        return row
    kept: list[int] = []
    owed = 0
    for place, character in enumerate(text):
        if character == " " and owed:
            owed -= 1
            continue
        owed = owed + 1 if category(character) == "Mc" else owed if category(character) == "Mn" else 0
        kept.append(place)
    where = {place: index for index, place in enumerate(kept)}
    runs = []
    for start, end, style in row.runs:
        inside = [where[place] for place in range(start, end) if place in where]
        if inside:
            runs.append(Run(inside[0], inside[-1] + 1, style))
    return Row("".join(text[place] for place in kept), tuple(runs))
