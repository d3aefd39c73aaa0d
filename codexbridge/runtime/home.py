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
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from codexbridge.grammar.look import load
from codexbridge.grammar.releases import Release
from codexbridge.platform.redact import secrets_in
from codexbridge.runtime import notices, servers, toml
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.handover import Plan
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
    variables: Mapping[str, str] = {}
    """What Codex must find in its environment: what stands in no file."""
    plans: Mapping[int, Plan] = {}
    """MCP servers that are told at the door what they are (:mod:`codexbridge.runtime.handover`)."""

    def __repr__(self) -> str:
        return f"Home({str(self.path)!r}, temporary={self.temporary})"

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
    wanted = servers.asked(settings)
    for complaint in servers.remote(settings)[1]:
        log.warning("%s", complaint)
    if wanted and row.traits.get("settings") == "environment":
        log.warning("Codex %s knows no MCP servers: %s left out", row.version, ", ".join(wanted))
    try:
        home = _folder(settings.codex_home, environment)
    except OSError as error:
        raise StartError(f"cannot make a home for Codex: {error}; name a folder to write to in CODEX_HOME") from error
    try:
        _write(home.path / MARK, "made by codexbridge\n")
        suited = servers.suited(wanted, row, home.path, environment)
        home = msgspec.structs.replace(home, variables=suited.variables, plans=suited.plans)
        document = config(settings, row, suited, upgrades or {})
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
    """What a login and the MCP servers hold that must not be said; nothing of what cannot be read."""
    found: list[str] = []
    with contextlib.suppress(StartError):
        found += servers.secrets(servers.asked(settings))
    with contextlib.suppress(StartError, ValueError, RecursionError):
        if settings.auth_source:
            found += secrets_in(json.loads(_login(settings.auth_source)))
    return found


def config(settings: Settings, row: Release, suited: servers.Suited, upgrades: Mapping[str, str]) -> dict[str, Any]:
    """What goes into config.toml: the model's provider, whether Codex asks, its servers, and what the row adds."""
    # What Codex runs has no business with keys.
    kept = [f"{servers.VARIABLES}*"] if suited.variables else []
    base: dict[str, Any] = {
        "model": settings.model or None,
        # Where nobody is to be asked, Codex need not stop to ask.
        "approval_policy": "never" if settings.approvals == "decline" else row.traits.get("asks", "on-request"),
        "sandbox_mode": settings.sandbox,
        "check_for_update_on_startup": False,
        "projects": {str(settings.workspace): {"trust_level": "trusted"}},
        "notice": {**dict.fromkeys(_NOTICES, True), "model_migrations": dict(upgrades)},
        "mcp_servers": suited.tables,
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
            kept.append(KEY_VARIABLE)
        base |= {"model_provider": PROVIDER, "model_providers": {PROVIDER: provider}}
    if kept:
        base["shell_environment_policy"] = {"exclude": kept}
    made = toml.merge(base, row.config)
    if settings.sandbox != "danger-full-access" and (permissions := row.traits.get("sandboxed")):
        # A release that knows no modes is told what may be done instead; its row allows everything.
        made["sandbox_permissions"] = permissions
    return made


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
