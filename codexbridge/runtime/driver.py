"""The loop around the core: bytes and commands in, platform events and bytes out.

It gives the core what it has no right to: the time. Every input is followed at once by everything that it caused;
between two chunks of a flood the event loop serves whoever waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb
from typing import Protocol

from codexbridge.platform.events import Payload
from codexbridge.platform.project import Projector
from codexbridge.session.api import AnyCommand, AnyEvent

log = logging.getLogger(__name__)

_HOLD = 1.0
"""Seconds that an error waits for the end of its turn."""


class Core(Protocol):
    """The shape of :class:`codexbridge.session.core.Session`."""

    def receive(self, data: bytes, at: float) -> None: ...

    def receive_eof(self, at: float, status: int | None) -> None: ...

    def notified(self, payload: str, at: float) -> None: ...

    def command(self, command: AnyCommand, at: float) -> None: ...

    def tick(self, at: float) -> None: ...

    def events(self) -> list[AnyEvent]: ...

    def data_to_send(self) -> bytes: ...

    def deadline(self) -> float | None: ...


class Driver:
    """Runs a core on the current event loop.

    ``write`` takes bytes for Codex, ``publish`` platform events; ``observe`` sees every event of the core after
    what it amounts to has been published. None of them may wait.
    """

    def __init__(
        self,
        core: Core,
        projector: Projector,
        *,
        write: Callable[[bytes], None],
        publish: Callable[[Payload], None],
        observe: Callable[[AnyEvent], None],
    ) -> None:
        self._core = core
        self._projector = projector
        self._write = write
        self._publish = publish
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._hold: asyncio.TimerHandle | None = None
        self._closed = False
        self.faults = 0
        """Exceptions of the core: each is a mistake of ours, and none stops the stream."""

    def start(self) -> None:
        """Give out what the core says before it has seen anything."""
        self._pump()

    def receive(self, data: bytes) -> None:
        """Codex wrote ``data``."""
        self._guarded(lambda: self._core.receive(data, self._loop.time()))

    def notified(self, payload: str) -> None:
        """Codex told its ``notify`` program ``payload``."""
        self._guarded(lambda: self._core.notified(payload, self._loop.time()))

    def eof(self, status: int | None) -> None:
        """Codex ended. Nothing happens after this."""
        if self._closed:
            return
        self._guarded(lambda: self._core.receive_eof(self._loop.time(), status))
        self._flush()
        self.close()

    def command(self, command: AnyCommand) -> None:
        """Tell the core something. Raises ValueError for a command that makes no sense."""
        if self._closed:
            return
        try:
            self._core.command(command, self._loop.time())
        finally:
            self._pump()

    def close(self) -> None:
        """Stop all timers."""
        self._closed = True
        for timer in (self._timer, self._hold):
            if timer is not None:
                timer.cancel()

    def _tick(self) -> None:
        self._timer = None
        self._guarded(lambda: self._core.tick(self._loop.time()))

    def _guarded(self, step: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            step()
        except Exception as error:
            self.faults += 1
            # Its words may quote what Codex drew: those are for debugging only. Where it happened is not.
            where = ", ".join(
                f"{Path(step.filename).name}:{step.lineno}" for step in extract_tb(error.__traceback__)[-4:]
            )
            log.error("the core failed; going on: %s at %s", type(error).__name__, where)
            log.debug("the core's failure", exc_info=True)
        self._pump()

    def _pump(self) -> None:
        """Give out what the core has to say, and ask it when it wants to be called."""
        self._write(self._core.data_to_send())
        for event in self._core.events():
            for payload in self._projector.project(event):
                self._publish(payload)
            self._observe(event)
        # Observers may have told the core something.
        self._write(self._core.data_to_send())
        if self._closed:
            return
        if self._hold is None and self._projector.holding:
            self._hold = self._loop.call_later(_HOLD, self._flush)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._core.deadline()
        if deadline is not None:
            # Never at once: a core that wants a tick without end must not take the loop from everyone else.
            self._timer = self._loop.call_at(max(deadline, self._loop.time() + 0.001), self._tick)

    def _flush(self) -> None:
        self._hold = None
        for payload in self._projector.flush():
            self._publish(payload)
