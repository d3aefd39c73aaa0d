"""The demonstration: a scenario played over the bridge's own two ports, as a platform would.

Nothing is cut short: ``codexbridge serve`` runs as a process of its own with a real Codex below it, messages go in by
``POST /inject``, events come out of ``GET /stream``, and the end is ``POST /shutdown``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from secrets import token_hex
from shutil import rmtree
from typing import Any

import httpx

from codexbridge.lab import npm, workspace
from codexbridge.lab.errors import LabError
from codexbridge.lab.live import MODEL
from codexbridge.lab.model.app import ModelServer
from codexbridge.lab.scenario import Scenario

Json = dict[str, Any]

_START = 45.0
_TURN = 90.0
_STOP = 20.0
_MARK = "CODEXBRIDGE_DEMO"


class Outcome:
    """How it went: ``events`` as read from the stream, the bridge's exit ``status``, what is ``left`` of it."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.status: int | None = None
        self.left: list[int] = []

    @property
    def well(self) -> bool:
        """Whether the bridge ended with 0 and nothing is left."""
        return self.status == 0 and not self.left


def play(version: str, scenario: Scenario, show: Callable[[Json], None], note: Callable[[str], None]) -> Outcome:
    """Play ``scenario`` on release ``version``, which is in the cache.

    ``show`` gets every event as it comes, ``note`` what the demonstration itself does.

    Raises:
        LabError: the bridge did not start, or a turn did not end; the message has its last words.
    """
    program = npm.executable(version)
    base = Path(tempfile.mkdtemp(prefix="codexbridge-demo-"))
    mark = token_hex(8)
    outcome = Outcome()
    try:
        folder = workspace.make(scenario, base / "work")
        with ModelServer(scenario) as model:
            ports = _free_ports()
            given = {
                "OPENAI_BASE_URL": model.url,
                "OPENAI_MODEL": MODEL,
                "WORKSPACE_DIR": str(folder),
                "CODEX_PATH": str(program.program),
                _MARK: mark,
            }
            note(f"scripted model on {model.url}")
            note(f"codexbridge serve: events on 127.0.0.1:{ports[0]}/stream, messages to 127.0.0.1:{ports[1]}/inject")
            log = base / "log"
            with log.open("wb") as errors:
                bridge = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "codexbridge", "serve", "--log", "warning"),
                        *("--stream-port", str(ports[0]), "--inject-port", str(ports[1])),
                    ],
                    env={**_clean(os.environ), **program.environment, **given},
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                )
            try:
                _converse(bridge, ports, scenario, outcome, show, note)
            except LabError as error:
                words = log.read_text("utf-8", "replace").strip().splitlines()
                raise LabError(f"{error}{': ' + words[-1] if words else ''}") from None
            finally:
                outcome.status = _end(bridge)
            outcome.left = _left(mark)
    finally:
        rmtree(base, ignore_errors=True)
    return outcome


def _converse(
    bridge: subprocess.Popen[bytes],
    ports: tuple[int, int],
    scenario: Scenario,
    outcome: Outcome,
    show: Callable[[Json], None],
    note: Callable[[str], None],
) -> None:
    queue: Queue[Json | None] = Queue()
    stream, inject = (f"http://127.0.0.1:{port}" for port in ports)
    with httpx.Client(timeout=10) as client:
        _wait_for(bridge, client, f"{stream}/health")
        threading.Thread(target=_read, args=(f"{stream}/stream?bridge=1", queue), daemon=True).start()
        _wait_for(bridge, client, f"{inject}/health")
        for turn in scenario.turn:
            note(f"POST /inject {json.dumps(turn.user, ensure_ascii=False)}")
            answer = client.post(f"{inject}/inject", json={"text": turn.user})
            if answer.status_code >= 300:
                raise LabError(f"the bridge refused the message: {answer.status_code} {answer.text}")
            for event in _until_turn_ends(bridge, queue):
                outcome.events.append(event)
                show(event)
        note("POST /shutdown")
        client.post(f"{inject}/shutdown", json={"summary": "the demonstration is over", "is_success": True})
    end = time.monotonic() + _STOP
    while time.monotonic() < end:
        try:
            last = queue.get(timeout=0.5)
        except Empty:
            if bridge.poll() is not None:
                return
            continue
        if last is None:
            return
        outcome.events.append(last)
        show(last)


def _until_turn_ends(bridge: subprocess.Popen[bytes], queue: Queue[Json | None]) -> Iterator[Json]:
    end = time.monotonic() + _TURN
    while time.monotonic() < end:
        try:
            event = queue.get(timeout=0.5)
        except Empty:
            if bridge.poll() is not None:
                raise LabError(f"the bridge ended with status {bridge.returncode}") from None
            continue
        if event is None:
            raise LabError("the bridge closed its stream")
        yield event
        if event.get("type") == "bridge.turn" and event.get("payload", {}).get("state") != "started":
            return
    raise LabError(f"the turn did not end within {_TURN:.0f} s")


def _read(url: str, queue: Queue[Json | None]) -> None:
    """Read the stream into ``queue``; None marks its end."""
    try:
        with httpx.stream("GET", url, timeout=None) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    queue.put(json.loads(line[6:]))
    except (httpx.HTTPError, ValueError):
        pass
    queue.put(None)


def _wait_for(bridge: subprocess.Popen[bytes], client: httpx.Client, url: str) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if bridge.poll() is not None:
            raise LabError(f"the bridge ended with status {bridge.returncode} before it served")
        try:
            if client.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise LabError(f"the bridge did not serve {url} within {_START:.0f} s")


def _end(bridge: subprocess.Popen[bytes]) -> int:
    """Wait for the bridge, which was told to end; insist when it does not."""
    for signal in (None, bridge.terminate, bridge.kill):
        if signal:
            signal()
        try:
            return bridge.wait(_STOP if signal is None else 10)
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            continue
    return bridge.wait()


def _free_ports() -> tuple[int, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = tuple(one.getsockname()[1] for one in sockets)
    for one in sockets:
        one.close()
    return ports[0], ports[1]


def _clean(environment: os._Environ[str]) -> dict[str, str]:
    """What surrounds us, without what would make the bridge do something else than shown."""
    ours = ("CODEX", "OPENAI", "SESSION_", "SIDECAR_", "AGENT_", "MCP_", "WORKSPACE_", "PLATFORM_")
    keep = {"CODEXBRIDGE_CACHE"}
    return {name: value for name, value in environment.items() if name in keep or not name.startswith(ours)}


def _left(mark: str) -> list[int]:
    """Processes that still carry the demonstration's mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
