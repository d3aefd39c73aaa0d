"""A terminal: bytes in, records and replies out.

::

    records = terminal.feed(data)       # what the program did, in order
    write(terminal.data_to_send())      # what it asked, answered; before anything else is written
    records = terminal.settle()         # when the caller has seen no bytes for a while

There is no clock in here: what "a while" is, the caller decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Literal

from codexbridge.terminal.controls import (
    CONTROLS,
    DRAWN,
    ESCAPES,
    NO_EFFECT,
    SEQUENCES,
    Function,
    read_position,
    read_renditions,
    read_sequence,
    split_controls,
)
from codexbridge.terminal.modes import Modes
from codexbridge.terminal.parser import LONGEST_SEQUENCE, LONGEST_STRING, Parser
from codexbridge.terminal.records import Frame, Osc, Record
from codexbridge.terminal.replies import Replies
from codexbridge.terminal.screen import CALL, ERASE_RIGHT, POSITION, RENDITION, RETURN, Operation, Screen

Frames = Literal["sync", "cursor", "erase", "quiet"]
Controls = Literal["obeyed", "drawn"]

_WIPE = "\x1b[3J"
_SLICE = 1 << 16
"""Bytes that are taken apart at a time: bounds the tokens that exist at once."""
_MOST_OPERATIONS = 8192
_MOST_UNHANDLED = 256
_LONGEST_TITLE = 1024
_LONGEST_LINK = 2048
_LONGEST_OSC = 1 << 16
_REPORTED = frozenset({9, 52, 7501})


def _nothing() -> None:
    pass


_NOTHING: Operation = (CALL, _nothing, ())


class Terminal:
    """A screen of ``columns`` x ``rows`` with a parser before it."""

    def __init__(
        self,
        columns: int = 400,
        rows: int = 150,
        frames: Frames = "sync",
        tabs: Literal["stops", "cells"] = "stops",
        controls: Controls = "obeyed",
        functions: Collection[str] = (),
    ) -> None:
        """``frames``: what ends a picture besides the end of a synchronized update: nothing but quiet time, or the
        cursor being hidden once more (``cursor``), with which some programs end each redraw, or the first of the
        whole lines that the next redraw erases (``erase``).

        ``tabs``: a tab moves the cursor to the next stop, as on any terminal, or it is a character that takes one
        cell (``cells``). The second is how programs reckon that keep a picture of their own and write what changes:
        a tab in a text puts a real terminal out of step with them, and later changes land on top of the text.

        ``controls``: other controls within a text, a lone carriage return first of all, do what they do, or are
        ``drawn`` into a cell for the same reason, as tabs are.

        ``functions``: the sequences (without ESC) that the program uses besides renditions, where it is known to use no
        others and passes those of a text on: any other is the text's, and is not carried out. Empty: all are.
        """
        if columns < 1 or rows < 1:
            raise ValueError(f"terminal of {columns}x{rows}: give at least one column and one row")
        self.screen = Screen(columns, rows)
        self.screen.tab_cells = tabs == "cells"
        self.modes = Modes()
        self._on_cursor = frames == "cursor"
        self._on_erase = frames == "erase"
        self._erasing = False
        self.title = ""
        self.unhandled: Counter[str] = Counter()
        """What was swallowed, by kind: unknown functions, malformed and oversized sequences."""
        self._drawn = DRAWN if controls == "drawn" else frozenset()
        self._functions = frozenset(functions)
        self._parser = Parser(newlines=bool(self._drawn))
        self._replies = Replies(self.screen, self.modes)
        self._operations: dict[str, Operation] = {}
        self._saved_modes: dict[int, bool] = {}
        self._records: list[Record] = self.screen.history.records
        self._frames = 0
        self._last: Frame | None = None

    def feed(self, data: bytes) -> list[Record]:
        """Take what the program wrote; say what it did. However the bytes are cut, the records are the same."""
        screen = self.screen
        for start in range(0, len(data), _SLICE):
            tokens = self._parser.feed(data[start : start + _SLICE])
            screen.play(tokens, self._operations, self._interpret)
            if (screen.palette.full or screen.clusters.full) and screen.bound_tables():
                self._operations.clear()
        if self._parser.dropped:
            for kind, count in self._parser.dropped.items():
                self._count(f"oversized {kind}", count)
            self._parser.dropped.clear()
        if screen.ignored:
            for kind, count in screen.ignored.items():
                self._count(kind, count)
            screen.ignored.clear()
        return self._take()

    def settle(self) -> list[Record]:
        """The program is quiet: a frame, if there is news since the last one and no update is open."""
        # Where redraws have an end, quiet time within one shows a torn picture.
        if not self.modes.synchronized and not ((self._on_cursor and self.screen.alternate) or self._erasing):
            self.screen.history.flush()
            frame = self.snapshot()
            if frame != self._last:
                self._frames += 1
                self._report(self.snapshot())
        return self._take()

    def data_to_send(self) -> bytes:
        """Replies to what the program asked, in order. Each is given out once."""
        return self._replies.take()

    def resize(self, columns: int, rows: int) -> None:
        """Take another size. Rows are not reflowed: the driven program draws anew."""
        if columns < 1 or rows < 1:
            raise ValueError(f"terminal of {columns}x{rows}: give at least one column and one row")
        self.screen.resize(rows, columns)

    def snapshot(self) -> Frame:
        """The picture as it is now, with the number of the last frame."""
        screen = self.screen
        grid, cursor = screen.grid, screen.cursor
        palette, clusters, columns = screen.palette, screen.clusters, screen.columns
        rows = tuple([line.row or line.report(palette, clusters, columns) for line in grid])
        at = (min(cursor.x, columns - 1), cursor.y)
        return Frame(self._frames, rows, screen.serials(), at, not cursor.hidden, screen.alternate, self.title)

    def _take(self) -> list[Record]:
        records = self._records[:]
        self._records.clear()
        return records

    def _report(self, frame: Frame) -> None:
        self._last = frame
        self._records.append(frame)

    # -- what tokens mean ----------------------------------------------------------------------------------------

    def _interpret(self, token: str) -> Operation:
        """The operation of a control token; remembered, unless it carries a payload or is malformed."""
        operation: Operation
        if self._functions and token[0] == "\x1b" and token[1:] not in self._functions and not read_renditions(token):
            self._count("foreign sequence")
            return _NOTHING
        if self._functions and token == _WIPE:
            # It comes after an erased screen and before the way home, which by themselves are a text's.
            return self._remember(token, (CALL, self._wipe, ()))
        if (position := read_position(token)) is not None:
            return self._remember(token, (POSITION, *position))
        kind = token[1:2]
        if token in self._drawn:
            operation = (CALL, self.screen.draw_control, (token,))
        elif token == "\r\n":
            operation = (CALL, self.screen.new_line, ())
        elif token[0] != "\x1b":
            operation = self._function(CONTROLS.get(token), (), token)
            if token == "\r":
                operation = (RETURN, None, None)
        elif kind and kind in "]PX^_":
            return (CALL, self._string, (token,))
        elif kind != "[":
            operation = self._function(ESCAPES.get(token[1:]), (), token)
        elif token[-1] == "m" and (parts := read_renditions(token)):
            operation = (RENDITION, {}, parts)
        else:
            if len(token) > LONGEST_SEQUENCE:
                self._count("oversized sequence")
                return _NOTHING
            sequence = read_sequence(token)
            if sequence is None:
                return self._malformed(token)
            key, parameters = sequence
            if self._on_erase and key == "K" and parameters == "2":
                operation = (CALL, self._erase_line, ())
            elif self._on_erase and key == "A":
                operation = (CALL, self._up, sequence.numbers[:1])
            elif self._on_erase and key == "G":
                operation = (CALL, self._to_column, sequence.numbers[:1])
            elif key == "K" and parameters in ("", "0"):
                operation = (ERASE_RIGHT, None, None)
            elif parameters == "2026" and key in ("?h", "?l"):
                operation = (CALL, self._update, (key == "?h",))
            else:
                operation = self._function(SEQUENCES.get(key), sequence.numbers, f"CSI {key}")
        return self._remember(token, operation)

    def _remember(self, token: str, operation: Operation) -> Operation:
        if len(self._operations) >= _MOST_OPERATIONS:
            self._operations.clear()
        self._operations[token] = operation
        return operation

    def _function(self, function: Function | None, numbers: tuple[int, ...], name: str) -> Operation:
        if function is None:
            if name in NO_EFFECT:
                return _NOTHING
            if name.startswith("\x1b"):
                name = "ESC " + (name[1:] if len(name) < 4 else "...")
            return (CALL, self._count, (name if name.isprintable() else ascii(name),))
        target = {"screen": self.screen, "modes": self.modes, "replies": self._replies}.get(function.target, self)
        return (CALL, getattr(target, function.method), function.fixed + numbers[: function.arity])

    def _malformed(self, token: str) -> Operation:
        """Controls inside a sequence are carried out; what then is still no sequence is dropped."""
        controls, rest = split_controls(token)
        operations = [self._interpret(control) for control in controls]
        sequence = read_sequence(rest)
        if controls and sequence is not None:
            operations.append(self._interpret(rest))
        else:
            self._count("malformed sequence")
        return (CALL, self._carry_out, (operations,))

    def _carry_out(self, operations: list[Operation]) -> None:
        table = {str(number): operation for number, operation in enumerate(operations)}
        self.screen.play(["\x1b" + name for name in table], {"\x1b" + k: v for k, v in table.items()}, self._interpret)

    def _count(self, kind: str, count: int = 1) -> None:
        if kind not in self.unhandled and len(self.unhandled) >= _MOST_UNHANDLED:
            kind = "other"
        self.unhandled[kind] += count

    def _string(self, token: str) -> None:
        """OSC and DCS; APC, PM and SOS are swallowed without a count, since they are addressed to nobody here."""
        if token[-1] in "\x18\x1a":
            return
        if len(token) > LONGEST_STRING:
            self._count("oversized string")
            return
        end = "\x07" if token[-1] == "\x07" else "\x1b\\"
        payload = token[2:].removesuffix("\x07")
        if token[1] == "]":
            self._command(payload, end)
        elif token[1] == "P" and not self._replies.device_control(payload):
            self._count("DCS")

    def _command(self, payload: str, end: str) -> None:
        """OSC."""
        head, _, rest = payload.partition(";")
        number = int(head) if head.isdigit() and len(head) < 6 else -1
        if number != 52 and len(payload) > _LONGEST_OSC:
            self._count("oversized string")
        elif number in (0, 2):
            self.title = rest[:_LONGEST_TITLE]
        elif number == 8:
            target = rest.partition(";")[2]
            self.screen.set_link(target if len(target) <= _LONGEST_LINK else "")
        elif number in (10, 11, 12) and rest == "?":
            self._replies.colour(number, end)
        elif number in _REPORTED:
            if not (number == 52 and rest.endswith("?")):
                self.screen.history.flush()
                self._records.append(Osc(number, rest))
        elif number == -1:
            self._count("malformed OSC")
        else:
            self._count(f"OSC {number}")

    # -- control functions that concern more than the screen ---------------------------------------------------

    def switch_modes(self, on: bool, *modes: int) -> None:
        """DECSET and DECRST."""
        for mode in modes:
            if mode == 2026:
                self._update(on)
            elif mode == 25 and not on and self._on_cursor:
                self.screen._switch(on, (mode,), True)
                self.screen.history.flush()
                self._changed()
            elif not self.modes.switch(mode, on):
                self.screen._switch(on, (mode,), True)
                self.modes.alternate = self.screen.alternate

    def _update(self, on: bool) -> None:
        """A synchronized update begins, or ends with a frame."""
        self.modes.synchronized = on
        if not on:
            self.screen.history.flush()
            self._frames += 1
            self._report(self.snapshot())

    def _changed(self) -> None:
        """A frame, if a row has changed since the last one."""
        frame = self.snapshot()
        if self._last is None or frame.rows != self._last.rows:
            self._frames += 1
            self._report(self.snapshot())

    def _erase_line(self) -> None:
        """Erase a whole line. The first of a series begins a redraw: until then the picture was whole.

        A redraw begins in the first column, behind the last picture's line feed. Texts that are passed on as they are
        stand further to the right: whatever of this they hold is theirs, and is not carried out.
        """
        if not self._erasing:
            if self.screen.cursor.x:
                self._count("foreign sequence")
                return
            self._erasing = True
            self.screen.history.flush()
            self._changed()
        self.screen.erase_in_line(2)

    def _up(self, count: int = 1) -> None:
        if self._erasing:
            self.screen.cursor_up(count)
        else:
            self._count("foreign sequence")

    def _wipe(self) -> None:
        if self.screen.cursor.x:
            self._count("foreign sequence")
            return
        self.screen.erase_in_display(2)
        self.screen.erase_in_display(3)
        self.screen.cursor_position()

    def _to_column(self, column: int = 0) -> None:
        """The end of a series."""
        if self._erasing:
            self._erasing = False
            self.screen.cursor_to_column(column or 1)
        else:
            self._count("foreign sequence")

    def save_modes(self, *modes: int) -> None:
        """XTSAVE."""
        for mode in modes:
            state = self.screen.mode_state(mode)
            if state is None:
                state = self.modes.state(mode)
            if state is not None and mode != 2026:
                self._saved_modes[mode] = state

    def restore_modes(self, *modes: int) -> None:
        """XTRESTORE."""
        for mode in modes:
            if mode in self._saved_modes:
                self.switch_modes(self._saved_modes[mode], mode)

    def set_cursor_shape(self, shape: int = 0) -> None:
        self.modes.cursor_shape = shape

    def set_modify_other_keys(self, resource: int = 0, value: int = 0) -> None:
        if resource == 4:
            self.modes.modify_other_keys = value

    def soft_reset(self) -> None:
        """DECSTR."""
        screen = self.screen
        screen.history.close()
        screen.top, screen.bottom = 0, screen.lines - 1
        screen.reset_mode(4)
        screen.origin, screen.autowrap, screen.cursor.hidden = False, True, False
        screen.shift_in()
        screen.define_charset("B", "(")
        screen.select_graphic_rendition(0)
        screen.set_link("")
        screen.forget_cursor()
        self.modes.switch(1, False)
        self.modes.switch(66, False)

    def reset(self) -> None:
        """RIS."""
        self.screen.history.flush()
        self.screen.reset()
        self.modes.__init__()  # type: ignore[misc]
        self.title = ""
