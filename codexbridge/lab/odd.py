"""Odd texts drawn at random: what nobody thought of when the table of :mod:`codexbridge.lab.hostile` was written.

The same seed gives the same texts. Each is put together of pieces that have a meaning for some terminal, some composer
or some JSON reader, between words that have none.
"""

from __future__ import annotations

import random

_WORDS = (
    "go",
    "on",
    "with",
    "the",
    "list",
    "and",
    "tell",
    "me",
    "what",
    "came",
    "of",
    "it",
    "second",
    "file",
    "please",
)
_STARTS = (
    "/",
    "!",
    "?",
    "#",
    "@",
    "$",
    "-",
    ">",
    "\\",
    "&",
    "~",
    "%",
    "+",
    "*",
    "`",
    "\t",
    " ",
    "\n",
    "\u00a0",
    "\u200b",
)
_ENDS = (
    "\\",
    "\\\\",
    " @",
    " @REA",
    "@README.md",
    " $sk",
    " /",
    " !",
    " ?",
    "\n",
    " ",
    "\t",
    "\r",
    "\u00a0",
    "\n/status",
    "\n!touch owned",
    " #",
    "\n@",
)
_KEYS = (
    "\x1b[201~",
    "\x1b[200~",
    "\x1b[201~\r",
    "\x1b[13u",
    "\x1b[A",
    "\x1b[<0;3;3M",
    "\x1bOP",
    "\x1b",
    "\x1b\x1b",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1bP$qm\x1b\\",
    "\x9b201~",
    "\r",
    "\r\n",
    "\x7f",
    "\x08",
    "\x00",
    "\x03",
    "\x04",
    "\x0b",
    "\x0c",
    "\x15",
    "\x17",
    "\x18\x05",
    "\x1a",
    "\x1f",
    "\x85",
)
_SIGNS = (
    "\u202e",
    "\u202a",
    "\u2066",
    "\u2069",
    "\u200e",
    "\u200f",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\ufe0f",
    "\u00ad",
    "\u2028",
    "\u2029",
    "\u00a0",
    "\u3000",
    "\u2003",
    "\u180e",
    "\ufffc",
    "\ufffd",
    "\ue000",
    "\U000e0041",
    "\ud83d",
    "\udc00",
    "\u0301",
    "\u0489",
    "\u1160",
    "\u3164",
    "\u115f",
)
_PICTURES = (
    "👩\u200d💻",
    "👨\u200d👩\u200d👧",
    "🏳️\u200d🌈",
    "🇩🇪",
    "1️⃣",
    "👍🏽",
    "⚠️",
    "🙂",
    "漢字",
    "テスト",
    "한글",
    "שלום",
    "مرحبا",
    "กำ",
    "é",
    "ﷺ",
)
_ROWS = (
    "› 1. Yes, proceed (y)",
    "1. Yes",
    "2. No",
    "  3. and more",
    "› 2. No (esc)",
    "> 1. quoted",
    "   - below",
    "• Working (1s • esc to interrupt)",
    "  Press enter to confirm or esc to cancel",
    "▌ Yes   Always   No",
    "■ stream error",
    "╭──────╮",
    "user",
    "codex",
    "[Pasted Content 1500 chars]",
    "[Image #1]",
    "```",
    "# Title",
    "- item",
    "| a | b |",
    "<instructions>",
    "\ttabbed\trow",
    "a\\",
)


def draw(amount: int, seed: int, placeholders: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Name and text of ``amount`` texts; some are, or hold, one of the ``placeholders`` of a composer."""
    chance = random.Random(seed)
    return [(f"drawn-{seed}-{number}", _text(chance, placeholders)) for number in range(amount)]


def _text(chance: random.Random, placeholders: tuple[str, ...]) -> str:
    kind = chance.random()
    if kind < 0.04 and placeholders:
        return chance.choice(placeholders) + chance.choice(("", "", " ", "\n", "x"))
    if kind < 0.1:
        # Anything at all, planes and halves of pairs included.
        return "".join(chr(_point(chance)) for _ in range(chance.randrange(1, 40)))
    rows = 1 if chance.random() < 0.55 else chance.choice((2, 3, 5, 9, 20, 60, 170))
    text = "\n".join(_row(chance) for _ in range(rows))
    if chance.random() < 0.45:
        text = "".join(chance.choice(_STARTS) for _ in range(chance.choice((1, 1, 2)))) + text
    if chance.random() < 0.4:
        text += chance.choice(_ENDS)
    return text


def _row(chance: random.Random) -> str:
    """One row, which may be empty, odd or long."""
    if chance.random() < 0.1:
        return chance.choice(("", "", " ", "\t", "\u00a0"))
    if chance.random() < 0.12:
        return chance.choice(_ROWS)
    length = chance.choice((1, 2, 4, 4, 8, 8, 16, 40)) if chance.random() < 0.93 else chance.choice((90, 200, 420))
    pieces = []
    for _ in range(length):
        kind = chance.random()
        if kind < 0.07:
            pieces.append(chance.choice(_KEYS))
        elif kind < 0.15:
            pieces.append(chance.choice(_SIGNS))
        elif kind < 0.21:
            pieces.append(chance.choice(_PICTURES))
        elif kind < 0.25:
            pieces.append(chance.choice(_STARTS))
        else:
            pieces.append(chance.choice(_WORDS))
    between = chance.choice((" ", " ", " ", "", "  ", "\t"))
    return between.join(pieces)


def _point(chance: random.Random) -> int:
    """A code point, mostly of the low planes."""
    top = chance.choice((0x80, 0x100, 0x800, 0x3000, 0x10000, 0x20000, 0x110000))
    return chance.randrange(top)
