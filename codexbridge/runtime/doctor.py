"""What is wrong with an installation, in plain words."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import httpx

from codexbridge.grammar.look import load
from codexbridge.grammar.releases import table
from codexbridge.runtime import home, probe, servers, settings, version
from codexbridge.runtime.errors import StartError

_ROOM = 64 * 1024 * 1024
"""Bytes that should be free where Codex keeps its files and does its work."""

Verdict = Literal["good", "note", "bad"]


class Finding(NamedTuple):
    """``good``; ``note``: it works, but know this; ``bad``: the bridge will not work, and ``text`` says what to do."""

    verdict: Verdict
    subject: str
    text: str


def examine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything that a run needs; nothing is started but Codex's own help."""
    yield _python()
    asked: settings.Settings | None = None
    try:
        asked = settings.read(environment)
        settings.check(asked)
        mode = f"platform mode, session {asked.session_id}" if asked.platform else "no platform"
        yield Finding("good", "environment", mode)
    except StartError as error:
        yield Finding("bad", "environment", str(error))
    yield from _codex(environment)
    if asked is None:
        return
    for check in (_workspace, _home, _model, _sidecar, _ports, _servers):
        yield from check(asked, environment)


def _python() -> Finding:
    wanted = ("pexpect", "pyte", "starlette", "uvicorn", "websockets")
    there = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in wanted)
    return Finding("good", "codexbridge", f"{importlib.metadata.version('codexbridge')} with {there}")


def _codex(environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        program = version.find(environment.get("CODEX_PATH", "") or "codex", environment)
        found = probe.probe(program, environment)
    except StartError as error:
        yield Finding("bad", "Codex", str(error))
        return
    why = version.refusal(program, environment)
    if why:
        yield Finding(
            "bad", "Codex", f"{program} does not run ({why}): reinstall @openai/codex for this machine ({_machine()})"
        )
        return
    yield Finding("good", "Codex", f"{found.version} at {program}")
    try:
        load(found.look)
    except (OSError, ValueError, KeyError) as error:
        yield Finding("bad", "release", f"the look {found.look!r} of {found.version} is missing: {error}")
        return
    if found.support == "exact":
        yield Finding("good", "release", f"{found.version} was checked; its look is {found.look!r}")
    else:
        yield Finding(
            "note",
            "release",
            f"driven by the rules of {found.row} (look {found.look!r}): watch for bridge.unrecognized events, or"
            " check it with `codexbridge regress`",
        )
    if found.usable:
        yield Finding(
            "note", "event mode", "this release has one of its own; run.sh would take an adapter if one is set"
        )
    if version.is_node_program(program) and shutil.which("node", path=environment.get("PATH")) is None:
        yield Finding("bad", "Node", f"{program} needs node on the PATH: install Node.js")


def _machine() -> str:
    return f"{os.uname().sysname} {os.uname().machine}"


def _workspace(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if not asked.workspace.is_dir():
        return
    if not os.access(asked.workspace, os.W_OK | os.X_OK):
        yield Finding(
            "bad", "workspace", f"{asked.workspace} cannot be written by user {os.getuid()}: change its owner"
        )
        return
    yield from _space("workspace", asked.workspace)
    git = "a git repository" if (asked.workspace / ".git").exists() else "no git repository"
    yield Finding("good", "workspace", f"{asked.workspace}, {git}")


def _home(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    base = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    existing = next(path for path in (base, *base.parents) if path.exists())
    yield from _space("home", existing)
    if os.access(existing, os.W_OK):
        yield Finding("good", "home", f"private homes go below {base}")
    else:
        place = tempfile.gettempdir()
        yield Finding("note", "home", f"{existing} cannot be written; private homes go to {place} instead")
    if asked.codex_home and Path(asked.codex_home).exists() and not (Path(asked.codex_home) / home.MARK).exists():
        yield Finding(
            "note", "CODEX_HOME", f"{asked.codex_home} is somebody's own and stays untouched; a private home is used"
        )


def _space(subject: str, path: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(path).free
    if free < _ROOM:
        yield Finding("bad", subject, f"only {free // 1024 // 1024} MiB are free on the disk of {path}: make room")


def _model(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if not asked.base_url:
        return
    try:
        reply = httpx.get(f"{asked.base_url}/models", timeout=5.0)
        yield Finding("good", "model", f"{asked.base_url} answers (status {reply.status_code})")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        yield Finding("bad", "model", f"{asked.base_url} does not answer ({reason}): start it, or mend OPENAI_BASE_URL")


def _sidecar(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if not asked.platform:
        return
    try:
        reply = httpx.get(f"{asked.sidecar_health_url}/health", timeout=5.0, trust_env=False)
        if reply.is_success:
            yield Finding("good", "sidecar", f"{asked.sidecar_health_url} is well")
        else:
            yield Finding("bad", "sidecar", f"{asked.sidecar_health_url}/health says {reply.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        yield Finding(
            "bad", "sidecar", f"{asked.sidecar_health_url} does not answer ({reason}): is SIDECAR_HEALTH_URL right?"
        )


def _ports(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for port, name in ((asked.stream_port, "stream-port"), (asked.inject_port, "inject-port")):
        with socket.socket() as probe_socket:
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe_socket.bind((asked.host, port))
                probe_socket.listen()
                yield Finding("good", "port", f"{port} on {asked.host} is free")
            except OSError as error:
                if _is_bridge(port):
                    yield Finding("note", "port", f"{port} belongs to a bridge that runs already: one is enough")
                    continue
                what = error.strerror or str(error)
                yield Finding("bad", "port", f"{port} on {asked.host}: {what}; choose another with --{name}")


def _is_bridge(port: int) -> bool:
    """Whether a bridge of ours answers there: it knows /health and nothing at its root."""
    try:
        root, health = (
            httpx.get(f"http://127.0.0.1:{port}{path}", timeout=2, trust_env=False) for path in ("", "/health")
        )
        return (root.status_code, root.text, health.text) == (404, "not found", "ok")
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def _servers(asked: settings.Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        found = servers.asked(asked)
        servers.suited(found, table().rows[-1], asked.workspace, environment)
    except StartError as error:
        yield Finding("bad", "MCP", str(error))
        return
    for complaint in servers.remote(asked)[1]:
        yield Finding("note", "MCP", complaint)
    if found:
        yield Finding("good", "MCP", ", ".join(found))


def environment_table() -> str:
    """The environment variables as a Markdown table, for README."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in settings.VARIABLES:
        default = f"`{variable.default}`" if variable.default and " " not in variable.default else variable.default
        meaning = variable.meaning.replace("|", "\\|")
        rows.append(f"| `{variable.name}` | {default} | {meaning} |")
    return "\n".join(rows) + "\n"
