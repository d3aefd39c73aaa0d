"""An object of the core's shape that says what a test tells it to: for what surrounds the core, not for Codex."""

from __future__ import annotations

from codexbridge.session import api


class ScriptedCore:
    """``say`` queues events; commands and times are written down."""

    def __init__(self) -> None:
        self.commands: list[api.AnyCommand] = []
        self.ticks: list[float] = []
        self.due: float | None = None
        self.out = b""
        self.closing = False
        self.refuse: ValueError | None = None
        self._events: list[api.AnyEvent] = []

    def say(self, *events: api.AnyEvent) -> None:
        self._events.extend(events)

    def receive(self, data: bytes, at: float) -> None:
        if data == b"raise":
            raise RuntimeError("a mistake of ours")
        self.out += data.upper()

    def receive_eof(self, at: float, status: int | None) -> None:
        self.say(api.Exited(at=at, status=status, expected=self.closing, screen=("bye",)))

    def command(self, command: api.AnyCommand, at: float) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.closing = self.closing or isinstance(command, api.Close)
        self.commands.append(command)

    def tick(self, at: float) -> None:
        self.ticks.append(at)
        self.due = None

    def events(self) -> list[api.AnyEvent]:
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        out, self.out = self.out, b""
        return out

    def deadline(self) -> float | None:
        return self.due
