"""A bridge as a process of its own, a model beside it, and readers: what the live tests of this room share."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from codexbridge.lab import npm, scenario, workspace
from codexbridge.lab.model.app import ModelServer
from codexbridge.runtime.launch import MARKER
from codexbridge.runtime.processes import carrying

Event = dict[str, Any]


def foreign_codex(folder: Path) -> Path:
    """A program for another machine, in a package of a known version."""
    package = folder / "node_modules" / "@openai" / "codex"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "@openai/codex", "version": "0.47.0"}')
    program = package / "codex"
    program.write_bytes(b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01")
    program.chmod(0o755)
    return program


class Reader:
    """Reads ``/stream`` as the platform's sidecar does: lines that begin with ``data: ``, each parsed alone."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.events: list[Event] = []
        self.arrived: list[float] = []
        self.ended = threading.Event()
        self.ids: list[str] = []
        self._new: queue.Queue[None] = queue.Queue()
        self._url = url
        self._headers = headers or {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        rest = ""
        try:
            with httpx.stream("GET", self._url, headers=self._headers, timeout=None, trust_env=False) as reply:
                for chunk in reply.iter_raw():
                    rest += chunk.decode("utf-8", "replace")
                    *lines, rest = rest.split("\n")
                    for line in lines:
                        if line.startswith("id: "):
                            self.ids.append(line[4:])
                        if line.startswith("data: ") and line[6:].strip() not in ("", '{"type":"heartbeat"}'):
                            self.arrived.append(time.monotonic())
                            self.events.append(json.loads(line[6:]))
                            self._new.put(None)
        except httpx.HTTPError:
            pass
        self.ended.set()
        self._new.put(None)

    def of(self, kind: str) -> list[Event]:
        """The payloads of the events of one type."""
        return [event["payload"] for event in self.events if event["type"] == kind]

    def wait(self, wanted: Callable[[Reader], Any], seconds: float = 60.0) -> Any:
        """Wait until ``wanted`` gives something true."""
        limit = time.monotonic() + seconds
        while not (found := wanted(self)):
            left = limit - time.monotonic()
            if left <= 0 or self.ended.is_set():
                found = wanted(self)
                assert found, f"not in {len(self.events)} events: {json.dumps(self.events[-8:])[:4000]}"
                return found
            try:
                self._new.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
        return found

    def turns(self, count: int) -> Callable[[Reader], bool]:
        """A condition: ``count`` turns are over (needs ``?bridge=1``)."""
        return lambda reader: sum(turn["state"] != "started" for turn in reader.of("bridge.turn")) >= count


class Stage:
    """A running ``codexbridge serve``."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, workspace: Path, home: Path) -> None:
        self.process = process
        self.log = log
        self.workspace = workspace
        self.home = home
        self.stream = self.inject = 0
        self.markers: set[bytes] = set()

    def started(self, seconds: float = 30.0) -> None:
        """Wait until both ports are known."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for line in self.log.read_text("utf-8", "replace").splitlines():
                if '"message":"Codex ' in line and "input on" in line:
                    words = json.loads(line)["message"].replace(",", " ").split()
                    self.stream, self.inject = int(words[4].rpartition(":")[2]), int(words[-1])
                    self.markers |= set(self._markers())
                    return
            assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
            time.sleep(0.02)
        raise AssertionError(self.log.read_text("utf-8", "replace"))

    def _markers(self) -> Iterator[bytes]:
        """The markers of the Codex processes below the bridge."""
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and _parent(int(name)) == self.process.pid:
                    for pair in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                        if pair.startswith(MARKER.encode() + b"="):
                            yield pair
            except OSError:
                continue

    @property
    def codex(self) -> set[int]:
        """Everything that runs for Codex."""
        return {pid for marker in self.markers for pid in carrying(marker)}

    def read(self, query: str = "?bridge=1", headers: dict[str, str] | None = None) -> Reader:
        return Reader(f"http://127.0.0.1:{self.stream}/stream{query}", headers)

    def send(self, text: str, **more: Any) -> httpx.Response:
        return self.post("/inject", {"text": text, **more})

    def post(self, path: str, body: Any = None) -> httpx.Response:
        content = b"" if body is None else json.dumps(body).encode()
        return httpx.post(f"http://127.0.0.1:{self.inject}{path}", content=content, trust_env=False, timeout=10)

    def wait(self, seconds: float = 20.0) -> int:
        """The exit status."""
        return self.process.wait(seconds)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])


@contextmanager
def staged(
    version: str, tmp_path: Path, *arguments: str, url: str = "http://127.0.0.1:9/v1", **variables: str
) -> Iterator[Stage]:
    """A bridge that drives ``version`` against the model at ``url``; afterwards nothing of it is left."""
    program = npm.executable(version)
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)
    home = tmp_path / "user"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, **program.environment, "HOME": str(home), "OPENAI_BASE_URL": url}
    for name in ("OPENAI_API_KEY", "SESSION_ID", "SIDECAR_URL", "AGENT_PROMPT", "CODEX_HOME", "XDG_STATE_HOME"):
        environment.pop(name, None)
    environment |= {"OPENAI_MODEL": "gpt-5", "CODEX_PATH": launcher(program, tmp_path), **variables}
    log = tmp_path / "bridge.log"
    command = [sys.executable, "-m", "codexbridge", "serve", "--workspace", str(folder)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--stream-port", "0", "--inject-port", "0", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    stage = Stage(process, log, folder, home)
    try:
        yield stage
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        limit = time.monotonic() + 10
        while stage.codex and time.monotonic() < limit:
            time.sleep(0.05)
        left = stage.codex
        assert not left, f"left behind: {left}"


def launcher(program: npm.Executable, tmp_path: Path) -> str:
    """A program that starts the release: itself, or a script where it takes more than one word."""
    if len(program.argv) == 1:
        return program.argv[0]
    script = tmp_path / "codex"
    script.write_text(f'#!/bin/sh\nexec {" ".join(program.argv)} "$@"\n')
    script.chmod(0o755)
    return str(script)


@contextmanager
def playing(story: str | scenario.Scenario, folder: Path, log: Path | None = None) -> Iterator[ModelServer]:
    """The scripted model with a scenario, whose files are laid out in ``folder``; ``log`` takes its requests."""
    if isinstance(story, str):
        story = scenario.load(story)
    workspace.make(story, folder)
    with ModelServer(story, log=log) as model:
        yield model


@contextmanager
def refusing(status: int, message: str) -> Iterator[str]:
    """A model that refuses every request: with 400 a release gives up at once, with 5xx it tries again and again."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
