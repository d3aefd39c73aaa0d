"""A private home for Codex: its configuration, written new for each run and removed with it.

The user's own folder is never touched. Everything is readable by its owner only, and no key is written.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from codexbridge.grammar.look import load
from codexbridge.grammar.releases import Release
from codexbridge.platform.redact import secrets_in
from codexbridge.runtime import mcp_relay, notices, toml
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.settings import Settings

log = logging.getLogger(__name__)

MARK = ".codexbridge"
"""A file in every home that the bridge made; only such homes are written to again or removed."""

KEY_VARIABLE = "CODEXBRIDGE_MODEL_KEY"
"""The environment variable in which Codex finds the key; the file only has this name."""

PROVIDER = "bridge"

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_API = "https://api.openai.com/v1"
_NOTICES = (
    "hide_full_access_warning",
    "hide_world_writable_warning",
    "hide_rate_limit_model_nudge",
    "hide_gpt5_1_migration_prompt",
    "hide_gpt-5.1-codex-max_migration_prompt",
    # Two releases write the name above and read this one.
    "hide_gpt_5_1_codex_max_migration_prompt",
)
# Releases that cannot be told not to look for updates believe this file instead.
_NO_UPDATE = {"latest_version": "0.0.1", "last_checked_at": "2036-01-01T00:00:00.000000Z", "dismissed_version": None}


class Home(msgspec.Struct, frozen=True):
    """``temporary`` homes are removed when the bridge ends."""

    path: Path
    temporary: bool

    def remove(self) -> None:
        """Remove a temporary home; never raises."""
        if self.temporary and (self.path / MARK).is_file():
            shutil.rmtree(self.path, ignore_errors=True)


def make(
    settings: Settings, row: Release, environment: Mapping[str, str], upgrades: Mapping[str, str] | None = None
) -> Home:
    """A home for one run of the release that ``row`` describes.

    ``upgrades`` are the changes of model that the release would propose (:mod:`codexbridge.runtime.catalog`).
    Raises :class:`StartError`.
    """
    servers = mcp_servers(settings)
    for complaint in remote_servers(settings)[1]:
        log.warning("%s", complaint)
    try:
        home = _folder(settings.codex_home, environment)
    except OSError as error:
        raise StartError(f"cannot make a home for Codex: {error}; name a folder to write to in CODEX_HOME") from error
    try:
        _write(home.path / MARK, "made by codexbridge\n")
        document = config(settings, row, servers, upgrades or {})
        if tells(row) and (command := notices.lay_out(home.path)) is not None:
            # A row's own command stays.
            document.setdefault("notify", command)
        _write(home.path / "config.toml", toml.dumps(document))
        _write(home.path / "version.json", json.dumps(_NO_UPDATE))
        _write(home.path / "AGENTS.md", instructions(settings))
        if settings.auth_source:
            # A copy, because Codex rewrites it.
            _write(home.path / "auth.json", _login(settings.auth_source))
    except StartError:
        home.remove()
        raise
    except OSError as error:
        home.remove()
        what = error.strerror or str(error)
        remedy = "free some space there" if error.errno in _FULL else "make it writable"
        raise StartError(
            f"cannot write the home of Codex, {home.path}: {what}: {remedy}, or name another in CODEX_HOME"
        ) from error
    return home


def tells(row: Release) -> bool:
    """Whether the release tells a program of ours the end of each turn, by the trait ``notify``."""
    return bool({**load(row.look).traits, **row.traits}.get("notify"))


def _login(source: str) -> str:
    try:
        return Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"CODEX_AUTH_SOURCE {source} cannot be read: {what}: mend the mount, or unset the variable"
        raise StartError(message) from error


def secrets(settings: Settings) -> list[str]:
    """What a login and the file of MCP servers hold that must not be said; nothing of what cannot be read."""
    found: list[str] = []
    with contextlib.suppress(StartError):
        if settings.mcp_config:
            found += secrets_in(_from_file(settings.mcp_config))
    with contextlib.suppress(StartError, ValueError, RecursionError):
        if settings.auth_source:
            found += secrets_in(json.loads(_login(settings.auth_source)))
    return found


def config(settings: Settings, row: Release, servers: Mapping[str, Any], upgrades: Mapping[str, str]) -> dict[str, Any]:
    """What goes into config.toml: the model's provider, whether Codex asks, and what the row adds."""
    base: dict[str, Any] = {
        "model": settings.model or None,
        # Where nobody is to be asked, Codex need not stop to ask.
        "approval_policy": "never" if settings.approvals == "decline" else row.traits.get("asks", "on-request"),
        "sandbox_mode": settings.sandbox,
        "check_for_update_on_startup": False,
        "projects": {str(settings.workspace): {"trust_level": "trusted"}},
        "notice": {**dict.fromkeys(_NOTICES, True), "model_migrations": dict(upgrades)},
        "mcp_servers": {name: _suited(server, row) for name, server in servers.items()},
        # Releases from 0.36 to 0.58 keep reasonings out of the history of most models unless told this.
        "model_reasoning_summary_format": "experimental",
        # A terminal that lost the focus is told the end of every turn by OSC 9 (releases before 0.42 ignore it).
        # Releases that restate their history would otherwise restate only the last thousand rows.
        "tui": {
            "notifications": ["agent-turn-complete"],
            "notification_method": "osc9",
            "terminal_resize_reflow_max_rows": 0,
        },
    }
    if settings.base_url or settings.api_key:
        provider: dict[str, Any] = {"name": PROVIDER, "base_url": settings.base_url or _API, "wire_api": "responses"}
        # Early releases start without a key only where one is named.
        if settings.api_key or row.traits.get("needs_key"):
            provider["env_key"] = KEY_VARIABLE
            # What Codex runs has no business with the key.
            base["shell_environment_policy"] = {"exclude": [KEY_VARIABLE]}
        base |= {"model_provider": PROVIDER, "model_providers": {PROVIDER: provider}}
    made = toml.merge(base, row.config)
    if settings.sandbox != "danger-full-access" and (permissions := row.traits.get("sandboxed")):
        # A release that knows no modes is told what may be done instead; its row allows everything.
        made["sandbox_permissions"] = permissions
    return made


def mcp_servers(settings: Settings) -> dict[str, Any]:
    """The MCP servers that were asked for: a file's first, then remote ones, which cannot take a name twice.

    Raises :class:`StartError` for a file that cannot be read. What is wrong in the remote list is left out.
    """
    servers = _from_file(settings.mcp_config) if settings.mcp_config else {}
    if settings.platform:
        servers = {name: _of_platform(name, server, settings) for name, server in servers.items()}
    for name, url in remote_servers(settings)[0].items():
        servers.setdefault(name, {"url": url})
    if settings.sandbox != "danger-full-access" and settings.approvals == "decline":
        # With a sandbox and no approvals, releases refuse every call of a server that does not say this.
        servers = {name: {"default_tools_approval_mode": "approve", **server} for name, server in servers.items()}
    return servers


def remote_servers(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Name -> address of the remote MCP servers, and what was wrong in their list."""
    name_of = "MCP_REMOTE_ATTACHMENTS_JSON"
    try:
        listed = json.loads(settings.mcp_remote) if settings.mcp_remote else []
    except (ValueError, RecursionError):
        return {}, [f"{name_of} is no JSON: no remote MCP server is used"]
    if not isinstance(listed, list):
        return {}, [f"{name_of} is no list: no remote MCP server is used"]
    servers: dict[str, str] = {}
    wrong: list[str] = []
    for number, entry in enumerate(listed, 1):
        name, url = (entry.get("name"), entry.get("url")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or not name or not isinstance(url, str):
            wrong.append(f"{name_of}: entry {number} has no name and url: left out")
        elif not _on_loopback(url):
            wrong.append(f"{name_of}: {name} is not at http://127.0.0.1:<port>: left out")
        else:
            servers.setdefault(name, url)
    return servers, wrong


def _suited(server: Mapping[str, Any], row: Release) -> dict[str, Any]:
    """A server as the release can run it: early ones do not start at all with an address in their configuration."""
    if "url" not in server or row.traits.get("mcp_url", True):
        return dict(server)
    rest = {name: value for name, value in server.items() if name not in ("url", "http_headers", "env_http_headers")}
    relay = str(Path(mcp_relay.__file__))
    return {"command": sys.executable, "args": ["-I", relay, str(server["url"])], **rest}


def _of_platform(name: str, server: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A server of the file's that runs here, told where the sidecar is, as the platform's own servers expect."""
    if "command" not in server:
        return dict(server)
    told = {"SIDECAR_URL": settings.sidecar_url}
    if name == "x1agent":
        # Its end_session asks this bridge; in an interactive session a person decides about the end.
        told |= {"SESSION_MODE": settings.mode, "X1_INTERACTIVE_END_SESSION_POLICY": "reject"}
        told["AGENT_INJECT_URL"] = f"http://localhost:{settings.inject_port}"
    own = server.get("env")
    return {**server, "env": {**told, **(own if isinstance(own, dict) else {})}}


def instructions(settings: Settings) -> str:
    """AGENTS.md: what the workspace says, then what the agent should know of where it is."""
    parts: list[str] = []
    if settings.workspace_prompt.strip():
        parts.append(settings.workspace_prompt.strip())
    if settings.platform:
        place = f" in the workspace {settings.workspace_name}" if settings.workspace_name else ""
        parts.append(f"You are an agent of {settings.platform_name}{place}.")
        watching = "A person may be watching and may write to you at any time."
        kinds = {
            "orchestrator": "You are an orchestrator: you plan, delegate and check the work of other agents.",
            "scheduled": "You were started by a schedule: do the task at hand.",
        }
        parts.append(f"{kinds.get(settings.agent_kind, 'You are a worker: do the task at hand.')} {watching}")
        parts.append(
            "Where your tools include emit_status, emit_artifact, emit_error and end_session, use them: say what "
            "you are doing, hand over results, report what went wrong, and end the session when asked to."
        )
        if settings.mode == "interactive":
            parts.append("This session is interactive: do not end it yourself, wait for the next message.")
        else:
            parts.append("This session has one task: finish it and stop; nobody will answer questions.")
        parts.append("Files that people upload are placed in .x1/uploads of the workspace; messages name their paths.")
    return "\n\n".join(parts) + "\n" if parts else ""


def _folder(asked: str, environment: Mapping[str, str]) -> Home:
    if asked:
        path = Path(asked).expanduser()
        ours = (path / MARK).is_file() or not path.exists() or not any(path.iterdir())
        if ours and path.resolve() != (Path.home() / ".codex").resolve():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
            return Home(path.resolve(), False)
    # Not below the temporary folder if that can be helped: some releases complain about such a place.
    base = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "codexbridge"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Home(Path(tempfile.mkdtemp(prefix="home-", dir=base)), True)
    except OSError:
        return Home(Path(tempfile.mkdtemp(prefix="codexbridge-home-")), True)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def _from_file(name: str) -> dict[str, Any]:
    try:
        text = Path(name).read_text("utf-8")
        document = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise StartError(f"CODEXBRIDGE_MCP_CONFIG {name} cannot be read: {error}") from error
    servers = document.get("mcp_servers", document.get("mcpServers")) if isinstance(document, dict) else None
    if not isinstance(servers, dict) or not all(isinstance(server, dict) for server in servers.values()):
        raise StartError(f"CODEXBRIDGE_MCP_CONFIG {name} has no table mcp_servers")
    return servers


def _on_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname == "127.0.0.1" and bool(parts.port) and not parts.username
    except ValueError:
        return False
