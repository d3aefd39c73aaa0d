"""The dispatch table: which method of which object carries out a control function.

Keys are what is left of a sequence without its numbers: prefix, intermediates and final character. An entry is the
target (``screen``, ``modes`` or ``terminal``), the method, and how many numbers it takes at most.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from codexbridge.terminal.parser import LONGEST_SEQUENCE


class Function(NamedTuple):
    target: str
    method: str
    arity: int = 0
    fixed: tuple[object, ...] = ()
    """Arguments that go before the numbers."""


CONTROLS = {
    "\b": Function("screen", "backspace"),
    "\t": Function("screen", "tab_character"),
    "\n": Function("screen", "linefeed"),
    "\v": Function("screen", "feed_within_text"),
    "\f": Function("screen", "feed_within_text"),
    "\r": Function("screen", "carriage_return"),
    "\x0e": Function("screen", "shift_out"),
    "\x0f": Function("screen", "shift_in"),
}
DRAWN = frozenset("\a\b\t\v\f\r\x0e\x0f")
"""Controls that take a cell where a program counts them as characters."""
NO_EFFECT = frozenset("\x00\x05\x07\x11\x13\x18\x1a") | {"\x1b\\"}

ESCAPES = {
    "7": Function("screen", "save_cursor"),
    "8": Function("screen", "restore_cursor"),
    "D": Function("screen", "index"),
    "E": Function("screen", "next_line"),
    "H": Function("screen", "set_tab_stop"),
    "M": Function("screen", "reverse_index"),
    "c": Function("terminal", "reset"),
    "=": Function("modes", "switch", 0, (66, True)),
    ">": Function("modes", "switch", 0, (66, False)),
    "#8": Function("screen", "alignment_display"),
    **{f"({code}": Function("screen", "define_charset", 0, (code, "(")) for code in "0AB"},
    **{f"){code}": Function("screen", "define_charset", 0, (code, ")")) for code in "0AB"},
}

MANY = 64
"""Numbers that a function of any arity is given at most."""

SEQUENCES = {
    "@": Function("screen", "insert_characters", 1),
    "A": Function("screen", "cursor_up", 1),
    "B": Function("screen", "cursor_down", 1),
    "C": Function("screen", "cursor_forward", 1),
    "D": Function("screen", "cursor_back", 1),
    "E": Function("screen", "cursor_down1", 1),
    "F": Function("screen", "cursor_up1", 1),
    "G": Function("screen", "cursor_to_column", 1),
    "H": Function("screen", "cursor_position", 2),
    "I": Function("screen", "tab", 1),
    "J": Function("screen", "erase_in_display", 1),
    "?J": Function("screen", "erase_in_display", 1),
    "K": Function("screen", "erase_in_line", 1),
    "?K": Function("screen", "erase_in_line", 1),
    "L": Function("screen", "insert_lines", 1),
    "M": Function("screen", "delete_lines", 1),
    "P": Function("screen", "delete_characters", 1),
    "S": Function("screen", "scroll_up", 1),
    "T": Function("screen", "scroll_down", 1),
    "X": Function("screen", "erase_characters", 1),
    "Z": Function("screen", "back_tab", 1),
    "`": Function("screen", "cursor_to_column", 1),
    "a": Function("screen", "cursor_forward", 1),
    "b": Function("screen", "repeat", 1),
    "d": Function("screen", "cursor_to_line", 1),
    "e": Function("screen", "move_down_freely", 1),
    "f": Function("screen", "cursor_position", 2),
    "g": Function("screen", "clear_tab_stop", 1),
    "h": Function("screen", "set_mode", MANY),
    "l": Function("screen", "reset_mode", MANY),
    "r": Function("screen", "set_margins", 2),
    "s": Function("screen", "save_cursor"),
    "u": Function("screen", "restore_cursor"),
    "?h": Function("terminal", "switch_modes", MANY, (True,)),
    "?l": Function("terminal", "switch_modes", MANY, (False,)),
    "?s": Function("terminal", "save_modes", MANY),
    "?r": Function("terminal", "restore_modes", MANY),
    "!p": Function("terminal", "soft_reset"),
    " q": Function("terminal", "set_cursor_shape", 1),
    ">u": Function("modes", "push_kitty", 1),
    "<u": Function("modes", "pop_kitty", 1),
    "=u": Function("modes", "set_kitty", 2),
    ">m": Function("terminal", "set_modify_other_keys", 2),
    ">n": Function("terminal", "set_modify_other_keys", 1),
    "n": Function("replies", "status", 1),
    "?n": Function("replies", "private_status", 1),
    "c": Function("replies", "primary_attributes", 1),
    ">c": Function("replies", "secondary_attributes", 1),
    "?u": Function("replies", "kitty_flags"),
    ">q": Function("replies", "version", 1),
    "$p": Function("replies", "mode", 1),
    "?$p": Function("replies", "private_mode", 1),
    "t": Function("replies", "window", 1),
    "x": Function("replies", "parameters", 1),
}

_sequence = re.compile(r"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)([@-~])").fullmatch
_renditions = re.compile(r"(?:\x1b\[[0-9;:]*m)+").fullmatch
_inside = re.compile(r"[\x00-\x1f\x7f]")
_MOST = 65535


class Sequence(NamedTuple):
    """A control sequence taken apart."""

    key: str
    parameters: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The parameters, with 0 for what was left out."""
        return tuple(
            [min(int(field), _MOST) if field.isdigit() else 0 for field in self.parameters.split(";", MANY)[:MANY]]
        )


def read_position(token: str) -> tuple[int, int] | None:
    """Row and column, from 0, if ``token`` is ``CSI row ; column H`` in full: by far the most frequent sequence."""
    if token[-1] != "H" or token[:2] != "\x1b[" or len(token) > 14:
        return None
    row, _, column = token[2:-1].partition(";")
    if not (row.isdigit() and column.isdigit()):
        return None
    return max(int(row), 1) - 1, max(int(column), 1) - 1


def read_renditions(token: str) -> tuple[str, ...]:
    """The parameters of each ``CSI ... m`` in a token that is made of these alone (and not oversized), else nothing."""
    if len(token) > LONGEST_SEQUENCE or _renditions(token) is None:
        return ()
    return tuple([part[:-1] for part in token.split("\x1b[")[1:]])


def read_sequence(token: str) -> Sequence | None:
    """Take ``CSI ...`` apart; ``None`` if it is malformed."""
    found = _sequence(token)
    if found is None:
        return None
    prefix, parameters, between, final = found.groups()
    return Sequence(prefix + between + final, parameters)


def split_controls(token: str) -> tuple[str, str]:
    """Controls that stand inside a sequence are carried out first, as if they stood before it."""
    return "".join(_inside.findall(token[1:])), token[0] + _inside.sub("", token[1:])
