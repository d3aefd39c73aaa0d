"""Reading back by scrolling what a pane moved past: which keys to press, and when.

More may come at once than a pane shows. Then the pane takes the focus and is paged up, with a few lines down after
each page so that two windows overlap, until the collector has met known ground; then it is paged down again and the
composer gets its focus back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

_PAUSE = 0.12
"""Seconds of rest before the next page: the window must have been drawn."""
_MOST = 60


class ReadBack:
    """``keys`` is the trait ``scroll`` of a release: ``focus``, ``up``, ``overlap``, ``down``, ``leave``."""

    def __init__(self, keys: Mapping[str, Any] | None) -> None:
        self._keys = {name: tuple(value) for name, value in (keys or {}).items()}
        self._state: Literal["idle", "reading", "returning"] = "idle"
        self._pages = 0
        self._since = 0.0
        self.failed = False
        """Known ground was not met: what could be read stands alone."""

    @property
    def active(self) -> bool:
        """Whether the pane is being scrolled; nothing else may be typed meanwhile."""
        return self._state != "idle"

    def lost(self, at: float) -> None:
        """The collector reports that lines are missing."""
        self._state, self._pages, self._since, self.failed = "reading", 0, at, False

    def found(self, at: float) -> None:
        """The collector has met known ground."""
        if self._state == "reading":
            self._state, self._since = "returning", at

    def touched(self, at: float) -> None:
        """Something was drawn."""
        if self.active:
            self._since = at

    def step(self, at: float) -> tuple[str, ...]:
        """The keys to press now."""
        if not self.active or at < self._since + _PAUSE:
            return ()
        self._since = at
        if self._state == "returning":
            pages, self._state = self._pages, "idle"
            return (*self._get("down") * (pages + 1), *self._get("leave")) if pages else ()
        if not self._keys or self._pages >= _MOST:
            self.failed, self._state = True, "returning"
            return ()
        self._pages += 1
        start = self._get("focus") if self._pages == 1 else ()
        return (*start, *self._get("up"), *self._get("overlap"))

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again."""
        return [self._since + _PAUSE] if self.active else []

    def _get(self, name: str) -> tuple[str, ...]:
        return self._keys.get(name, ())
