"""A real release against a scenario, through the core of the bridge: the cell of the matrix.

Everything is real but the model: a private home, a pty, the session core driven by an event loop. What comes back
holds the events, both witnesses' truth and what went wrong on the way, for :mod:`codexbridge.lab.score`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

import msgspec

from codexbridge.grammar.releases import Release, Table, table
from codexbridge.items.model import AnyItem
from codexbridge.lab import cast, npm, pure, rollout, workspace
from codexbridge.lab.errors import LabError
from codexbridge.lab.model.app import ModelServer
from codexbridge.lab.scenario import Scenario, Turn
from codexbridge.lab.truth import Truth
from codexbridge.runtime import catalog, toml
from codexbridge.runtime import home as homes
from codexbridge.runtime import launch as launches
from codexbridge.runtime.child import Child
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.notices import LISTENING, Notices
from codexbridge.runtime.settings import Settings
from codexbridge.session.api import (
    AnyCommand,
    AnyEvent,
    Close,
    DialogOpened,
    Exited,
    Interrupt,
    ItemCompleted,
    Keys,
    Ready,
    SendMessage,
    TurnCompleted,
    Wedged,
)
from codexbridge.session.core import Session

MODEL = "gpt-5"
"""The model's name that Codex is given: one that every release knows."""

_READY = 30.0
_LEAVE = 5.0
_REACH = 20.0
_SAVE = 3.5
_STOPPED = 20.0


class Run(msgspec.Struct, kw_only=True):
    """What came of a run."""

    release: str
    scenario: str
    truth: Truth
    events: list[AnyEvent] = []
    rollout: Truth | None = None
    problems: list[str] = []
    """What kept it from being played to its end, one line each."""
    notes: list[str] = []
    """What else there is to say of it."""
    seconds: float = 0.0
    received: int = 0
    """Bytes that Codex wrote."""
    notices: int = 0
    """How often Codex told its ``notify`` program something."""
    counts: dict[str, int] = {}
    """Committed lines by ``item``, ``chrome`` and ``unknown``."""
    status: int | None = None

    @property
    def items(self) -> list[AnyItem]:
        """The completed items, in order."""
        return [event.item for event in self.events if isinstance(event, ItemCompleted)]


class Options(msgspec.Struct, kw_only=True, frozen=True):
    """How to run. Times in seconds."""

    columns: int = 0
    """0: what the bridge itself takes."""
    rows: int = 0
    limit: float = 90.0
    """For one turn."""
    record: Path | None = None
    """Write a recording there."""
    releases: Table | None = None
    look: str | None = None
    """Take this look, whatever the table says."""
    before: Callable[[Session], None] | None = None
    """What to do with the core before anything reaches it."""
    after: Callable[[Bench], Awaitable[None]] | None = None
    """What else to do with the release when the scenario is over."""


def run(version: str, scenario: Scenario, options: Options | None = None, **hooks: Any) -> Run:
    """Play ``scenario`` on release ``version``; ``on_event`` is called with each event as it happens.

    Raises:
        LabError: the release cannot be had or started. What goes wrong later is in ``Run.problems``.
    """
    return asyncio.run(play(version, scenario, options or Options(), **hooks))


async def play(
    version: str,
    scenario: Scenario,
    options: Options,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> Run:
    """As :func:`run`, on the running event loop."""
    program = await asyncio.to_thread(npm.executable, version)
    releases = options.releases or table()
    row = suited(releases.find(version)[0], scenario)
    base = workspace.base(settled=row.delivery == "fullscreen")
    began = time.monotonic()
    try:
        folder = workspace.make(scenario, base / "work")
        with ModelServer(scenario) as model:
            model.player.truth.release = version
            settings = Settings(workspace=folder, base_url=model.url, model=MODEL, codex_home=str(base / "home"))
            try:
                home, start = prepare(program, row, settings, scenario.wants.environment)
            except StartError as error:
                raise LabError(f"Codex {version}: {error}") from None
            start = msgspec.structs.replace(
                start, columns=options.columns or start.columns, rows=options.rows or start.rows
            )
            bench = Bench(version, scenario, options, model, on_event, (start.columns, start.rows))
            try:
                await bench.play(start, home)
            except StartError as error:
                raise LabError(f"Codex {version}: {error}") from None
            result = bench.result
            with model.player.lock:
                result.truth = msgspec.convert(msgspec.to_builtins(model.player.truth), Truth)
            for turn, played in zip(scenario.turn, result.truth.turns, strict=False):
                played.interrupted = played.interrupted or bool(turn.interrupt)
        await asyncio.to_thread(pure.fill, result.truth, scenario)
        written = rollout.find(base)
        result.rollout = rollout.read(written) if written else None
    finally:
        rmtree(base, ignore_errors=True)
    result.seconds = time.monotonic() - began
    return result


def prepare(
    program: npm.Executable, row: Release, settings: Settings, more: Mapping[str, str]
) -> tuple[homes.Home, launches.Launch]:
    """A home and a launch for a release, as the bridge makes them; ``more`` is added to the environment.

    Raises:
        StartError: as :func:`codexbridge.runtime.home.make`.
    """
    environment = {**os.environ, **program.environment, **more}
    home = homes.make(settings, row, environment, catalog.upgrades(catalog.models(program.program)))
    start = launches.launch(Path(program.argv[0]), row, settings, home, environment)
    # A release that Node runs has the program's name after Node's.
    return home, msgspec.structs.replace(start, argv=(*program.argv, *start.argv[1:]))


def listen(home: homes.Home) -> Notices | None:
    """What the release tells its ``notify`` program, for a lab that drives it by hand; None where it tells nothing."""
    try:
        return Notices(home.path)
    except OSError:
        return None


def suited(row: Release, scenario: Scenario) -> Release:
    """A release's row with the scenario's wishes in its configuration."""
    wants = scenario.wants
    server = {"command": sys.executable, "args": ["-m", "codexbridge.lab.mcp_server"]}
    server |= {"env": {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}}  # type: ignore[dict-item]
    more: dict[str, Any] = {"mcp_servers": dict.fromkeys(wants.mcp, server)} if wants.mcp else {}
    if wants.provider:
        more["model_providers"] = {homes.PROVIDER: wants.provider}
    config = toml.merge(toml.merge(row.config, wants.config), more)
    return msgspec.structs.replace(row, config=config)


class Bench:
    """One child, one core, one scenario."""

    def __init__(
        self,
        version: str,
        scenario: Scenario,
        options: Options,
        model: ModelServer,
        on_event: Callable[[AnyEvent], None] | None,
        size: tuple[int, int],
    ) -> None:
        self._size = size
        self.scenario = scenario
        self.options = options
        self.model = model
        self.result = Run(release=version, scenario=scenario.name, truth=Truth())
        self._on_event = on_event
        self._start = time.monotonic()
        self._core = Session(version, columns=size[0], rows=size[1], releases=options.releases, look=options.look)
        if options.before:
            options.before(self._core)
        self._child: Child | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._ready = False
        self._exited = False
        self._wedged = ""
        """Why nothing more goes in, if so."""
        self._completed = 0
        self._heard = self._start
        self._writer: cast.Writer | None = None

    @property
    def _now(self) -> float:
        return time.monotonic() - self._start

    async def play(self, start: launches.Launch, home: homes.Home) -> None:
        """Play the scenario to its end, then end Codex."""
        if self.options.record:
            ours = {"release": self.result.release, "scenario": self.result.scenario}
            rest = {"title": self._title, "env": {"TERM": "xterm-256color"}, "x-codexbridge": ours}
            header = cast.Header(*self._size, rest)
            self._writer = cast.Writer(self.options.record, header)
        self._child = Child(start, home, self._data, self._exit, self._notice)
        try:
            self._pump()
            await self._until(lambda: self._ready or self._exited, _READY)
            if not self._ready:
                self._problem(f"not ready after {self._now:.0f} s")
            # Whoever is not ready takes no message either.
            for number, turn in enumerate(self.scenario.turn if self._ready or self._exited else []):
                if self._exited:
                    self._problem(f"Codex ended before turn {number + 1}")
                    break
                if self._wedged:
                    # Whoever runs the bridge starts such a Codex again; a recording has one Codex.
                    said = f"ended before turn {number + 1}: {self._wedged}"
                    known = "wedged" in self._core.release.losses
                    (self.result.notes if known else self.result.problems).append(said)
                    break
                if not await self._turn(number, turn):
                    break
            if self._core.release.delivery == "rewrite":
                # These write their rollout three seconds after the last item, or not at all.
                await self._until(lambda: self._exited, _SAVE)
            if self.options.after and not self._exited:
                await self.options.after(self)
            self._mark("exit")
            self._command(Close())
            await self._until(lambda: self._exited, _LEAVE)
        finally:
            await self._child.end()
            if self._timer:
                self._timer.cancel()
            if self._writer:
                self._writer.close()
            if not self._exited:
                self._exit(self._child.status)
            self.result.counts = dict(self._core.counts)
            self.result.status = self._child.status

    @property
    def _title(self) -> str:
        return f"{self.result.release} {self.scenario.name}"

    @property
    def core(self) -> Session:
        """The core, to look at."""
        return self._core

    async def press(self, *keys: str, first: float = 2.0, rest: float = 0.4, limit: float = 5.0) -> None:
        """Press keys; wait ``first`` seconds for anything to be drawn, and then until nothing is for ``rest``."""
        begun = time.monotonic()
        heard = self._heard
        self._command(Keys(keys=keys))
        while not self._exited and (passed := time.monotonic() - begun) < limit:
            if passed >= first if self._heard == heard else time.monotonic() - self._heard >= rest:
                break
            await asyncio.sleep(0.05)

    async def _turn(self, number: int, turn: Turn) -> bool:
        """Play one turn; False when there is no sense in going on."""
        self._mark(f"turn {number + 1}")
        before = self._completed
        asked = len(self.model.player.truth.turns)
        self._command(SendMessage(id=f"turn-{number}", text=turn.user))
        steps: list[tuple[float, AnyCommand]] = []
        for place, extra in enumerate(turn.busy):
            steps.append((extra.after, SendMessage(id=f"busy-{number}-{place}", text=extra.text, steer=True)))
        if turn.interrupt is not None:
            steps.append((turn.interrupt, Interrupt()))
        steps.sort(key=lambda step: step[0])
        # A turn without a sign of life is stopped when the release's patience is over, and that takes a moment.
        patience = self._core.traits.patience
        end = time.monotonic() + max(self.options.limit, patience + _STOPPED if patience else 0.0)

        def reached() -> bool:
            return len(self.model.player.truth.turns) > asked or self._completed > before or self._exited

        await self._until(reached, _REACH)
        if not reached():
            # Some releases take a message after a failed turn and never send it.
            self._problem(f"turn {number + 1} never reached the model")
            return False
        begun = time.monotonic()
        for after, command in steps:
            await asyncio.sleep(max(0.0, begun + after / 1000 - time.monotonic()))
            self._command(command)
        # A queued message may become a turn of its own.
        wanted = before + 1
        await self._until(lambda: self._completed >= wanted or self._exited, end - time.monotonic())
        if turn.busy:
            await self._until(lambda: self._completed > wanted or self._exited, 4)
        if self._completed < wanted:
            idle = time.monotonic() - self._heard
            said = "the model had answered" if self.model.player.ended(number) else "the model had not answered"
            self._problem(f"turn {number + 1} never ended ({said}, nothing was drawn for {idle:.0f} s)")
        self._mark(f"turn {number + 1} done")
        return True

    def _data(self, data: bytes) -> None:
        self._heard = time.monotonic()
        self.result.received += len(data)
        at = self._now
        if self._writer:
            self._writer.output(at, data)
        self._core.receive(data, at)
        self._pump()

    def _notice(self, payload: str) -> None:
        self.result.notices += payload != LISTENING
        at = self._now
        if self._writer:
            self._writer.notice(at, payload)
        self._core.notified(payload, at)
        self._pump()

    def _exit(self, status: int | None) -> None:
        self._exited = True
        self._core.receive_eof(self._now, status)
        self._pump()

    def _command(self, command: AnyCommand) -> None:
        if not self._exited:
            self._core.command(command, self._now)
            self._pump()

    def _tick(self) -> None:
        self._core.tick(self._now)
        self._pump()

    def _pump(self) -> None:
        """Take everything out of the core, and set the alarm."""
        for event in self._core.events():
            self.result.events.append(event)
            self._ready = self._ready or isinstance(event, Ready)
            self._completed += isinstance(event, TurnCompleted)
            self._exited = self._exited or isinstance(event, Exited)
            if isinstance(event, Wedged):
                self._wedged = event.reason
            if isinstance(event, DialogOpened):
                told = f"a dialog opened: {event.text.strip().splitlines()[0] if event.text.strip() else '?'}"
                # One that its rule closes by itself is in nobody's way.
                if event.subject == "model" and event.choice:
                    self.result.notes.append(told)
                else:
                    self._problem(told)
            if self._on_event:
                self._on_event(event)
        data = self._core.data_to_send()
        if data and self._child:
            self._child.write(data)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due = self._core.deadline()
        if due is not None and not self._exited:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due - self._now), self._tick)
        self._changed.set()

    async def _until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until ``true()``, at most ``seconds``. Looks again at every change, and ten times a second."""
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), min(0.1, max(0.01, end - time.monotonic())))
            except TimeoutError:
                pass

    def _mark(self, label: str) -> None:
        if self._writer:
            self._writer.marker(self._now, label)

    def _problem(self, text: str) -> None:
        self.result.problems.append(text)
