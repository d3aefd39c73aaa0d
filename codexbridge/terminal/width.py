"""How many cells a character takes, and which characters join the one before them.

Widths follow Unicode's East Asian Width as the ``wcwidth`` package has it. Emoji sequences follow UTS 51: what
a joiner, a variation selector or a skin tone glues together is one cell cluster of width 2, which is also how the
terminal libraries of the driven programs count.
"""

from __future__ import annotations

import re

import regex
from wcwidth import wcswidth, wcwidth

JOINER = "\u200d"
EMOJI_PRESENTATION = "\ufe0f"

# Text that matches nothing here takes one cell per character. The blocks that are left out by ranges are
# narrow throughout (a test walks them); all others are looked up one by one.
special = re.compile(
    r"[^\x20-\x7e\xa0-\u02ff\u0370-\u0482\u048a-\u0530\u2010-\u2027\u2030-\u205e\u2190-\u2319\u2500-\u25fc\u2800-\u28ff]"
).search

# The common case of wide text: runs of kana, ideographs, Hangul syllables and fullwidth forms.
wide_run = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u3001-\u301e\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]+").match

_PICTOGRAPH = regex.compile(r"\p{Extended_Pictographic}").match
_widths: dict[str, int] = {}
_KEPT = 8192


def cell_width(character: str) -> int:
    """0, 1 or 2 cells; -1 for what is not drawn at all (controls)."""
    width = _widths.get(character)
    if width is None:
        if len(_widths) >= _KEPT:
            _widths.clear()
        # The driven programs give a separator of lines or paragraphs a cell, and draw what follows it behind that.
        width = _widths[character] = 1 if character in "\u2028\u2029" else int(wcwidth(character))
    return width


def text_width(text: str) -> int:
    """Cells that ``text`` takes, character by character."""
    return len(text) if text.isprintable() and text.isascii() else sum(max(cell_width(one), 0) for one in text)


def is_regional(character: str) -> bool:
    """Regional indicators make a flag in pairs."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def joins(cluster: str, character: str) -> bool:
    """Whether ``character``, which has a width of its own, is drawn into the cell of ``cluster`` all the same."""
    if cluster[-1] == JOINER:
        return _PICTOGRAPH(character) is not None and _PICTOGRAPH(cluster) is not None
    if "\U0001f3fb" <= character <= "\U0001f3ff":
        return _PICTOGRAPH(cluster) is not None
    return len(cluster) == 1 and is_regional(character) and is_regional(cluster)


def widens(cluster: str) -> bool:
    """Whether a narrow ``cluster``, which ends in an emoji presentation selector, takes two cells with it."""
    return len(cluster) >= 2 and int(wcswidth(cluster[-2:])) == 2
