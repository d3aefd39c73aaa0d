"""A message's source found in a history that Codex restates raw: no style, no bullets, blank lines between cells.

Nothing marks where a message begins and ends there, so it is found by its words: the drawing and the source have
the same ones, in the same order, but for what a drawing adds (the target of a bare link twice) or leaves out (the
language of a fence).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

import regex

from codexbridge.items.model import McpToolCall

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_FENCE = regex.compile(r" {0,3}(?:```|~~~)")
_TWICE = regex.compile(r"(\w+://\S+) \(\1\)")
"""A bare link as it is drawn."""
_LIKE = 0.85
"""Least likeness of source and drawing: what may differ is a few words."""
_PREFIX = 24
_MARKS = "-*_—─━•◦▪>#+`~|="
"""Of rules, lists, quotes and tables: drawn otherwise than they are written."""


class Place(NamedTuple):
    """``lines[start:stop]`` of a raw history are the source ``text``."""

    start: int
    stop: int
    text: str


def find(lines: Sequence[str], drawn: str, before: int | None = None) -> Place | None:
    """The last place above line ``before`` where the source of the message ``drawn`` stands, or None."""
    stop = len(lines) if before is None else min(before, len(lines))
    drawn = _TWICE.sub(r"\1", drawn)
    wanted = Counter(_words(drawn))
    if not wanted:
        return None
    first = _key(next(line for line in drawn.split("\n") if _key(line)))[:_PREFIX]
    size = sum(wanted.values())
    best: tuple[float, Place] | None = None
    # A source is seldom much longer than its drawing; far above it only an exact one is believed.
    near = stop - 3 * drawn.count("\n") - 100
    for start in range(stop - 1, -1, -1):
        if best is not None and start < near:
            break
        if not lines[start].strip() or (start and lines[start - 1].strip()):
            # Cells have a blank line between them.
            continue
        if not _begins(lines, start, stop, first):
            continue
        found = _end(lines, start, stop, wanted, size)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
            if found[0] == 1.0:
                break
    return _widened(lines, best[1], stop, drawn) if best else None


def undoubled(drawn: str) -> str:
    """``drawn`` without the lines that Codex draws twice when it has to restate a message that is coming in."""
    return "\n".join(line for line, _ in groupby(line for line in drawn.split("\n") if line.strip()))


def _widened(lines: Sequence[str], place: Place, stop: int, drawn: str) -> Place:
    """``place`` with the lines without a word that the drawing has at its ends, such as rules and brackets of code."""
    shown = [line for line in drawn.split("\n") if line.strip()]
    above, below = range(place.start - 1, -1, -1), range(place.stop, stop)
    end = _further(lines, lines[place.start : place.stop], below, shown[::-1], place.stop - 1) + 1
    start = _further(lines, lines[place.start : end], above, shown, place.start)
    return Place(start, end, "\n".join(lines[start:end]))


def _further(lines: Sequence[str], found: Sequence[str], more: range, shown: Sequence[str], last: int) -> int:
    """How far from line ``last`` on the lines ``more`` are what the drawing has before its first word (after its last).

    Fences are not drawn: they come along with what they enclose, where they leave none open.
    """
    wordless = list(takewhile(lambda line: not _key(line), shown))
    fences = sum(bool(_FENCE.match(line)) for line in found)
    taken = False
    for number in more:
        line = lines[number]
        if not line.strip():
            continue
        if _FENCE.match(line):
            fences += 1
        elif wordless and not _key(line) and _bare(line) == _bare(wordless[-1]):
            wordless.pop()
            taken = True
        else:
            break
        if taken and fences % 2 == 0:
            last = number
    return last


def _bare(line: str) -> str:
    """``line`` without blanks, and without the marks that a drawing changes."""
    return "".join(character for character in line if character not in _MARKS and not character.isspace())


def _begins(lines: Sequence[str], start: int, stop: int, first: str) -> bool:
    """Whether the words of the line (or of the one under a fence) are those of the drawing's first line."""
    index = start
    while index < stop and (_FENCE.match(lines[index]) or not _key(lines[index])):
        index += 1
    if index >= stop:
        return False
    key = _key(lines[index])
    return key.startswith(first) or (bool(key) and first.startswith(key[:_PREFIX]))


def _end(lines: Sequence[str], start: int, stop: int, wanted: Counter[str], size: int) -> tuple[float, Place] | None:
    """The end, at a blank line, at which source and drawing are most alike, and how much they are."""
    left = Counter(wanted)
    shared = total = 0
    best, best_stop = 0.0, start
    for index in range(start, stop + 1):
        if index == stop or not lines[index].strip():
            likeness = 2 * shared / (total + size) if total else 0.0
            if likeness > best:
                best, best_stop = likeness, index
        if index == stop or total > 2 * size + 40:
            break
        for word in _words(lines[index]):
            total += 1
            if left[word] > 0:
                left[word] -= 1
                shared += 1
    if best < _LIKE and not (size < 8 and best > 0.5):
        return None
    return best, Place(start, best_stop, "\n".join(lines[start:best_stop]))


_CALL = regex.compile(r"(?:• )?Called (?<name>[^(]+?)(?:\((?<arguments>.*)\))?")


def result(lines: Sequence[str], call: McpToolCall, before: int | None = None) -> Place | None:
    """The last place above line ``before`` of the whole result of ``call``, of which the history shows a part.

    How long it is says the part that is shown: how many lines are left out was counted.
    """
    stop = len(lines) if before is None else min(before, len(lines))
    shown = call.result.split("\n")
    cut = next((number for number, line in enumerate(shown) if _LEFT_OUT.fullmatch(line)), len(shown))
    above, below = shown[:cut], shown[cut + 1 :]
    size = len(above) + call.elided + len(below)
    for start in range(stop - 1, -1, -1):
        head = _CALL.fullmatch(lines[start]) if "Called " in lines[start][:9] else None
        if (
            head is None
            or head["name"] != f"{call.server}.{call.tool}"
            or _arguments(head["arguments"]) != call.arguments
        ):
            continue
        rows = list(lines[start + 1 : start + 1 + size])
        if rows and rows[0].startswith("  └ "):
            rows = [row[4:] for row in rows]
        ends = [*rows[:cut], *rows[size - len(below) :]]
        if len(rows) == size and [_dense(row) for row in ends] == [_dense(line) for line in above + below]:
            return Place(start, start + 1 + size, "\n".join(rows))
        return None
    return None


_LEFT_OUT = regex.compile(r"\[\d+ lines not shown\]")


def _arguments(text: str | None) -> object:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _dense(text: str) -> str:
    return "".join(text.split())


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _key(line: str) -> str:
    return "".join(_WORD.findall(line))


_PLAIN = regex.compile(r"[\p{L}\p{N}\p{M}\s.,;:!?'\"()/%’“”–—-]*")
_MARKUP = regex.compile(r"^\s*(?:[-+*>#=]|\d+[.)])(?:\s|$)|^[ \t]|^-{2,}$", regex.MULTILINE)
_CODE = regex.compile(r"`[^`\n]+`")


def is_certain(source: str) -> bool:
    """Whether a restored source can hardly be anything else: words in paragraphs, with inline code at most."""
    text = _CODE.sub("x", source)
    return bool(_PLAIN.fullmatch(text)) and not _MARKUP.search(text) and "://" not in text
