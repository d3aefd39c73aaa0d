"""What goes wrong before a session runs: one clear line, the right exit status, and a platform that is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from codexbridge.runtime.launch import MARKER
from tests.runtime.sidecar_stand_in import StandIn
from tests.runtime.stage import foreign_codex

SLEEPER = 'trap "exit 0" TERM; touch {folder}/started; while :; do sleep 0.1; done'


def program(folder: Path, body: str = "exit 5") -> Path:
    """A Codex that says its version, and else does as ``body`` says."""
    path = folder / "codex"
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "codex-cli 0.47.0" && exit\n{body}\n')
    path.chmod(0o755)
    return path


def command(folder: Path, **variables: str) -> tuple[list[str], dict[str, str]]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    environment |= {"WORKSPACE_DIR": str(folder), "CODEX_PATH": str(folder / "codex")}
    environment |= {"CODEXBRIDGE_STREAM_PORT": "0", "CODEXBRIDGE_INJECT_PORT": "0"}
    return [sys.executable, "-m", "codexbridge", "serve"], environment | variables


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    argv, environment = command(folder, **variables)
    return subprocess.run(
        argv, env=environment, capture_output=True, text=True, timeout=40, check=False, stdin=subprocess.DEVNULL
    )


def ended(sidecar: StandIn) -> str:
    """The error that the platform was told, which is the last thing that it was told."""
    assert sidecar.types()[-1] == "session.failed"
    assert sidecar.types().count("session.failed") == 1
    return str(sidecar.posted[-1]["payload"]["error"])


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"CODEX_PATH": "/nowhere/codex"}, "there is no Codex at /nowhere/codex: install @openai/codex"),
        ({"SESSION_MODE": "oneshot"}, "SESSION_MODE is oneshot but AGENT_PROMPT is empty: give it a prompt"),
        ({"SESSION_MODE": "twice"}, "SESSION_MODE is 'twice': set it to interactive or oneshot"),
        ({"OPENAI_BASE_URL": "localhost:80"}, "OPENAI_BASE_URL is 'localhost:80': it must start with http://"),
        ({"CODEX_AUTH_SOURCE": "/nowhere"}, "CODEX_AUTH_SOURCE /nowhere is not a file: mount it"),
        ({"WORKSPACE_DIR": "/nowhere/work"}, "workspace /nowhere/work does not exist: make it"),
        ({"CODEXBRIDGE_STREAM_PORT": "http"}, "CODEXBRIDGE_STREAM_PORT is 'http': it must be a port"),
    ],
)
def test_what_keeps_a_session_from_starting_is_told(tmp_path: Path, variables: dict[str, str], why: str) -> None:
    program(tmp_path)
    with StandIn(healthy_after=0.3) as sidecar:
        done = run(tmp_path, **sidecar.environment(**variables))
        assert ended(sidecar).startswith(why)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {why}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".local").exists()


def test_secrets_of_the_environment_are_not_told(tmp_path: Path) -> None:
    with StandIn() as sidecar:
        url = "ftp://me:correct-horse-7@host/v1"
        done = run(tmp_path, **sidecar.environment(OPENAI_BASE_URL=url))
        assert "correct-horse-7" not in done.stderr + ended(sidecar)


def test_who_is_not_the_session_tells_nothing(tmp_path: Path) -> None:
    """A command that Codex runs has the session's variables; and a port that is taken is another bridge's."""
    program(tmp_path)
    with StandIn() as sidecar, socket.create_server(("127.0.0.1", 0)) as taken:
        inside = run(tmp_path, **sidecar.environment(CODEX_PATH="/nowhere", **{MARKER: "x"}))
        port = str(taken.getsockname()[1])
        beside = run(tmp_path, **sidecar.environment(CODEXBRIDGE_STREAM_PORT=port))
        assert sidecar.posted == []
    assert (inside.returncode, beside.returncode) == (1, 1)
    assert f"port {port} on 127.0.0.1 is in use" in beside.stderr


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"CODEX_HOME": "/proc/nowhere"}, "cannot make a home for Codex: "),
        ({}, "cannot start "),
    ],
)
def test_what_fails_in_the_boot_is_told(tmp_path: Path, variables: dict[str, str], why: str) -> None:
    """A home that cannot be made, and a program of another machine in a package of a known version."""
    with StandIn() as sidecar:
        done = run(tmp_path, **sidecar.environment(CODEX_PATH=str(foreign_codex(tmp_path)), **variables))
        assert ended(sidecar).startswith(why)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_codex_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    program(tmp_path, 'echo "config.toml: unknown field"; exit 3')
    with StandIn() as sidecar:
        done = run(tmp_path, **sidecar.environment())
        assert ended(sidecar) == "Codex ended by itself with status 3. Last on its screen:\nconfig.toml: unknown field"
    assert done.returncode == 1


@contextmanager
def started(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A bridge whose event port answers, and that port's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    argv, environment = command(folder, CODEXBRIDGE_STREAM_PORT=str(port), **variables)
    process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).text == "ok":
                    break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_the_boot_ends_it_at_once(tmp_path: Path, number: signal.Signals) -> None:
    """While the bridge waits for a sidecar that is not well yet."""
    program(tmp_path, SLEEPER.format(folder=tmp_path))
    with StandIn(healthy_after=60) as sidecar, started(tmp_path, **sidecar.environment()) as (process, _):
        time.sleep(0.3)
        process.send_signal(number)
        assert process.wait(5) == 0
        assert sidecar.posted == [
            {"type": "session.completed", "payload": {"result": f"Session ended by {number.name}"}}
        ]
    assert not (tmp_path / "started").exists()
    assert not list(tmp_path.glob(".local/state/codexbridge/*"))


def test_a_model_that_is_not_there_is_said_in_the_log(tmp_path: Path) -> None:
    program(tmp_path, SLEEPER.format(folder=tmp_path))
    with started(tmp_path) as (process, _):
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "OPENAI_BASE_URL http://127.0.0.1:9/v1 does not answer (" in said
    assert "every turn fails until it does" in said


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """A full disk below the log."""
    program(tmp_path, "exit 3")
    with StandIn() as sidecar, Path("/dev/full").open("w") as full:
        argv, environment = command(tmp_path, **sidecar.environment(CODEXBRIDGE_LOG="debug"))
        done = subprocess.run(argv, env=environment, stdout=full, stderr=full, timeout=40, check=False)
        assert ended(sidecar).startswith("Codex ended by itself with status 3")
    assert done.returncode == 1
