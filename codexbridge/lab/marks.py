"""A release that draws other marks than its look knows: which, in the place of which, and what that would explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.look import Look, altered
from codexbridge.transcript.lines import Line


class Swap(NamedTuple):
    """``new`` stands where the look has ``old``, which is a glyph or a part of its body."""

    new: str
    old: str
    place: str

    def __str__(self) -> str:
        return f"{self.new} where the look has {self.old} ({self.place})"


def swapped(look: Look, line: Line) -> tuple[Swap, str] | None:
    """The mark that ``line`` begins with, if another in its place would make a rule take it, and that rule's id."""
    text = line.text
    at = len(text) - len(text.lstrip())
    mark = text[at : at + 1]
    known = _marks(look)
    if not mark or mark.isalnum() or mark in known:
        return None
    for old, place in known.items():
        other = msgspec.structs.replace(line, text=text[:at] + old + text[at + 1 :])
        if place == "body":
            if any(other.text.startswith(first) for first in (*look.firsts, look.body.gutter) if first.strip()):
                return Swap(mark, old, place), "body"
            continue
        head = next((head for head, _ in look.matches(other)), None)
        if head is not None and at == 0:
            return Swap(mark, old, place), head.rule.id
    return None


def agreed(swaps: Iterable[Swap]) -> dict[Swap, int]:
    """Each mark in the place that most lines speak for, and how many do: it has one meaning, and so has its place."""
    found: dict[Swap, int] = {}
    for swap, times in Counter(swaps).most_common():
        if not any(swap.new == other.new or swap.old == other.old for other in found):
            found[swap] = times
    return found


def remaining(look: str, swaps: Iterable[Swap], lines: Sequence[Line]) -> int:
    """How many lines of a history the look would not explain if it had these marks."""
    segmenter = Segmenter(altered(look, {swap.old: swap.new for swap in swaps}))
    for _, together in groupby(lines, key=lambda line: line.serial or -line.id - 1):
        segmenter.feed(together)
    segmenter.close()
    return segmenter.counts["unknown"]


def _marks(look: Look) -> dict[str, str]:
    """The marks of a look, and where each belongs."""
    found: dict[str, str] = {}
    for name, pattern in look.glyphs.items():
        signs = [pattern] if len(pattern) == 1 else [sign for sign in pattern if not sign.isascii()]
        found |= {sign: f"glyph {name}" for sign in signs if not sign.isalnum()}
    for part in (*look.firsts, look.body.gutter):
        found |= dict.fromkeys(part.strip()[:1], "body")
    return found
