"""The heading of a reasoning, which many releases show in the status row only.

Codex takes the first bold line of a reasoning for its status row and leaves it out of the history. What the status
row said is put back in front of the next reasoning that the history gets.
"""

from __future__ import annotations

import regex

from codexbridge.items.model import AnyItem, Reasoning
from codexbridge.items.text import letters


class Headings:
    """Remembers what the status row said. ``own`` matches what Codex itself writes there (``Working``)."""

    def __init__(self, own: regex.Pattern[str] | None) -> None:
        self._own = own
        self._seen: list[str] = []
        self._last = ""
        """What the row showed last, while it was there."""

    def status(self, text: str) -> None:
        """The status row began to show ``text``.

        What it goes on showing says nothing: it is hidden while a message streams, comes back as it was, and may be
        older than the reasoning.
        """
        if not text or text == self._last:
            return
        self._last = text
        if self._own is not None and not self._own.fullmatch(text) and text not in self._seen:
            self._seen.append(text)

    @property
    def known(self) -> bool:
        """Whether the status row has said anything since the last reasoning."""
        return bool(self._seen)

    def turn(self) -> None:
        """A turn begins: what was said before belongs to none of its reasonings."""
        self._seen.clear()

    def lost(self, item: AnyItem) -> str:
        """The heading that ``item`` lost, empty where it is no reasoning or lost none; it is given once."""
        if not isinstance(item, Reasoning):
            return ""
        lines = {letters(line) for line in item.text.split("\n")}
        # The headings of further parts stand in the text; only the first of all was taken out of it.
        seen = [heading for heading in self._seen if letters(heading) not in lines]
        # What the row said after that is about the next reasoning, which has begun before this one was seen to end.
        self._seen = seen[1:]
        return seen[0] if seen else ""


def headed(item: AnyItem, heading: str) -> None:
    """Put its heading back in front of a reasoning."""
    if heading and isinstance(item, Reasoning):
        item.text = f"**{heading}**\n\n{item.text}"
