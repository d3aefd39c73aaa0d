"""Boot and shutdown: in the order that the platform expects, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.types import ASGIApp

from codexbridge.grammar.releases import Release, table
from codexbridge.lab.repair import Witnessed
from codexbridge.platform.events import AgentError, RuntimeModels, SessionFailed
from codexbridge.platform.failures import FailureGuard
from codexbridge.platform.project import Projector
from codexbridge.platform.redact import Redactor, secrets_of
from codexbridge.runtime import catalog, home, launch, logs, processes, servers, version
from codexbridge.runtime.access import Guarded, Policy
from codexbridge.runtime.bridge import Bridge, Outcome, publisher
from codexbridge.runtime.child import Child
from codexbridge.runtime.driver import Core, Driver
from codexbridge.runtime.errors import PortTaken, StartError
from codexbridge.runtime.http import Server, bind
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.inject_app import inject_app
from codexbridge.runtime.settings import Settings, check, sidecar_addresses
from codexbridge.runtime.sidecar import BOOT, Sidecar
from codexbridge.runtime.stream_app import stream_app
from codexbridge.runtime.witness import Witness
from codexbridge.runtime.ws_inject import ws_routes
from codexbridge.session.api import Close, Wedged
from codexbridge.session.core import Session
from codexbridge.session.dialogs import Desk

log = logging.getLogger(__name__)

_REAP = 20.0
"""Seconds between two rounds for orphans that have ended."""


_MODELS = 500
"""Models that the platform takes."""


class Prepared:
    """Everything that can fail for a reason that a person can mend, done before anything is started."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        """Raises :class:`StartError`."""
        check(settings)
        self.settings = settings
        self.environment = environment
        self.program: Path = version.find(settings.codex, environment)
        self.version = version.installed(self.program, environment)
        self.row: Release = table().find(self.version)[0]
        # A dead file of MCP servers is found here, not after the session was announced.
        servers.suited(servers.asked(settings), self.row, settings.workspace, environment)
        try:
            self.core = self.session()
        except (OSError, ValueError, KeyError) as error:
            raise StartError(f"Codex {self.version} cannot be read: its look {self.row.look!r} is missing") from error
        self.stream_socket = bind(settings.host, settings.stream_port, "stream-port")
        try:
            self.inject_socket = bind(settings.host, settings.inject_port, "inject-port", listen=False)
        except StartError:
            self.stream_socket.close()
            raise

    def session(self, resumed: bool = False) -> Session:
        """A core for this release."""
        desk = Desk(policy=self.settings.approvals, timeout=self.settings.approval_timeout)
        return Session(self.version, desk=desk, resumed=resumed)

    @property
    def ports(self) -> tuple[int, int]:
        """The event port and the input port, as they are."""
        return self.stream_socket.getsockname()[1], self.inject_socket.getsockname()[1]


def serve(settings: Settings, environment: Mapping[str, str], log_level: str = "info") -> int:
    """Run the bridge until the session is over; the exit status: 0 when it ended well, 1 when it did not.

    Raises :class:`StartError` when it cannot start; then nothing was started, and :func:`report` tells the platform.
    """
    redactor = Redactor([*secrets_of(environment.items()), *home.secrets(settings)])
    logs.set_up(log_level, settings.session_id, redactor)
    prepared = Prepared(settings, environment)
    return asyncio.run(_run(prepared, redactor))


def report(error: StartError, environment: Mapping[str, str], patience: float = BOOT) -> bool:
    """Tell the platform that its session could not start; whether it was told.

    Nobody is told where there is no platform, where Codex itself runs the bridge (which inherits the session's
    variables), and where the ports are taken: then another bridge has the session.
    """
    session = environment.get("SESSION_ID", "").strip()
    if not session or environment.get(launch.MARKER) or isinstance(error, PortTaken):
        return False
    try:
        url, health = sidecar_addresses(environment)
    except StartError:
        return False

    async def tell() -> bool:
        # The first process of a container is not ended by a signal that it does not handle.
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, os._exit, error.status)
        sidecar = Sidecar(url, health, Redactor(secrets_of(environment.items())))
        try:
            return await sidecar.wait(patience) and await sidecar.post(SessionFailed(error=str(error)))
        finally:
            await sidecar.close()

    return asyncio.run(tell())


async def _run(prepared: Prepared, redactor: Redactor) -> int:
    settings = prepared.settings
    hub = Hub(redactor)
    sidecar = Sidecar(settings.sidecar_url, settings.sidecar_health_url, redactor) if settings.platform else None
    guard = FailureGuard(settings.max_failures, redactor)
    projector = Projector(guard, model=settings.model, usage=settings.usage)
    bridge = Bridge(settings, hub, projector, sidecar)
    bridge.redactor = redactor
    running = _Running(prepared, hub, bridge, projector)
    _watch_signals(running)
    outcome = Outcome(False, "the bridge failed")
    try:
        outcome = await _until_over(running.start(sidecar), bridge.over)
    except StartError as error:
        log.error("%s", error)
        outcome = Outcome(False, str(error))
    except Exception as error:
        log.exception("the bridge failed")
        outcome = Outcome(False, f"the bridge failed: {error}")
    finally:
        await running.stop(outcome)
        if sidecar is not None:
            await sidecar.close()
    words = "as asked" if outcome.quoted and not log.isEnabledFor(logging.DEBUG) else bridge.loggable(outcome.text)
    log.info("%s: %s", "session completed" if outcome.success else "session failed", words)
    return 0 if outcome.success else 1


async def _until_over(start: Coroutine[None, None, None], over: asyncio.Future[Outcome]) -> Outcome:
    """Start, and wait for the end; whoever ends the session need not wait until it has started."""
    starting = asyncio.create_task(start)
    either: list[asyncio.Future[Any]] = [starting, over]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        return await over
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await starting
    return over.result()


class _Running:
    """What was started, so that it can be stopped from wherever it got to."""

    def __init__(self, prepared: Prepared, hub: Hub, bridge: Bridge, projector: Projector) -> None:
        self.bridge = bridge
        self.child: Child | None = None
        self._prepared = prepared
        self._hub = hub
        self._projector = projector
        self._driver: Driver | None = None
        self._home: home.Home | None = None
        self._servers: list[tuple[Server, asyncio.Task[None]]] = []
        self._reaper: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def start(self, sidecar: Sidecar | None) -> None:
        """Everything in the platform's order; Codex as early as that allows."""
        prepared, settings = self._prepared, self._prepared.settings
        self._gauges()
        self.bridge.waiting = lambda: len(prepared.core.outbox)
        self.bridge.screen = lambda: prepared.core.frame
        self.bridge.restart = self._wedged
        await self._serve(stream_app(self._hub, [self.bridge.metrics.route()]), prepared.stream_socket)
        self._asking = asyncio.create_task(_reach(settings.base_url, prepared.environment))
        if sidecar is not None and not await sidecar.wait():
            log.warning("the sidecar at %s is not there; going on without it", settings.sidecar_health_url)
        models = await asyncio.to_thread(catalog.models, prepared.program)
        upgrades = catalog.upgrades(models)
        # Servers of Codex's are told the port as it is, and not as it was asked for.
        known = msgspec.structs.replace(settings, inject_port=prepared.ports[1])
        self._home = home.make(known, prepared.row, prepared.environment, upgrades)
        await self.bridge.announce()
        await self._start_codex()
        # The bridge's own end of /inject must be there before the port is, or an early message is lost.
        prepared.inject_socket.listen(128)
        await self._serve(inject_app(self.bridge, ws_routes(self.bridge)), prepared.inject_socket)
        if settings.discover_models and (offered := _offered(models, settings.model)) is not None:
            self.bridge.emit(offered)
        if settings.prompt.strip():
            self.bridge.seed(settings.prompt)
        stream, inject = prepared.ports
        log.info("Codex %s, events on %s:%d, input on %d", prepared.version, settings.host, stream, inject)

    async def stop(self, outcome: Outcome) -> None:
        """Stop all of it, last things last. Codex ends first: whatever else goes wrong, it must not stay."""
        if self._restarting is not None:
            self._restarting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._restarting
        for task in (self._reaper, self._asking):
            if task is not None:
                task.cancel()
        if self._driver is not None and self.child is not None:
            with contextlib.suppress(Exception):
                self._driver.command(Close())
            await self.child.end()
            self._driver.eof(self.child.status)
        await self.bridge.end()
        await self.bridge.conclude(outcome)
        await asyncio.sleep(0.5 if self._prepared.settings.platform else 0.0)
        self._hub.end()
        for server, _ in self._servers:
            server.should_exit = True
        for _, task in self._servers:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await asyncio.wait_for(task, 5)
        self._prepared.stream_socket.close()
        self._prepared.inject_socket.close()
        if self._home is not None:
            self._home.remove()

    def stop_now(self) -> None:
        """The last resort: nobody waits for anything any more."""
        if self.child is not None:
            self.child.end_now()
        if self._home is not None:
            self._home.remove()
        os._exit(1)

    async def _start_codex(self) -> None:
        await self.bridge.begin(self._drive(()))
        self._reaper = asyncio.create_task(self._reap())

    def _drive(self, more: Sequence[str]) -> Driver:
        """Start Codex, with ``more`` arguments, under a driver of its own."""
        prepared = self._prepared
        assert self._home is not None
        plan = launch.launch(prepared.program, prepared.row, prepared.settings, self._home, prepared.environment)
        plan = msgspec.structs.replace(plan, argv=(*plan.argv, *more))

        def received(data: bytes) -> None:
            self.bridge.metrics.received.inc(len(data))
            driver.receive(data)

        # The driver and the child refer to each other; nothing is called before this function has returned.
        child = Child(plan, self._home, received, lambda status: driver.eof(status), lambda text: driver.notified(text))
        publish, observe = publisher(self.bridge), self.bridge.observe
        driver = Driver(self._core(), self._projector, write=child.write, publish=publish, observe=observe)
        self.child, self._driver = child, driver
        self.bridge.metrics.starts.inc()
        return driver

    def _wedged(self, event: Wedged) -> None:
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart(event))

    async def _restart(self, event: Wedged) -> None:
        """End a Codex that does not listen, start another that goes on where it was, and give it what is waiting."""
        prepared = self._prepared
        assert self._home is not None
        log.warning("Codex stopped listening: %s", event.reason)
        self.bridge.pause()
        waiting, turn = prepared.core.undelivered(), prepared.core.turns.number
        if self._driver is not None:
            # Whatever it still says is of a conversation that goes on elsewhere.
            self._driver.close()
        if self.child is not None:
            await self.child.end()
        more = launch.resuming(prepared.row, self._home)
        prepared.core = prepared.session(resumed=bool(more))
        prepared.core.turns.number = turn
        if not more:
            self.bridge.emit(
                AgentError(message="Codex begins anew: it cannot resume its conversation.", recoverable=True)
            )
        try:
            self.bridge.resume(self._drive(more), waiting)
        except StartError as error:
            self.bridge.finish(False, str(error))

    def _core(self) -> Core:
        """The core, with a witness where one was asked for."""
        settings, row = self._prepared.settings, self._prepared.row
        if not (settings.verify or settings.repair) or self._home is None:
            return self._prepared.core
        core = Witnessed(
            self._prepared.core,
            Witness(self._home.path).read,
            losses=row.losses,
            verify=settings.verify,
            repair=settings.repair,
            usage=settings.usage,
        )
        self.bridge.metrics.gauge("repaired_items", "Items sent from the rollout file.", lambda: core.repaired)
        return core

    def _gauges(self) -> None:
        gauge, prepared, bridge = self.bridge.metrics.gauge, self._prepared, self.bridge
        gauge("frames", "Consistent pictures of the screen seen.", lambda: prepared.core.frames)
        gauge("readers", "Clients of the stream.", lambda: self._hub.readers)
        gauge("dropped_readers", "Clients that did not keep up.", lambda: self._hub.dropped)
        gauge("queued_messages", "Messages that wait.", lambda: bridge.queued)
        gauge("turn_running", "1 while a turn runs.", lambda: float(bridge.turn_running))
        for kind in ("item", "chrome", "unknown"):
            about = f"Committed lines that are {kind}."
            gauge(f"lines_{kind}", about, lambda kind=kind: prepared.core.counts[kind])  # type: ignore[misc]

    async def _serve(self, app: ASGIApp, listener: socket.socket) -> None:
        settings = self._prepared.settings
        policy = Policy(token=settings.token, hosts=settings.hosts, origins=settings.origins)
        server = Server(Guarded(app, policy))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        self._servers.append((server, task))
        while not server.started and not task.done():
            await asyncio.sleep(0.005)

    async def _reap(self) -> None:
        while self.child is not None:
            await asyncio.sleep(_REAP)
            await asyncio.to_thread(processes.reap_orphans, self.child.own_processes)


def _offered(models: Sequence[catalog.Model], chosen: str) -> RuntimeModels | None:
    """The models that people may choose, as the release lists them, and the one that was chosen; None for none."""
    listed = {model.slug: model.label or model.slug for model in models if model.visibility == "list"}
    if chosen:
        listed.setdefault(chosen, chosen)
    if not listed:
        return None
    named = [{"id": slug, "label": label} for slug, label in listed.items()]
    return RuntimeModels(default=chosen or named[0]["id"], models=named[:_MODELS])


async def _reach(url: str, environment: Mapping[str, str]) -> None:
    """Say in the log when nothing listens where the model should be: turns would only fail one by one."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    if not url or any(environment.get(name) or environment.get(name.lower()) for name in names):
        return
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), 5)
        writer.close()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error) or "no answer in 5 s"
        log.warning("OPENAI_BASE_URL %s does not answer (%s): every turn fails until it does", url, why)


def _watch_signals(running: _Running) -> None:
    """The first signal ends the session in order, the second at once."""
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if running.bridge.over.done():
            running.stop_now()
        running.bridge.finish(True, f"Session ended by {number.name}")

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, asked, number)
