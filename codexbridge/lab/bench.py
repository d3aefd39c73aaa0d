"""A real Codex on the bench: a release in a pty under the core, against a model that listens.

No server, no event loop: reads, ticks and writes in one thread, so that a measurement says what the core does.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from codexbridge.grammar.releases import table
from codexbridge.lab import cast, forked, live, npm
from codexbridge.lab.listener import Listener, Plan
from codexbridge.lab.managed import managed
from codexbridge.runtime import toml
from codexbridge.runtime.notices import Notices
from codexbridge.runtime.settings import Settings
from codexbridge.session.api import AnyCommand, AnyEvent, Delivery, Ready, SendMessage
from codexbridge.session.core import Session

E = TypeVar("E", bound=AnyEvent)


class Bench:
    """One run. ``with Bench("0.47.0") as bench: bench.start(); bench.send("hello")``."""

    def __init__(
        self,
        version: str,
        plan: Plan | None = None,
        *,
        tables: Mapping[str, Any] | None = None,
        size: tuple[int, int] | None = None,
        record: Path | None = None,
        session: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        seen_update: str = "0.0.1",
        requirements: str = "",
    ) -> None:
        self.version = version
        self.listener = Listener(plan)
        more: dict[str, Any] = dict(session or {})
        row = table().find(version)[0]
        size = size or (row.columns, row.rows)
        self.session = Session(version, columns=size[0], rows=size[1], **more)
        self.log: list[AnyEvent] = []
        self.fd = -1
        self.pid = 0
        self.alive = False
        self.restarts = 0
        self._begin = time.monotonic()
        self._size = size
        self._tables = dict(tables or {})
        self._environment = dict(environment or {})
        self._seen_update = seen_update
        self._requirements = requirements
        self._writer: cast.Writer | None = None
        self._notices: Notices | None = None
        self._record = record
        self._number = 0
        self.base = Path(tempfile.mkdtemp(prefix="codexbridge-bench-", dir="/var/tmp"))

    def __enter__(self) -> Bench:
        self.listener.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.listener.__exit__()
        if self._writer:
            self._writer.close()
        if self._notices:
            self._notices.close()
        shutil.rmtree(self.base, ignore_errors=True)

    @property
    def ended(self) -> bool:
        return not self.alive

    @property
    def now(self) -> float:
        return time.monotonic() - self._begin

    def start(self, ready: float = 30.0, arguments: tuple[str, ...] = ()) -> None:
        """Start Codex and wait until it takes messages."""
        program = npm.executable(self.version)
        folder = self.base / "work"
        folder.mkdir(exist_ok=True)
        if not (folder / ".git").exists():
            os.system(f"git init -q '{folder}'")
            (folder / "README.md").write_text("# A workspace\n")
        row = table().find(self.version)[0]
        row = msgspec.structs.replace(row, config=toml.merge(row.config, self._tables))
        base_url, home = self.listener.url, str(self.base / "home")
        settings = Settings(workspace=folder, base_url=base_url, model=live.MODEL, codex_home=home)
        made, start = live.prepare(program, row, settings, self._environment)
        seen = '{"latest_version":"%s","last_checked_at":"2036-01-01T00:00:00.000000Z","dismissed_version":null}'
        (made.path / "version.json").write_text(seen % self._seen_update, "utf-8")
        self._notices = self._notices or live.listen(made)
        argv = [*start.argv, *arguments]
        policy = self._tables.get("approval_policy")
        if row.traits.get("settings") == "environment" and policy:
            argv[argv.index("-a") + 1] = str(policy)
        if self._requirements:
            argv = managed(argv, self._requirements, self.base / "etc")
        if self._record:
            self._writer = cast.Writer(self._record, cast.Header(*self._size, {"title": self.version}))
        self.pid, self.fd = forked.spawn(argv, start.environment, self._size, folder)
        self.alive = True
        if ready:
            self.wait(lambda: any(isinstance(event, Ready) for event in self.log), ready)

    def pump(self, seconds: float) -> None:
        """Read once, for at most ``seconds`` or until the core's deadline."""
        deadline = self.session.deadline()
        if deadline is not None:
            seconds = min(seconds, max(deadline - self.now, 0.0))
        told = [self._notices.fileno()] if self._notices else []
        ready = select.select([self.fd, *told] if self.alive else [], [], [], seconds)[0]
        for text in self._notices.take() if self._notices and self.alive else ():
            if self._writer:
                self._writer.notice(self.now, text)
            self.session.notified(text, self.now)
        if self.fd in ready:
            data = forked.read(self.fd)
            if data:
                if self._writer:
                    self._writer.output(self.now, data)
                self.session.receive(data, self.now)
            else:
                self.alive = False
                self.session.receive_eof(self.now, None)
        deadline = self.session.deadline()
        if deadline is not None and self.now >= deadline:
            self.session.tick(self.now)
        self._flush()

    def _flush(self) -> None:
        self.log += self.session.events()
        data = self.session.data_to_send()
        if data and self._writer:
            self._writer.input(self.now, data)
        while data and self.alive:
            # A pty's buffer is small: read while writing, or both sides wait.
            readable, writable, _ = select.select([self.fd], [self.fd], [], 5)
            if readable:
                try:
                    got = os.read(self.fd, 65536)
                except OSError:
                    return
                if self._writer:
                    self._writer.output(self.now, got)
                self.session.receive(got, self.now)
                self.log += self.session.events()
                data += self.session.data_to_send()
            if writable:
                data = data[os.write(self.fd, data[:2048]) :]

    def wait(self, until: Callable[[], bool], limit: float) -> bool:
        """Run until a condition holds; False when ``limit`` seconds passed or Codex ended."""
        end = self.now + limit
        while not until():
            if self.now > end or not self.alive:
                return until()
            self.pump(min(0.05, max(end - self.now, 0)))
        return True

    def run(self, seconds: float) -> None:
        self.wait(lambda: False, seconds)

    def command(self, command: AnyCommand) -> None:
        """Give the core a command; it stands in the recording as a marker."""
        if self._writer:
            # A text may hold halves of pairs, which no UTF-8 can.
            self._writer.marker(self.now, json.dumps(msgspec.to_builtins(command)))
        self.session.command(command, self.now)
        self._flush()

    def post(self, text: str, steer: bool = False) -> str:
        """Queue a message; gives its id."""
        self._number += 1
        name = f"m{self._number}"
        self.command(SendMessage(id=name, text=text, steer=steer))
        return name

    def send(self, text: str, limit: float = 30.0) -> Delivery | None:
        """Queue a message and wait for what becomes of it (None: nothing within ``limit`` seconds)."""
        name = self.post(text)
        self.wait(lambda: self.outcome(name) is not None, limit)
        return self.outcome(name)

    def outcome(self, name: str) -> Delivery | None:
        """What became of a message so far."""
        for event in reversed(self.log):
            if isinstance(event, Delivery) and event.message_id == name and event.state != "accepted":
                return event
        return None

    def seen(self, kind: type[E]) -> list[E]:
        """Events of one kind."""
        return [event for event in self.log if isinstance(event, kind)]

    def screen(self) -> list[str]:
        """The non-blank rows of the last frame."""
        frame = self.session.frame
        return [row.text for row in frame.rows if row.text.strip()] if frame else []

    def stop(self) -> None:
        """End Codex and what it started in its session."""
        if not self.pid:
            return
        forked.end(self.pid, lambda: select.select([self.fd], [], [], 0.02)[0] and forked.read(self.fd))
        self.pid = 0
        os.close(self.fd)
        self.alive = False
