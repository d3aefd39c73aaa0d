"""Rows of the grid to logical lines: soft wraps undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    return Row(text, tuple(runs), rows[-1].fill, blanks=rows[-1].blanks)


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
    return Line(identity, row.text, row.runs, row.fill, serial, row.blanks)
