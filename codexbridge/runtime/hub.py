"""The event buffer and its readers.

:class:`Hub` numbers events, keeps the last thousand, and gives each reader first the kept ones, oldest
first, then the live ones. Publishing never waits: a reader that falls too far behind is dropped, and told so
in its last event. Everything here runs on one event loop; there is no lock.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable

import msgspec

from codexbridge.platform import wire
from codexbridge.platform.diagnostics import BridgeDropped, BridgeLost, Diagnostic
from codexbridge.platform.events import Payload

SIZE = 1000
"""Events that are kept. Diagnostics are counted apart, so that they push out nothing that the platform
reads.
"""

_CHUNK = 64 * 1024


class Entry(msgspec.Struct, frozen=True):
    """One published event, framed for a stream."""

    number: int
    data: bytes
    diagnostic: bool


class Reader:
    """One client of the stream. Iterate :meth:`chunks`; :meth:`close` when the client is gone."""

    def __init__(self, hub: Hub, kept: list[Entry], diagnostics: bool) -> None:
        self.diagnostics = diagnostics
        self.dropped = False
        self._hub = hub
        self._queue: deque[bytes] = deque(entry.data for entry in kept)
        self._live_bytes = 0
        self._replay = len(kept)
        self._wake = asyncio.Event()
        self._ended = False
        if self._queue:
            self._wake.set()

    def push(self, entry: Entry) -> bool:
        """Queue a live event; False when the reader has fallen too far behind and is to be dropped."""
        if entry.diagnostic and not self.diagnostics:
            return True
        waiting = len(self._queue) - self._replay
        if waiting >= self._hub.max_events or self._live_bytes + len(entry.data) > self._hub.max_bytes:
            return False
        self._queue.append(entry.data)
        self._live_bytes += len(entry.data)
        self._wake.set()
        return True

    def drop(self) -> None:
        """Forget what is queued and end the stream with the reason."""
        last = BridgeDropped(reason="the reader did not keep up", missed=len(self._queue))
        self._queue.clear()
        self._replay = 0
        self._queue.append(wire.frame(wire.encode(last)))
        self.dropped = True
        self.end()

    def end(self) -> None:
        """Let the stream end once the queue is empty."""
        self._ended = True
        self._wake.set()

    def close(self) -> None:
        """The client is gone."""
        self._hub.remove(self)

    def take(self) -> bytes:
        """What is queued, at once: whole events."""
        data = b"".join(self._queue)
        self._queue.clear()
        self._live_bytes = self._replay = 0
        return data

    async def chunks(self, keep_alive: float) -> AsyncIterator[bytes]:
        """Bytes to send: whole events, and a comment after ``keep_alive`` seconds without one."""
        while True:
            if not self._queue:
                if self._ended:
                    return
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), keep_alive)
                except TimeoutError:
                    yield wire.KEEP_ALIVE
                continue
            parts: list[bytes] = []
            size = 0
            while self._queue and size < _CHUNK:
                data = self._queue.popleft()
                if self._replay:
                    self._replay -= 1
                else:
                    self._live_bytes -= len(data)
                parts.append(data)
                size += len(data)
            yield b"".join(parts)


class Hub:
    """Takes events, gives them to readers."""

    def __init__(
        self,
        clean: Callable[[str], str] | None = None,
        size: int = SIZE,
        max_events: int = 2 * SIZE,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        """``clean`` is applied to every string that leaves. A reader may be ``max_events`` and ``max_bytes``
        behind.
        """
        self.max_events = max_events
        self.max_bytes = max_bytes
        self.published = 0
        self.dropped = 0
        self.clean = clean
        self._events: deque[Entry] = deque(maxlen=size)
        self._diagnostics: deque[Entry] = deque(maxlen=size)
        self._readers: list[Reader] = []
        self._evicted = {False: 0, True: 0}
        # Numbers start again with the process; the prefix keeps a reader from resuming in another one's
        # numbers.
        self._run = secrets.token_hex(3)
        self._ended = False

    @property
    def readers(self) -> int:
        """How many clients are connected."""
        return len(self._readers)

    @property
    def newest(self) -> str:
        """The id of the last event, as :meth:`attach` takes it."""
        return f"{self._run}-{self.published}"

    def publish(self, event: Payload) -> None:
        """Keep ``event`` and hand it to every reader. Never raises for what the event holds."""
        self.published += 1
        diagnostic = isinstance(event, Diagnostic)
        line = wire.encode(event, self.clean)
        entry = Entry(self.published, wire.frame(line, f"{self._run}-{self.published}"), diagnostic)
        kept = self._diagnostics if diagnostic else self._events
        if len(kept) == kept.maxlen:
            self._evicted[diagnostic] = kept[0].number
        kept.append(entry)
        for reader in list(self._readers):
            if not reader.push(entry):
                self.dropped += 1
                self.remove(reader)
                reader.drop()

    def attach(self, diagnostics: bool = False, last_event_id: str = "") -> Reader:
        """A new reader: everything kept, or with ``last_event_id`` only what came after it, then live
        events.
        """
        after = self._number(last_event_id)
        kept = [entry for entry in self._events if entry.number > after]
        if diagnostics:
            kept = sorted(
                kept + [entry for entry in self._diagnostics if entry.number > after],
                key=lambda entry: entry.number,
            )
            if after and max(self._evicted.values()) > after:
                lost = wire.frame(wire.encode(BridgeLost(after=last_event_id)))
                kept.insert(0, Entry(0, lost, True))
        reader = Reader(self, kept, diagnostics)
        if self._ended:
            reader.end()
        else:
            self._readers.append(reader)
        return reader

    def remove(self, reader: Reader) -> None:
        """Forget ``reader``; nothing happens when it is gone already."""
        if reader in self._readers:
            self._readers.remove(reader)

    def end(self) -> None:
        """The session is over: every stream ends when its reader has got everything."""
        self._ended = True
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def _number(self, event_id: str) -> int:
        run, _, number = event_id.strip().partition("-")
        if run != self._run or not number.isascii() or not number.isdigit():
            return 0
        return min(int(number[:18]), self.published)
