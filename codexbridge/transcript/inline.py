"""The inline delivery: history is inserted above a viewport, line by line, in order, once.

The insertion gives the committed lines exactly, so nothing is guessed from scrollback. Releases that wipe the
screen and restate their history in mid-run are aligned with what is known
(:mod:`codexbridge.transcript.align`).
"""

from __future__ import annotations

from codexbridge.terminal.records import Frame, Inserted, Record, Row, Scrolled, Wiped
from codexbridge.transcript.align import align
from codexbridge.transcript.lines import Change, Committed, Line, Live, Replaced
from codexbridge.transcript.rows import line_of, logical


class InlineCollector:
    """Collects the history of a release with an inline viewport."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._ids: list[int] = []
        self._next = 0
        self._restated: list[tuple[Row, int]] | None = None
        """Rows inserted since the history was wiped, while they are being compared."""
        self.epochs = 0

    def receive(self, record: Record) -> list[Change]:
        """Take the next record; give what is new. Never raises."""
        if isinstance(record, Inserted):
            return self._inserted(record)
        if isinstance(record, Frame):
            return self._frame(record)
        if isinstance(record, Wiped):
            # The wipe of an empty history is the start of the program.
            if record.scrollback and self._texts:
                self._restated = []
            return []
        if isinstance(record, Scrolled):
            return []
        return []

    def give_up(self) -> list[Change]:
        """Nothing is ever lost here."""
        return []

    def _inserted(self, record: Inserted) -> list[Change]:
        rows = logical(record.rows)
        if self._restated is not None:
            self._restated.extend((row, record.serial) for row in rows)
            return []
        return [Committed(self._commit(rows, record.serial))] if rows else []

    def _commit(self, rows: list[Row], serial: int) -> tuple[Line, ...]:
        lines = tuple(line_of(row, self._next + index, serial) for index, row in enumerate(rows))
        self._next += len(lines)
        self._texts.extend(line.text for line in lines)
        self._ids.extend(line.id for line in lines)
        return lines

    def _frame(self, frame: Frame) -> list[Change]:
        changes: list[Change] = []
        if self._restated:
            changes += self._settle(self._restated)
            self._restated = None
        changes.append(Live(live_lines(frame), frame))
        return changes

    def _settle(self, restated: list[tuple[Row, int]]) -> list[Change]:
        """Compare a whole restated history with the known lines."""
        self.epochs += 1
        rows = [row for row, _ in restated]
        changes: list[Change] = []
        spans = align(self._texts, [row.text for row in rows])
        shift = 0
        for span in spans:
            first, last = span.first + shift, span.last + shift
            new = restated[span.start : span.stop]
            if first == len(self._texts):
                lines = self._commit([row for row, _ in new], new[-1][1] if new else 0)
                if lines:
                    changes.append(Committed(lines))
                continue
            lines = tuple(line_of(row, self._next + i, serial) for i, (row, serial) in enumerate(new))
            self._next += len(lines)
            known = self._ids[first:last]
            # Lines that appear between known ones belong to no known cell; none has been seen in any release.
            if not known:
                continue
            changes.append(Replaced(known[0], known[-1], lines))
            self._texts[first:last] = [line.text for line in lines]
            self._ids[first:last] = [line.id for line in lines]
            shift += len(lines) - (last - first)
        return changes


def live_lines(frame: Frame) -> tuple[Line, ...]:
    """The logical lines below the last row that an insertion wrote: the viewport."""
    top = 0
    for index, origin in enumerate(frame.origins):
        if origin:
            top = index + 1
    rows = list(frame.rows[top:])
    while rows and not rows[-1].text and rows[-1].fill == "default":
        rows.pop()
    return tuple(line_of(row) for row in logical(rows))
