"""A recording served on the two ports, as a bridge would serve a live Codex: for those who write a UI."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from codexbridge.lab.cast import Cast
from codexbridge.lab.replay import Step, steps
from codexbridge.platform.events import SessionCompleted, SessionStarted, UserMessage
from codexbridge.platform.project import Projector
from codexbridge.platform.wake import Correlator, classify, thinking
from codexbridge.runtime.http import Server, bind
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.inject_app import ShutdownRequest, inject_app
from codexbridge.runtime.stream_app import stream_app
from codexbridge.session.api import TurnStarted
from codexbridge.session.core import Session


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve. ``speed`` 0 is as fast as possible; ``idle`` caps a silence, in seconds."""

    host: str = "127.0.0.1"
    stream_port: int = 3100
    inject_port: int = 8788
    speed: float = 1.0
    idle: float = 2.0
    on_inject: bool = False
    """Each turn waits for a message on the input port."""


class Stage:
    """Plays one recording to whoever is connected; what comes in on the input port drives it at most."""

    def __init__(self, cast: Cast, version: str, options: Options, look: str | None = None) -> None:
        self.cast = cast
        self.options = options
        self.hub = Hub()
        self.session_id = f"replay-{secrets.token_hex(4)}"
        self._core = Session(version, columns=cast.header.columns, rows=cast.header.rows, look=look)
        # A recording of somebody else's says nothing of turns: the core has to.
        self._marked = any(event.code == "m" and _is_turn(event.data) for event in cast.events)
        self._projector = Projector()
        self._correlator = Correlator()
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._over = asyncio.Event()
        self._injected = 0
        self.ports: tuple[int, int] = (0, 0)
        """Where it listens, once it does."""

    # ---- the input port ----------------------------------------------------------------------------------

    def inject(self, body: dict[str, Any]) -> None:
        """A message: the next turn of the recording may begin; its text is shown, not obeyed."""
        self._injected += 1
        wake = classify(body, f"replay-{self._injected}")
        started = "2025-01-01T00:00:00.000Z"
        self.hub.publish(thinking(wake, self.session_id, started))
        self.hub.publish(UserMessage(text=str(body["text"])))
        self._correlator.arm(wake.event_id)
        self._waiting.put_nowait(body)

    def keepalive(self) -> None:
        """Nothing idles here."""

    def shutdown(self, request: ShutdownRequest) -> None:
        """Stop playing."""
        self.hub.publish(SessionCompleted(result=request.summary))
        self._over.set()

    # ---- playing -----------------------------------------------------------------------------------------

    async def serve(self, listening: Callable[[], None] = lambda: None) -> None:
        """Serve until ``/shutdown`` or cancellation; the recording is played once, its events stay to be read.

        ``listening`` is called when the ports are open.
        """
        listeners = [
            bind(self.options.host, self.options.stream_port, "stream-port"),
            bind(self.options.host, self.options.inject_port, "inject-port"),
        ]
        self.ports = (listeners[0].getsockname()[1], listeners[1].getsockname()[1])
        servers = [Server(stream_app(self.hub)), Server(inject_app(self))]
        serving = [
            asyncio.create_task(server.serve(sockets=[listener]))
            for server, listener in zip(servers, listeners, strict=True)
        ]
        listening()
        playing = asyncio.create_task(self._play())
        try:
            await self._over.wait()
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
            self.hub.end()
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*serving, return_exceptions=True)
            for listener in listeners:
                listener.close()

    async def _play(self) -> None:
        self.hub.publish(SessionStarted(agent_id="replay", session_id=self.session_id))
        last = 0.0
        for step in steps(self._core, self.cast.events):
            if self.options.speed:
                await asyncio.sleep(min(step.at - last, self.options.idle) / self.options.speed)
            elif step.events:
                await asyncio.sleep(0)
            last = step.at
            if self.options.on_inject and self._begins_turn(step):
                await self._waiting.get()
            for event in step.events:
                for payload in self._projector.project(event):
                    self.hub.publish(self._correlator.stamp(payload))

    def _begins_turn(self, step: Step) -> bool:
        if self._marked:
            return step.marker is not None and _is_turn(step.marker)
        return any(isinstance(event, TurnStarted) for event in step.events)


def _is_turn(marker: str) -> bool:
    return marker.startswith("turn ") and not marker.endswith("done")
