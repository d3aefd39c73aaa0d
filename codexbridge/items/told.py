"""Whether a source that Codex tells apart from the screen is that of a message on it.

A drawing leaves things out (fences and their languages, targets of links, HTML, definitions) and keeps the order of the
rest. So every word drawn must stand in the source, in this order, and what the source has beyond them must be little.
A source of another message is worse than a message restored from its drawing: in doubt the two do not agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

import regex

from codexbridge.items.restated import undoubled

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
_SEQUENCE = regex.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""Control sequences in a text move the cursor and colour it, and are not seen."""
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_LONGEST = 4000
"""Letters of a message that are looked at for attempts that broke off."""
_ALIKE = 12
"""Letters that must be alike where an attempt begins."""
_TRIES = 8
"""Places of a message that are looked at closely."""
_SHARE = 0.75
"""Least part of what a drawing can show of the source that it does show."""


_LIKE = 0.7
"""Least part of what is drawn that must come in the order of the source, where lines may be drawn twice or lost."""
_KNOWN = 0.9
"""Least part of the words drawn that the source must have then: a line that is cut may end within a word."""
_MOST_WORDS = 5000


def agrees(source: str, drawn: str, misdrawn: bool = False) -> bool:
    """Whether ``source`` can be what the message ``drawn`` was drawn from, whole.

    ``misdrawn``: the release loses and doubles lines of what it draws.
    """
    source = _SEQUENCE.sub("", source)
    if _agrees(source, drawn):
        return True
    if _agrees(source, undoubled(drawn)) or any(_agrees(source, drawn[start:]) for start in _repeats(drawn)):
        return True
    return misdrawn and _resembles(source, drawn)


def _repeats(drawn: str) -> Iterator[int]:
    """Where ``drawn`` may begin again: what stands before is nothing but beginnings of what follows.

    Releases draw the text of an attempt whose stream broke off, and that of the next one right behind it.
    """
    places = [found.start() for found in _LETTER.finditer(drawn)][:_LONGEST]
    dense = "".join(drawn[place] for place in places)
    tried = 0
    for size in range(1, len(dense)):
        if dense.startswith(dense[size : size + min(size, _ALIKE)]) and tried < _TRIES:
            tried += 1
            if _beginnings(dense[:size], dense[size:]):
                yield places[size]


def _beginnings(text: str, whole: str) -> bool:
    """Whether ``text`` is nothing but beginnings of ``whole``, none of them all of it: that would be said twice."""
    reached = 0
    """Up to here, any place can be the end of a beginning."""
    place = 0
    while place <= reached < len(text):
        if text[place] == whole[0]:
            pairs = enumerate(zip(text[place:], whole, strict=False))
            alike = next((n for n, (one, other) in pairs if one != other), min(len(text) - place, len(whole)))
            reached = max(reached, place + min(alike, len(whole) - 1))
        place += 1
    return reached >= len(text)


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


def _resembles(source: str, drawn: str) -> bool:
    given, seen = _WORD.findall(source), _WORD.findall(drawn)
    if not given or not seen or len(given) + len(seen) > _MOST_WORDS:
        return False
    have = set(given)
    blocks = SequenceMatcher(None, given, seen, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    known = sum(word in have for word in seen)
    return known >= _KNOWN * len(seen) and same >= _LIKE * max(len(seen), len(given))
