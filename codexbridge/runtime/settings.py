"""Everything that the environment says, read once.

The table :data:`VARIABLES` is the documentation too: ``codexbridge doctor --environment`` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

import msgspec

from codexbridge.platform.failures import limit_from
from codexbridge.runtime.errors import StartError, UsageError
from codexbridge.session.dialogs import Policy


class Variable(NamedTuple):
    """One environment variable: what it is by default, and what it means."""

    name: str
    default: str
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable("SESSION_ID", "", "Session of the platform; setting it (or SIDECAR_URL) turns platform mode on."),
    Variable("AGENT_ID", "generic", "Agent, named in `session.started`."),
    Variable("SIDECAR_URL", "http://localhost:9090", "Where session events go and uploads come from."),
    Variable("SIDECAR_HEALTH_URL", "http://localhost:9091", "Asked at boot until the sidecar is there (at most 30 s)."),
    Variable("AGENT_PROMPT", "", "First turn."),
    Variable("SESSION_MODE", "interactive", "`interactive`, or `oneshot`: ends after the first turn."),
    Variable("IDLE_TIMEOUT_MS", "900000", "Interactive sessions end after this long without work (0: never)."),
    Variable("PLATFORM_NAME", "x1agent", "Name in AGENTS.md."),
    Variable("WORKSPACE_NAME", "", "Name in AGENTS.md."),
    Variable("WORKSPACE_SYSTEM_PROMPT", "", "Instructions at the top of AGENTS.md."),
    Variable("AGENT_KIND", "worker", "`worker`, `orchestrator` or `scheduled`, in AGENTS.md."),
    Variable("WORKSPACE_DIR", "/workspace, else here", "Folder that Codex works in."),
    Variable("OPENAI_BASE_URL", "", "Responses API that Codex talks to; it needs no key."),
    Variable("OPENAI_API_KEY", "", "Key for the model, if it wants one (CODEX_API_KEY comes first)."),
    Variable("CODEX_API_KEY", "", "As OPENAI_API_KEY."),
    Variable("OPENAI_MODEL", "the release's own", "Model."),
    Variable("CODEX_SANDBOX", "danger-full-access", "Any other value means `workspace-write`."),
    Variable("CODEX_PATH", "codex", "Codex program."),
    Variable("CODEX_HOME", "a private folder", "Used if empty or made by codexbridge; any other stays untouched."),
    Variable("CODEX_AUTH_SOURCE", "", "An auth.json to copy into the private home."),
    Variable("DISCOVER_RUNTIME_MODELS", "", "`true`: say the models of the release in a `runtime.models` event."),
    Variable("MAX_CONSECUTIVE_PROVIDER_FAILURES", "3", "Failed turns in a row that end the session."),
    Variable("MCP_REMOTE_ATTACHMENTS_JSON", "", 'MCP servers on loopback: `[{"name", "url"}]`.'),
    Variable("CODEXBRIDGE_MCP_CONFIG", "", "A TOML or JSON file whose `mcp_servers` are added; keys in it stay there."),
    Variable(
        "CODEXBRIDGE_APPROVALS", "decline", "What Codex asks for leave is answered: `decline`, `accept` or `ask`."
    ),
    Variable("CODEXBRIDGE_APPROVAL_TIMEOUT", "600", "Seconds to wait for an answer under `ask`, then it is declined."),
    Variable("CODEXBRIDGE_HOST", "127.0.0.1", "Address of both ports (0.0.0.0 in platform mode)."),
    Variable("CODEXBRIDGE_STREAM_PORT", "3100", "Event port."),
    Variable("CODEXBRIDGE_INJECT_PORT", "8788", "Input port."),
    Variable("CODEXBRIDGE_TOKEN", "", "Bearer token that both ports ask for, except for /health."),
    Variable("CODEXBRIDGE_ALLOWED_HOSTS", "", "Names besides localhost and addresses that requests may use, by comma."),
    Variable("CODEXBRIDGE_ALLOWED_ORIGINS", "", "Origins of web pages that may call the ports, by comma."),
    Variable("CODEXBRIDGE_ALLOW_KEYS", "", "`true`: clients may press keys in Codex."),
    Variable(
        "CODEXBRIDGE_USAGE",
        "",
        "`true`: send `agent.usage` after each turn: from the rollout file under CODEXBRIDGE_REPAIR or _VERIFY, else"
        " one total from the footer, where the release shows it.",
    ),
    Variable("CODEXBRIDGE_VERIFY", "", "`rollout`: hold each turn against Codex's rollout file (`bridge.drift`)."),
    Variable("CODEXBRIDGE_REPAIR", "", "`rollout`: send from that file what the release never draws (run.sh: on)."),
    Variable("CODEXBRIDGE_LOG", "info", "`debug`, `info`, `warning` or `error`."),
    Variable("CODEX_MODE", "auto", "run.sh: `tui` (the bridge), `headless` (the adapter) or `auto`."),
    Variable("CODEX_HEADLESS_ADAPTER", "", "run.sh: command to run when the release has a usable event mode."),
)

DEFAULTS: dict[str, str] = {variable.name: variable.default for variable in VARIABLES}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the bridge is to do. Times in seconds."""

    platform: bool = False
    session_id: str = ""
    agent_id: str = "generic"
    sidecar_url: str = ""
    sidecar_health_url: str = ""
    prompt: str = ""
    mode: Literal["interactive", "oneshot"] = "interactive"
    idle: float = 0.0
    """0: never ends for being idle."""
    platform_name: str = "x1agent"
    workspace_name: str = ""
    workspace_prompt: str = ""
    agent_kind: str = "worker"
    workspace: Path
    base_url: str = ""
    api_key: str = ""
    model: str = ""
    sandbox: Literal["danger-full-access", "workspace-write"] = "danger-full-access"
    codex: str = "codex"
    codex_home: str = ""
    auth_source: str = ""
    discover_models: bool = False
    max_failures: int = 3
    mcp_remote: str = ""
    mcp_config: str = ""
    host: str = "127.0.0.1"
    stream_port: int = 3100
    inject_port: int = 8788
    token: str = ""
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    allow_keys: bool = False
    usage: bool = False
    approvals: Policy = "decline"
    approval_timeout: float = 600.0
    verify: bool = False
    """Hold each turn against the rollout file."""
    repair: bool = False
    """Send from the rollout file what was never drawn."""


def read(environment: Mapping[str, str], platform: bool = False) -> Settings:
    """Settings from ``environment``; ``platform`` asks for platform mode whatever it says.

    Raises :class:`StartError` when a value makes no sense.
    """

    def get(name: str) -> str:
        return environment.get(name, "").strip()

    in_platform = platform or bool(get("SESSION_ID") or get("SIDECAR_URL"))
    if in_platform and not get("SESSION_ID"):
        raise StartError("SESSION_ID is not set: platform mode needs it (unset SIDECAR_URL to run without a platform)")
    mode = get("SESSION_MODE") or "interactive"
    if mode not in ("interactive", "oneshot"):
        raise StartError(f"SESSION_MODE is {mode!r}: set it to interactive or oneshot")
    sidecar_url, sidecar_health_url = sidecar_addresses(environment) if in_platform else ("", "")
    return Settings(
        platform=in_platform,
        session_id=get("SESSION_ID"),
        agent_id=get("AGENT_ID") or "generic",
        sidecar_url=sidecar_url,
        sidecar_health_url=sidecar_health_url,
        prompt=environment.get("AGENT_PROMPT", ""),
        mode="oneshot" if mode == "oneshot" else "interactive",
        # A developer's bridge stays until it is stopped.
        idle=_milliseconds(get("IDLE_TIMEOUT_MS")) if in_platform or get("IDLE_TIMEOUT_MS") else 0.0,
        platform_name=get("PLATFORM_NAME") or "x1agent",
        workspace_name=get("WORKSPACE_NAME"),
        workspace_prompt=environment.get("WORKSPACE_SYSTEM_PROMPT", ""),
        agent_kind=get("AGENT_KIND") or "worker",
        workspace=_workspace(get("WORKSPACE_DIR")),
        base_url=_address(get("OPENAI_BASE_URL"), "OPENAI_BASE_URL"),
        api_key=get("CODEX_API_KEY") or get("OPENAI_API_KEY"),
        model=get("OPENAI_MODEL"),
        sandbox=("danger-full-access" if get("CODEX_SANDBOX") in ("", "danger-full-access") else "workspace-write"),
        codex=get("CODEX_PATH") or "codex",
        codex_home=get("CODEX_HOME"),
        auth_source=get("CODEX_AUTH_SOURCE"),
        discover_models=get("DISCOVER_RUNTIME_MODELS") == "true",
        max_failures=limit_from(get("MAX_CONSECUTIVE_PROVIDER_FAILURES")),
        mcp_remote=get("MCP_REMOTE_ATTACHMENTS_JSON"),
        mcp_config=get("CODEXBRIDGE_MCP_CONFIG"),
        host=get("CODEXBRIDGE_HOST") or ("0.0.0.0" if in_platform else "127.0.0.1"),
        stream_port=_port(get("CODEXBRIDGE_STREAM_PORT") or "3100", "CODEXBRIDGE_STREAM_PORT"),
        inject_port=_port(get("CODEXBRIDGE_INJECT_PORT") or "8788", "CODEXBRIDGE_INJECT_PORT"),
        token=get("CODEXBRIDGE_TOKEN"),
        hosts=_listed(get("CODEXBRIDGE_ALLOWED_HOSTS").lower()),
        origins=_listed(get("CODEXBRIDGE_ALLOWED_ORIGINS")),
        allow_keys=get("CODEXBRIDGE_ALLOW_KEYS") == "true",
        usage=get("CODEXBRIDGE_USAGE") == "true",
        approvals=_policy(get("CODEXBRIDGE_APPROVALS") or "decline"),
        approval_timeout=_seconds(get("CODEXBRIDGE_APPROVAL_TIMEOUT") or "600", "CODEXBRIDGE_APPROVAL_TIMEOUT"),
        verify=_rollout(get("CODEXBRIDGE_VERIFY"), "CODEXBRIDGE_VERIFY"),
        repair=_rollout(get("CODEXBRIDGE_REPAIR"), "CODEXBRIDGE_REPAIR"),
    )


def sidecar_addresses(environment: Mapping[str, str]) -> tuple[str, str]:
    """Where the sidecar takes events, and where it says that it is well. Raises :class:`StartError`."""

    def address(name: str) -> str:
        return _address(environment.get(name, "").strip() or DEFAULTS[name], name)

    return address("SIDECAR_URL"), address("SIDECAR_HEALTH_URL")


def check(settings: Settings) -> None:
    """Hold what was asked for against the machine. Raises :class:`StartError`."""
    if not settings.workspace.exists():
        raise StartError(f"workspace {settings.workspace} does not exist: make it, or name another with --workspace")
    if not settings.workspace.is_dir():
        raise StartError(f"workspace {settings.workspace} is not a folder: name one with --workspace")
    if settings.stream_port == settings.inject_port != 0:
        raise UsageError(f"both ports are {settings.stream_port}: --stream-port and --inject-port must differ")
    if settings.mode == "oneshot" and not settings.prompt.strip():
        raise StartError("SESSION_MODE is oneshot but AGENT_PROMPT is empty: give it a prompt, or use interactive")
    if not (settings.base_url or settings.api_key or settings.auth_source):
        raise StartError("no model: set OPENAI_BASE_URL, or OPENAI_API_KEY, or CODEX_AUTH_SOURCE")
    if settings.auth_source and not Path(settings.auth_source).is_file():
        raise StartError(f"CODEX_AUTH_SOURCE {settings.auth_source} is not a file: mount it, or unset the variable")


def _workspace(text: str) -> Path:
    if text:
        return Path(text).expanduser().resolve()
    usual = Path("/workspace")
    return usual if usual.is_dir() else Path.cwd()


def _address(text: str, name: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise StartError(f"{name} is {text!r}: it must start with http:// or https://")
    return text.rstrip("/")


def _listed(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _milliseconds(text: str) -> float:
    try:
        value = float(text) if text else 900_000.0
    except ValueError:
        value = 900_000.0
    return value / 1000 if value >= 0 else 900.0


def _policy(text: str) -> Policy:
    for policy in get_args(Policy):
        if text == policy:
            return cast(Policy, text)
    raise StartError(f"CODEXBRIDGE_APPROVALS is {text!r}: set it to decline, accept or ask")


def _seconds(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise StartError(f"{name} is {text!r}: it must be a number of seconds")
    return value


def _port(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise StartError(f"{name} is {text!r}: it must be a port from 0 to 65535")
    return int(text)


def _rollout(value: str, name: str) -> bool:
    if value not in ("", "rollout"):
        raise StartError(f"{name} is {value!r}: set it to rollout, or leave it empty")
    return value == "rollout"
