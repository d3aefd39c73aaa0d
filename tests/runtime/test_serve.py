"""``codexbridge serve`` as a process: what it refuses, each in one line and with nothing started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def run(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``codexbridge serve`` to its end; its Codex writes a file when it is started as more than a version."""
    codex = tmp_path / "codex"
    if not codex.exists():
        codex.write_text(
            f'#!/bin/sh\ncase "$1" in --version) echo "codex-cli 0.47.0";; *) touch {tmp_path}/started;; esac\n'
        )
        codex.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    environment |= {"CODEX_PATH": str(codex), "WORKSPACE_DIR": str(tmp_path), **variables}
    command = [sys.executable, "-m", "codexbridge", "serve"]
    if "--stream-port" not in arguments:
        command += ["--stream-port", "0"]
    return subprocess.run(
        [*command, *(() if "--inject-port" in arguments else ("--inject-port", "0")), *arguments],
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "why"),
    [
        (("--codex", "/nowhere/codex"), {}, 1, "error: there is no Codex at /nowhere/codex: install @openai/codex"),
        ((), {"CODEX_PATH": "no-such-codex"}, 1, "error: no 'no-such-codex' on the PATH: install @openai/codex"),
        (("--workspace", "/nowhere/work"), {}, 1, "error: workspace /nowhere/work does not exist: make it"),
        (("--platform",), {}, 1, "error: SESSION_ID is not set: platform mode needs it"),
        ((), {"SIDECAR_URL": "http://localhost:9090"}, 1, "error: SESSION_ID is not set"),
        (("--oneshot",), {}, 1, "error: SESSION_MODE is oneshot but AGENT_PROMPT is empty"),
        ((), {"OPENAI_BASE_URL": ""}, 1, "error: no model: set OPENAI_BASE_URL"),
        (("--host", "203.0.113.1"), {}, 1, "error: 203.0.113.1 is not an address of this machine"),
        (("--codex", "/bin/echo"), {}, 1, "error: /bin/echo --version says no version but:"),
        ((), {"CODEXBRIDGE_MCP_CONFIG": "/nowhere.toml"}, 1, "error: CODEXBRIDGE_MCP_CONFIG /nowhere.toml cannot"),
        (("--stream-port", "77777"), {}, 2, "Usage: "),
        (("--nonsense",), {}, 2, "Usage: "),
        (("--stream-port", "4999", "--inject-port", "4999"), {}, 2, "error: both ports are 4999"),
    ],
)
def test_refusals(tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], status: int, why: str) -> None:
    done = run(tmp_path, *arguments, **variables)
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith(why), done.stderr
    if why.startswith("error"):
        assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "started").exists()
    assert not (tmp_path / ".codex").exists()
    assert not list(tmp_path.glob(".local/state/codexbridge/*"))


@pytest.mark.parametrize("which", ["stream-port", "inject-port"])
def test_a_port_in_use(tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(tmp_path, f"--{which}", port)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: port {port} on 127.0.0.1 is in use: stop what listens there, or choose another with --{which}\n"
    )
    assert not (tmp_path / "started").exists()


def test_a_codex_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    codex = tmp_path / "codex"
    codex.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "codex-cli 0.47.0" && exit\necho "cannot go on"; exit 5\n'
    )
    codex.chmod(0o755)
    done = run(tmp_path)
    assert done.returncode == 1
    assert "Codex ended by itself with status 5" in done.stderr
    assert "cannot go on" in done.stderr
    assert not list(tmp_path.glob(".local/state/codexbridge/*"))


def test_help_teaches(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    for word in ("OPENAI_BASE_URL", "/stream", "/inject", "/shutdown", "Exit status"):
        assert word in done.stdout
