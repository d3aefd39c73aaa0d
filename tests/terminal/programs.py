"""Random small programs of control functions and text, for comparing terminals on what recordings never do.

Left out is what the judges themselves disagree about or get wrong: marks without autowrap, origin mode (xterm.js
moves the cursor by the margin twice), REP after anything but text, back tabs while a wrap is due, cursors restored
that were never saved.
"""

from __future__ import annotations

import random

TEXTS = (
    "a",
    "bc",
    "hello",
    "the quick brown fox",
    "漢",
    "漢字かな",
    "x漢y",
    "─│",
    "é",
    "0123456789" * 4,
    "  ",
    "e\u0301x",
)

RENDITIONS = ("0", "1", "2", "3", "4", "7", "9", "22", "31", "42", "38;5;100", "48;2;1;2;3", "39;49", "", "1;33")


def number(source: random.Random) -> str:
    return source.choice(("", "0", "1", "1", "2", "3", "5", "7", "12", "30"))


def piece(source: random.Random) -> str:
    kind = source.randrange(16)
    if kind < 5:
        return source.choice(TEXTS)
    if kind == 5:
        return source.choice(("\r", "\n", "\r\n", "\b", "\t", "\r\n\r\n", "\n\n"))
    if kind == 6:
        return "\x1b" + source.choice(("D", "E", "M", "M", "H"))
    if kind == 7:
        # xterm.js itself falls over some regions that are none.
        return f"\x1b[{source.choice(('', '1', '2', '3'))};{source.choice(('', '4', '5', '7', '30'))}r"
    if kind in (8, 9):
        return f"\x1b[{number(source)};{number(source)}H"
    if kind == 10:
        return f"\x1b[{source.choice(('', '0', '1', '2'))}{source.choice('JK')}"
    if kind == 11:
        return f"\x1b[{source.choice(RENDITIONS)}m"
    if kind == 12:
        return f"\x1b[{number(source)}{source.choice('ABCDEFGdae`I')}"
    if kind == 13:
        return f"\x1b[{number(source)}{source.choice('@PXLMST')}"
    if kind == 14:
        return source.choice(("\x1b[4h\x1b[3;3Habc\x1b[4l", "\x1b[g", "\x1b[r", "\x1b[?25l"))
    return source.choice(
        ("\x1b[s\x1b[5;5Hq\x1b[u", "\x1b(0qx\x1b(B", "\x1b[m\x1b[r\x1b#8", "\x1bc", "\x1b[?1049hover\x1b[?1049l")
    )


def program(source: random.Random, length: int = 25) -> bytes:
    return "".join(piece(source) for _ in range(source.randint(1, length))).encode()
