"""The heading of a reasoning, which many releases show in the status row only.

Codex takes the first bold line of a reasoning for its status row and leaves it out of the history. What the status
row said is put back in front of the next reasoning that the history gets.
"""

from __future__ import annotations

import regex

from codexbridge.items.model import AnyItem, Reasoning


class Headings:
    """Remembers what the status row said. ``own`` matches what Codex itself writes there (``Working``)."""

    def __init__(self, own: regex.Pattern[str] | None) -> None:
        self._own = own
        self._seen: list[str] = []
        self._shown = ""
        """The heading that the status row shows now."""
        self._kept = ""
        """The one that it showed when the history got the reasoning, which is whole only later."""
        self._fresh = False

    def opened(self) -> None:
        """The history got the beginning of a reasoning."""
        self._kept, self._fresh = "", True

    def status(self, text: str, changed: bool) -> None:
        """The status row shows ``text``."""
        if self._own is None or not text:
            return
        self._shown = "" if self._own.fullmatch(text) else text
        if self._fresh:
            self._kept, self._fresh = self._shown, False
        if changed and self._shown and text not in self._seen:
            self._seen.append(text)

    @property
    def known(self) -> bool:
        """Whether the status row has said anything since the last reasoning."""
        return bool(self._seen)

    def turn(self) -> None:
        """A turn begins: what was said before belongs to none of its reasonings."""
        self._seen.clear()
        self._shown = self._kept = ""

    def lost(self, item: AnyItem) -> str:
        """The heading that ``item`` lost, empty where it is no reasoning or lost none; it is given once."""
        if not isinstance(item, Reasoning):
            return ""
        # A reasoning that the history shows always lost a heading (one that has none is not shown): if the status row
        # said nothing new, it is what the row still says.
        seen, self._seen = self._seen or [self._shown or self._kept], []
        self._kept = ""
        lines = [line.strip().strip("*") for line in item.text.split("\n")]
        # The headings of further parts stand in the text; only the first of all was taken out of it.
        return next((heading for heading in seen if heading and heading not in lines), "")


def headed(item: AnyItem, heading: str) -> None:
    """Put its heading back in front of a reasoning."""
    if heading and isinstance(item, Reasoning):
        item.text = f"**{heading}**\n\n{item.text}"
