"""What Codex tells its ``notify`` program at the end of a turn: that it is over, and the source of its last message.

A notice comes about when the last message is drawn, a little before or after. It is believed as far as the screen bears
it out: the source is taken for a message that has its words, and the turn is over when that message stands in the
history. Notices of side requests (a title for the conversation) and of earlier turns agree with no message, and so mean
nothing.
"""

from __future__ import annotations

from collections import Counter, deque

import msgspec

from codexbridge.items.model import AgentMessage
from codexbridge.items.told import agrees

_KEPT = 4
"""Notices of one turn that are looked at: its own, and some of side requests."""
_TRIES = 2
"""Turns in a row that ended without their notice, after which none is waited for: a long conversation may not fit
into an argument, with which some releases tell all of it."""


class Notice(msgspec.Struct, frozen=True, rename="kebab"):
    """What is read of one. Further fields (``cwd``, ``client``, ``input-messages``) are of no use here."""

    type: str
    thread_id: str = ""
    last_assistant_message: str | None = None


LISTENING = "codexbridge-listening"
"""Type of the first notice, which the bridge gives itself: from now on Codex has somebody to tell. Recordings of runs
without that do not have it, and wait for nothing."""


class LastWord:
    """``patience``: seconds that the end of a turn waits for its notice, once it may be expected. ``misdrawn``: the
    release loses and doubles lines of the messages that it draws."""

    def __init__(self, patience: float, drift: Counter[str], misdrawn: bool = False) -> None:
        self.patience = patience
        self._misdrawn = misdrawn
        self._drift = drift
        self._notices: deque[Notice] = deque(maxlen=_KEPT)
        self._thread = ""
        """That of the last notice that was borne out."""
        self._taken = False
        self._missed = _TRIES
        """Nothing is waited for before anybody listens."""
        self._until: float | None = None

    def notified(self, payload: str, running: bool) -> None:
        """Take a notice. One that cannot be read, or that comes when no turn runs, is drift."""
        try:
            notice = msgspec.json.decode(payload, type=Notice)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._drift["notice not understood"] += 1
            return
        if notice.type == LISTENING:
            self._missed = 0
        if notice.type != "agent-turn-complete":
            return
        if not running:
            if self._ours(notice):
                self._drift["notice too late"] += 1
                self._missed = 0
            return
        self._notices.append(notice)

    def turn(self) -> None:
        """A turn begins."""
        self._notices.clear()
        self._taken, self._until = False, None

    def turn_over(self, completed: bool) -> None:
        """The turn ended; one that was stopped or failed is told of by nobody."""
        own = [notice for notice in self._notices if self._ours(notice)]
        if self._taken or own:
            self._missed = 0
        elif completed:
            self._missed += 1
        if not self._taken and any(notice.last_assistant_message for notice in own):
            self._drift["notice of another message"] += 1

    @property
    def pending(self) -> bool:
        """A notice has come in this turn, and no message was found for it yet."""
        return bool(self._notices) and not self._taken

    def of(self, drawn: str) -> str | None:
        """The source of the message ``drawn``, if a notice of this turn tells it."""
        for notice in reversed(self._notices):
            source = notice.last_assistant_message
            if source and agrees(source, drawn, self._misdrawn):
                self._thread = notice.thread_id
                return source
        return None

    def give(self, item: AgentMessage) -> bool:
        """Give a message its source, if it was told."""
        source = self.of(item.plain) if self._notices else None
        if source is None:
            return False
        self._taken = True
        item.text, item.source = source, "notice"
        return True

    def awaited(self, drawn: str, at: float) -> bool:
        """Whether the end of the turn, which seems to have come with the message ``drawn``, is to wait for its notice.

        Ask only then. A notice of another message does not count: it may be a late one of the turn before.
        """
        if self._missed >= _TRIES or self._taken or self.of(drawn) is not None:
            return False
        if self._until is None:
            self._until = at + self.patience
        return at < self._until

    def deadlines(self) -> list[float]:
        """When :meth:`awaited` should be asked again without further output."""
        return [] if self._until is None else [self._until]

    def _ours(self, notice: Notice) -> bool:
        return not self._thread or notice.thread_id == self._thread
