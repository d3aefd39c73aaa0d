"""How a release is started: arguments, environment, size of its terminal."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from codexbridge.grammar.look import load
from codexbridge.grammar.releases import Release
from codexbridge.runtime.home import KEY_VARIABLE, Home
from codexbridge.runtime.settings import Settings

MARKER = "CODEXBRIDGE_RUN"
"""A variable that everything Codex starts inherits, daemons included; its value finds them."""

# Keys go to Codex under one name only, and only when its provider asks for one.
_KEYS = ("OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN", KEY_VARIABLE)
# What would make Codex draw otherwise than it was recorded, or talk to a terminal that is not there.
_TERMINAL = (
    "COLORTERM",
    "COLORFGBG",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "NO_COLOR",
    "COLUMNS",
    "LINES",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TERMCAP",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "ZELLIJ",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_SOCKET",
    "WEZTERM_VERSION",
    "ITERM_SESSION_ID",
    "SSH_TTY",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "WSL_DISTRO_NAME",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "CI",
    "VSCODE_INJECTION",
    "INSIDE_EMACS",
)
# Of the bridge, or read by Codex in ways that its home settles already.
_OWN = ("OPENAI_BASE_URL", "OPENAI_MODEL", "CODEX_HOME", "CODEX_SANDBOX", "RUST_LOG", MARKER, "AGENT_PROMPT")


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A child to be started. ``marker`` is the value of :data:`MARKER` in its environment."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    marker: str
    columns: int = 80
    rows: int = 24


def launch(program: Path, row: Release, settings: Settings, home: Home, environment: Mapping[str, str]) -> Launch:
    """How to start ``program``, the release that ``row`` describes, with ``home`` as its home.

    ``row.flags`` follow the program; ``row.traits["environment"]`` is added to what it inherits. A release whose
    trait ``settings`` is ``environment`` has no configuration file: it is told by variables and flags.
    """
    marker = secrets.token_hex(8)
    dropped = {*_KEYS, *_TERMINAL, *_OWN}
    inherited = {name: value for name, value in environment.items() if name not in dropped}
    inherited |= {"TERM": "xterm-256color", "CODEX_HOME": str(home.path), MARKER: marker}
    if "UTF-8" not in _locale(inherited).upper().replace("UTF8", "UTF-8"):
        inherited["LC_ALL"] = "C.UTF-8"
    argv = [str(program), *row.flags]
    asks = row.traits.get("asks")
    if settings.approvals != "decline" and asks and "-a" in row.flags:
        argv[argv.index("-a") + 1] = str(asks)
    if row.traits.get("settings") == "environment":
        inherited |= {"HOME": str(home.path), "OPENAI_API_KEY": settings.api_key or "none"}
        if settings.base_url:
            inherited["OPENAI_BASE_URL"] = settings.base_url
        if settings.model:
            argv += ["--model", settings.model]
    elif settings.api_key or row.traits.get("needs_key"):
        # Some releases start no turn while the variable that a provider names is empty.
        inherited[KEY_VARIABLE] = settings.api_key or "none"
    inherited |= home.variables
    more = row.traits.get("environment")
    if isinstance(more, dict):
        inherited |= {str(name): str(value) for name, value in more.items()}
    return Launch(
        argv=tuple(argv),
        environment=inherited,
        folder=settings.workspace,
        marker=marker,
        columns=row.columns,
        rows=row.rows,
    )


def resuming(row: Release, home: Home) -> tuple[str, ...]:
    """Arguments with which a release goes on with the conversation that its home holds; none where it cannot.

    They are the trait ``resume`` of the row or its look; ``{rollout}`` stands for the newest file of a conversation,
    ``{session}`` for the id that its name ends with.
    """
    wanted = row.traits.get("resume", load(row.look).traits.get("resume"))
    rollouts = sorted((home.path / "sessions").rglob("rollout-*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not isinstance(wanted, list) or not rollouts:
        return ()
    rollout, session = str(rollouts[-1]), rollouts[-1].stem[-36:]
    return tuple(str(part).replace("{rollout}", rollout).replace("{session}", session) for part in wanted)


def _locale(environment: Mapping[str, str]) -> str:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if environment.get(name):
            return environment[name]
    return ""
