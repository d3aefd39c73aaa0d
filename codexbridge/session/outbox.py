"""Messages on their way into the composer: paste, see it, press Enter, see the echo.

One message at a time, first in, first out. Nothing is written before the composer is there and empty; Enter is a
write of its own, after the text has been seen; a message counts as delivered when the history echoes it.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

from codexbridge.grammar.live import LiveView
from codexbridge.session.api import SendMessage

State = Literal["idle", "pasted", "entered", "clearing"]


class Pace(msgspec.Struct, frozen=True):
    """Seconds and counts of a delivery."""

    submit: float = 0.08
    """Least pause between the paste and Enter: a burst counts as one paste from about 0.29 on."""
    appear: float = 2.0
    """How long the composer may take to show the text."""
    echo: float = 5.0
    """How long the echo may take after Enter."""
    tries: int = 3


class Outbox:
    """The delivery machine. It says what to write; the session writes it."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.queue: deque[SendMessage] = deque()
        self.state: State = "idle"
        self._since = 0.0
        self._tries = 0
        self._entered_tries = 0

    @property
    def current(self) -> SendMessage | None:
        """The message that is being delivered."""
        return self.queue[0] if self.queue and self.state != "idle" else None

    def step(self, view: LiveView, may_send: bool, at: float) -> list[str]:
        """What to do now: any of ``paste``, ``enter``, ``clear``, ``reject:<reason>``."""
        if not self.queue:
            return []
        composer = view.composer
        if self.state == "idle":
            if may_send and composer is not None and view.dialog is None:
                if composer.text:
                    self._go("clearing", at)
                    return ["clear"]
                self._go("pasted", at)
                return ["paste"]
            return []
        waited = at - self._since
        if self.state == "pasted":
            shown = composer is not None and bool(composer.text)
            if shown and waited >= self.pace.submit:
                self._go("entered", at)
                return ["enter"]
            if waited >= self.pace.appear:
                return self._again(at, "the composer did not show the text")
            return []
        if self.state == "entered" and waited >= self.pace.echo:
            if composer is not None and composer.text and self._entered_tries < self.pace.tries:
                self._entered_tries += 1
                self._go("entered", at)
                return ["enter"]
            return self._again(at, "Codex did not echo the message")
        if self.state == "clearing" and waited >= self.pace.submit:
            self._go("idle", at)
        return []

    def _again(self, at: float, reason: str) -> list[str]:
        self._tries += 1
        if self._tries < self.pace.tries:
            self._go("clearing", at)
            return ["clear"]
        self.queue.popleft()
        self._reset()
        return ["clear", f"reject:{reason}"]

    def _go(self, state: State, at: float) -> None:
        self.state, self._since = state, at

    def _reset(self) -> None:
        self.state, self._tries, self._entered_tries = "idle", 0, 0

    def echoed(self) -> SendMessage | None:
        """A user message was committed: it is the current one if Enter was pressed. Gives that message."""
        if self.state != "entered":
            return None
        message = self.queue.popleft()
        self._reset()
        return message

    def deadline(self) -> float | None:
        """When :meth:`step` should be asked again without further output."""
        if self.state == "idle":
            return None
        waits = {"pasted": self.pace.submit, "entered": self.pace.echo, "clearing": self.pace.submit}
        return self._since + waits[self.state]

    def appear_deadline(self) -> float | None:
        """When a pasted text that is still unseen counts as lost."""
        return self._since + self.pace.appear if self.state == "pasted" else None
