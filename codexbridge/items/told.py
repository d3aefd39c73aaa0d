"""Whether a source that Codex tells apart from the screen is that of a message on it.

A drawing leaves things out (fences and their languages, targets of links, HTML, definitions) and keeps the order of the
rest. So every word drawn must stand in the source, in this order, and what the source has beyond them must be little.
A source of another message is worse than a message restored from its drawing: in doubt the two do not agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice, takewhile

import regex

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_NUMBER = regex.compile(r"^[\s>▌│]*\d+[.)](?=\s|$)", regex.MULTILINE)
"""Numbers of list items are drawn as they count, whatever the source says."""
_TARGET = regex.compile(r"\((?:https?://|mailto:)[^\s)]*\)")
"""A target in brackets is the drawing's own where the link's words are the target."""
_UNSEEN = regex.compile(
    r"^[ >]*(?:```|~~~)[^\n]*$|^ {0,3}\[[^\]\n]+\]:[^\n]*$|\]\([^\s)]*(?:\s[^)]*)?\)|</?[A-Za-z!][^>]*>|&#?\w+;",
    regex.MULTILINE,
)
"""What a source has and a drawing may leave out."""
_SHARE = 0.75
"""Least part of what a drawing can show of the source that it does show."""


_LONGEST = 8_000
"""Characters of drawings in which attempts are looked for,"""
_PLACES = 40
"""and places where the last one may begin."""


def agrees(source: str, drawn: str) -> bool:
    """Whether ``source`` can be what the message ``drawn`` was drawn from, whole: attempts that broke off apart, and lines
    that a restatement in its midst made Codex draw twice."""
    if _agrees(source, drawn):
        return True
    once = "\n".join(line for line, _ in groupby(line for line in drawn.split("\n") if line.strip()))
    return _agrees(source, once) or any(_agrees(source, last) for last in _last_attempts(drawn))


def _last_attempts(drawn: str) -> Iterator[str]:
    """What ``drawn`` may be without the beginnings of itself that stand before it: some releases draw what came of an
    answer whose stream broke off together with the answer to the next try."""
    if len(drawn) > _LONGEST:
        return
    likely = (n for n in range(1, len(drawn)) if drawn.startswith(drawn[n : n + min(n, 4)]))
    for place in islice(likely, _PLACES):
        if _begin(drawn[:place], drawn[place:]):
            yield drawn[place:]


def _begin(text: str, whole: str) -> bool:
    """Whether ``text`` is nothing but beginnings of ``whole``."""
    reach = place = 0
    while place <= reach < len(text):
        if whole[:1] == text[place]:
            same = (one == other for one, other in zip(whole, text[place:], strict=False))
            reach = max(reach, place + sum(1 for _ in takewhile(bool, same)))
        place += 1
    return reach >= len(text)


def _agrees(source: str, drawn: str) -> bool:
    words = _WORD.findall(_NUMBER.sub(" ", _TARGET.sub(" ", drawn)))
    dense = "".join(_WORD.findall(source))
    place = 0
    for word in words:
        found = dense.find(word, place)
        if found < 0:
            return False
        place = found + len(word)
    shown = sum(map(len, words))
    visible = sum(map(len, _WORD.findall(_NUMBER.sub(" ", _UNSEEN.sub(" ", source)))))
    return shown >= _SHARE * visible if visible else bool(dense) == bool(shown) or not shown
