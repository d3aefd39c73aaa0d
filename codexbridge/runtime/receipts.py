"""What became of each message: the receipts that a sender gets, and the memory that keeps it from coming twice.

A message is known by its ``event_id``. Its receipts are frames in the order of its life: ``accepted``, then
``delivered``, ``turn.started`` and ``turn.completed``, or ``rejected`` with a reason.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from codexbridge.session import api

Frame = dict[str, Any]
Watcher = Callable[[Frame], None]

WAITING = 64
"""Messages that may wait."""

REPEATS = 600.0
"""Seconds in which a message with a known event id is a redelivery."""

_LAST = ("turn.completed", "rejected", "answered")


def is_last(frame: Frame) -> bool:
    """Whether no receipt comes after this one."""
    return frame["type"] in _LAST


class Busy(Exception):
    """Too many messages wait. ``retry_after`` is in seconds."""

    def __init__(self, waiting: int, retry_after: int = 5) -> None:
        super().__init__(f"{waiting} messages wait already: try again in {retry_after} s")
        self.retry_after = retry_after


class _Life:
    """One message."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.frames: list[Frame] = []
        self.watchers: list[Watcher] = []


class Receipts:
    """Remembers messages for :data:`REPEATS` seconds after their last sign of life."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lives: OrderedDict[str, _Life] = OrderedDict()
        self._turns: dict[int, list[str]] = {}
        """The messages of a turn: the one that began it, and those that were steered into it."""
        self._running: int | None = None

    def accept(self, event_id: str) -> bool:
        """Take a message; False when it is one that came before."""
        self._forget()
        if event_id in self._lives:
            self._lives[event_id].at = self._clock()
            self._lives.move_to_end(event_id)
            return False
        self._lives[event_id] = _Life(self._clock())
        self._add(event_id, {"type": "accepted"})
        return True

    def knows(self, event_id: str) -> bool:
        """Whether a message of that id came before."""
        self._forget()
        return event_id in self._lives

    def answered(self, event_id: str) -> None:
        """The message was an answer to a dialog, and given."""
        self._add(event_id, {"type": "answered"})

    def watch(self, event_id: str, watcher: Watcher) -> None:
        """Give ``watcher`` every receipt of a message, the past ones at once. Unknown ids have none."""
        life = self._lives.get(event_id)
        if life is None:
            return
        for frame in life.frames:
            watcher(frame)
        if not life.frames or not is_last(life.frames[-1]):
            life.watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """The sender has gone."""
        for life in self._lives.values():
            if watcher in life.watchers:
                life.watchers.remove(watcher)

    def reject(self, event_id: str, reason: str) -> None:
        """A message that never reaches the core."""
        self._add(event_id, {"type": "rejected", "reason": reason})

    def close(self, reason: str) -> None:
        """Reject what has not been delivered: it never will be."""
        for event_id, life in list(self._lives.items()):
            if life.frames[-1]["type"] == "accepted":
                self.reject(event_id, reason)

    def observe(self, event: api.AnyEvent) -> None:
        """Take from the core what concerns messages."""
        if isinstance(event, api.Delivery):
            if event.state == "delivered":
                self._add(event.message_id, {"type": "delivered", "altered": event.altered})
                if self._running is not None:
                    members = self._turns.setdefault(self._running, [])
                    if event.message_id not in members:
                        members.append(event.message_id)
                    self._add(event.message_id, {"type": "turn.started", "turn": self._running})
            elif event.state == "rejected":
                self._add(event.message_id, {"type": "rejected", "reason": event.reason})
        elif isinstance(event, api.TurnStarted):
            self._running = event.turn
            if event.message_id:
                # Told when the echo is whole, which is a moment later.
                self._turns.setdefault(event.turn, []).append(event.message_id)
        elif isinstance(event, api.TurnCompleted):
            self._running = None if self._running == event.turn else self._running
            frame = {"type": "turn.completed", "turn": event.turn, "status": event.status, "error": event.error}
            for message in self._turns.pop(event.turn, []):
                self._add(message, frame)

    def _add(self, event_id: str, frame: Frame) -> None:
        life = self._lives.get(event_id)
        if life is None:
            return
        if frame["type"] == "accepted" and life.frames:
            return
        frame = {**frame, "event_id": event_id}
        life.at = self._clock()
        life.frames.append(frame)
        for watcher in list(life.watchers):
            watcher(frame)
        if is_last(frame):
            life.watchers.clear()

    def _forget(self) -> None:
        limit = self._clock() - REPEATS
        while self._lives and (life := next(iter(self._lives.values()))).at < limit:
            if life.watchers:
                return
            self._lives.popitem(last=False)
