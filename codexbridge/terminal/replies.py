"""Answers to what programs ask their terminal.

Some releases wait for an answer before they draw their first frame, and some choose key hints or colours by it: so
every query that xterm answers and a release may send has its line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyte import modes as mo

if TYPE_CHECKING:
    from codexbridge.terminal.modes import Modes
    from codexbridge.terminal.screen import Screen

NAME = "codexbridge"
FOREGROUND, BACKGROUND = "ffffff", "000000"
_COLOURS = {10: FOREGROUND, 11: BACKGROUND, 12: FOREGROUND}
# Terminfo names (XTGETTCAP) and their values: the name, the colours, direct colour.
_CAPABILITIES = {"TN": "xterm-256color", "Co": "256", "colors": "256", "RGB": "8"}
_ANSI_MODES = {4: mo.IRM, 20: mo.LNM}
_CELL = (16, 8)
"""Height and width of a cell in pixels that never exist, for programs that ask."""
_MOST_WAITING = 1 << 16


class Replies:
    """Collects replies in the order of their queries."""

    def __init__(self, screen: Screen, modes: Modes) -> None:
        self._screen = screen
        self._modes = modes
        self._waiting = bytearray()

    def take(self) -> bytes:
        """What is to be written to the program now."""
        data = bytes(self._waiting)
        self._waiting.clear()
        return data

    def send(self, text: str) -> None:
        # A program that asks without end and never reads does not get everything back.
        if len(self._waiting) < _MOST_WAITING:
            self._waiting += text.encode()

    def status(self, what: int = 0) -> None:
        """DSR: 5 is the state, 6 the position of the cursor."""
        if what == 5:
            self.send("\x1b[0n")
        elif what == 6:
            self.send("\x1b[{};{}R".format(*self._position()))

    def private_status(self, what: int = 0) -> None:
        if what == 6:
            self.send("\x1b[?{};{}R".format(*self._position()))
        elif what == 996:  # colour scheme: dark
            self.send("\x1b[?997;1n")

    def _position(self) -> tuple[int, int]:
        screen = self._screen
        origin = screen.top if screen.origin else 0
        return screen.cursor.y - origin + 1, min(screen.cursor.x, screen.columns - 1) + 1

    def primary_attributes(self, what: int = 0) -> None:
        """DA1: a VT220 with colour."""
        if what == 0:
            self.send("\x1b[?62;22c")

    def secondary_attributes(self, what: int = 0) -> None:
        if what == 0:
            self.send("\x1b[>1;10;0c")

    def kitty_flags(self) -> None:
        self.send(f"\x1b[?{self._modes.kitty_flags}u")

    def version(self, what: int = 0) -> None:
        """XTVERSION."""
        if what == 0:
            self.send(f"\x1bP>|{NAME}\x1b\\")

    def mode(self, mode: int = 0) -> None:
        """DECRQM of an ANSI mode: 1 is set, 2 reset, 0 unknown."""
        known = _ANSI_MODES.get(mode)
        state = 0 if known is None else 1 if known in self._screen.mode else 2
        self.send(f"\x1b[{mode};{state}$y")

    def private_mode(self, mode: int = 0) -> None:
        on = self._screen.mode_state(mode)
        if on is None:
            on = self._modes.state(mode)
        state = 0 if on is None else 1 if on else 2
        self.send(f"\x1b[?{mode};{state}$y")

    def window(self, what: int = 0) -> None:
        """XTWINOPS: sizes only."""
        screen = self._screen
        height, width = _CELL
        if what == 14:
            self.send(f"\x1b[4;{screen.lines * height};{screen.columns * width}t")
        elif what == 16:
            self.send(f"\x1b[6;{height};{width}t")
        elif what in (18, 19):
            self.send(f"\x1b[{what - 10};{screen.lines};{screen.columns}t")

    def parameters(self, what: int = 0) -> None:
        """DECREQTPARM."""
        if what in (0, 1):
            self.send(f"\x1b[{what + 2};1;1;120;120;1;0x")

    def colour(self, number: int, end: str) -> None:
        """OSC 10, 11 and 12 with a question mark: the colours of text, background and cursor."""
        red, green, blue = (_COLOURS[number][at : at + 2] * 2 for at in (0, 2, 4))
        self.send(f"\x1b]{number};rgb:{red}/{green}/{blue}{end}")

    def device_control(self, payload: str) -> bool:
        """DCS queries: XTGETTCAP and DECRQSS. False for anything else."""
        if payload.startswith("+q"):
            for name in payload[2:].split(";")[:16]:
                self.send(self._capability(name))
        elif payload.startswith("$q"):
            self.send(self._setting(payload[2:]))
        else:
            return False
        return True

    def _capability(self, name: str) -> str:
        try:
            value = _CAPABILITIES[bytes.fromhex(name).decode("ascii")]
        except (ValueError, KeyError):
            return f"\x1bP0+r{name if name.isalnum() and name.isascii() else ''}\x1b\\"
        return f"\x1bP1+r{name}={value.encode().hex()}\x1b\\"

    def _setting(self, what: str) -> str:
        if what == "r":
            return f"\x1bP1$r{self._screen.top + 1};{self._screen.bottom + 1}r\x1b\\"
        if what == " q":
            return f"\x1bP1$r{self._modes.cursor_shape} q\x1b\\"
        return "\x1bP0$r\x1b\\"
