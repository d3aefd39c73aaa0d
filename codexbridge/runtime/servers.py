"""The MCP servers of a session: which were asked for, and how a release is told of them without a key in a file.

What a file of servers holds may be a key anywhere: in variables, arguments, headers, an address. So none of these is
written. A server that runs here is started by :mod:`codexbridge.runtime.mcp_start`, which is handed the rest; headers
of one that is reached by HTTP are named by variables where the release asks for them, and else the relay sends them.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import msgspec

from codexbridge.grammar.releases import Release
from codexbridge.platform.redact import Redactor, secrets_in
from codexbridge.runtime import handover, mcp_relay, mcp_start
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.handover import Plan
from codexbridge.runtime.settings import Settings

VARIABLES = "CODEXBRIDGE_MCP_"
"""How the environment variables begin that hold headers for Codex."""

_FILE = "CODEXBRIDGE_MCP_CONFIG"
_LIST = "MCP_REMOTE_ATTACHMENTS_JSON"
_NAMES = ("bearer_token_env_var", "env_http_headers")
"""Keys whose values are names of variables, and no secrets."""
_WAY = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")
_REACHED = ("url", "bearer_token", "http_headers", *_NAMES)


class Suited(msgspec.Struct):
    """Servers as a release is told of them."""

    tables: dict[str, dict[str, Any]] = {}
    """For its configuration."""
    variables: dict[str, str] = {}
    """For its environment."""
    plans: dict[int, Plan] = {}
    """For :class:`codexbridge.runtime.handover.Door`."""

    def __repr__(self) -> str:
        return f"Suited({', '.join(self.tables)})"


def asked(settings: Settings) -> dict[str, Any]:
    """The MCP servers that were asked for: a file's first, then remote ones, which cannot take a name twice.

    Raises :class:`StartError` for a file that cannot be read. What is wrong in the remote list is left out.
    """
    servers = _from_file(settings.mcp_config) if settings.mcp_config else {}
    if settings.platform:
        servers = {name: _of_platform(name, server, settings) for name, server in servers.items()}
    for name, url in remote(settings)[0].items():
        servers.setdefault(name, {"url": url})
    if settings.sandbox != "danger-full-access" and settings.approvals == "decline":
        # With a sandbox and no approvals, releases refuse every call of a server that does not say this.
        servers = {name: {"default_tools_approval_mode": "approve", **server} for name, server in servers.items()}
    return servers


def remote(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Name -> address of the remote MCP servers, and what was wrong in their list."""
    try:
        listed = json.loads(settings.mcp_remote) if settings.mcp_remote else []
    except (ValueError, RecursionError):
        return {}, [f"{_LIST} is no JSON: no remote MCP server is used"]
    if not isinstance(listed, list):
        return {}, [f"{_LIST} is no list: no remote MCP server is used"]
    servers: dict[str, str] = {}
    wrong: list[str] = []
    for number, entry in enumerate(listed, 1):
        name, url = (entry.get("name"), entry.get("url")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or not name or not isinstance(url, str):
            wrong.append(f"{_LIST}: entry {number} has no name and url: left out")
        elif not _on_loopback(url):
            wrong.append(f"{_LIST}: {name} is not at http://127.0.0.1:<port>: left out")
        else:
            servers.setdefault(name, url)
    return servers, wrong


def secrets(servers: Mapping[str, Any]) -> list[str]:
    """The values in servers whose names say that they must not be said, those of arguments and addresses among them."""
    found: list[str] = []
    for server in servers.values():
        if not isinstance(server, dict):
            continue
        found += secrets_in({key: value for key, value in server.items() if key not in _NAMES})
        address = _parts(str(server.get("url", "")))
        found += secrets_in(dict(parse_qsl(address.query)))
        found += [address.password] if address.password else []
        args = server.get("args")
        found += _in_arguments([str(one) for one in args] if isinstance(args, list) else [])
    return found


def suited(servers: Mapping[str, Any], row: Release, home: Path, environment: Mapping[str, str]) -> Suited:
    """How the release of ``row`` is told of ``servers``; early ones do not start with an address in their table.

    Raises :class:`StartError` for a server that cannot be told of without a key in a file.
    """
    out = Suited()
    for number, (name, server) in enumerate(servers.items()):
        rest = {key: value for key, value in server.items() if key not in ("command", "args", "env", *_REACHED)}
        if "url" in server and not _parts(str(server["url"])).hostname:
            raise StartError(f"MCP server {name}: its url is no address: give one that begins with http:// or https://")
        if "url" not in server:
            told, plan = _run_here(name, server)
        elif row.traits.get("mcp_url", True) and not _discloses(str(server["url"])):
            told, plan = _named(server, out.variables), None
        else:
            told, plan = _relayed(server, environment)
        if plan is not None:
            if len(msgspec.json.encode(plan)) > handover.LARGEST:
                raise StartError(
                    f"MCP server {name}: its arguments and variables are longer than {handover.LARGEST} bytes"
                )
            out.plans[number] = plan
            starter = str(Path(mcp_start.__file__))
            told = {"command": sys.executable, "args": ["-I", starter, str(handover.place(home, number)), name]}
        out.tables[name] = told | rest
        _guard(name, rest)
    return out


def _run_here(name: str, server: Mapping[str, Any]) -> tuple[dict[str, Any], Plan | None]:
    """A server on standard input and output: handed over as soon as there is more to it than its name."""
    try:
        plan = msgspec.convert({"command": server.get("command"), "args": server.get("args", [])}, Plan)
        values = msgspec.convert(server.get("env", {}), dict[str, str | int | float | bool])
    except msgspec.ValidationError as error:
        raise StartError(
            f"MCP server {name}: it needs a command (text), args (texts) and env (a table): {error}"
        ) from None
    if not plan.args and not values and Redactor()(plan.command) == plan.command:
        return {"command": plan.command}, None
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in values.items()}
    return {}, msgspec.structs.replace(plan, env=texts)


def _named(server: Mapping[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    """A server by its address, its headers in ``variables``, which are added to."""
    told: dict[str, Any] = {key: server[key] for key in ("url", *_NAMES) if key in server}

    def kept(value: Any) -> str:
        name = f"{VARIABLES}{len(variables) + 1}"
        variables[name] = str(value)
        return name

    if "bearer_token" in server:
        told["bearer_token_env_var"] = kept(server["bearer_token"])
    if headers := _table(server, "http_headers"):
        told["env_http_headers"] = {key: kept(value) for key, value in headers.items()} | _table(
            told, "env_http_headers"
        )
    return told


def _relayed(server: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], Plan | None]:
    """A server behind the relay, which sends what Codex would have sent."""
    headers = {key: str(value) for key, value in _table(server, "http_headers").items()}
    headers |= {
        key: value for key, name in _table(server, "env_http_headers").items() if (value := environment.get(name))
    }
    token = server.get("bearer_token") or environment.get(str(server.get("bearer_token_env_var", "")))
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url, relay = str(server["url"]), ["-I", str(Path(mcp_relay.__file__))]
    if not headers and not _discloses(url) and _on_loopback(url):
        return {"command": sys.executable, "args": [*relay, url]}, None
    told = {mcp_relay.TOLD: json.dumps({"url": url, "headers": headers})}
    # Codex gives its servers few variables; the relay goes the way that Codex would have gone.
    way = {key: value for key, value in environment.items() if key.lower() in _WAY}
    return {}, Plan(command=sys.executable, args=relay, env={**way, **told})


def _guard(name: str, rest: Mapping[str, Any]) -> None:
    """Refuse what is left for the configuration if it looks like a key."""
    for key, value in rest.items():
        text = json.dumps(value, default=str)
        if secrets_in({key: value}) or Redactor()(text) != text:
            raise StartError(
                f"MCP server {name}: {key} looks like a key, which no file may hold: "
                "put it into env, args, http_headers or bearer_token_env_var"
            )


def _table(server: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = server.get(key)
    return found if isinstance(found, dict) else {}


def _discloses(url: str) -> bool:
    """Whether an address may hold a key: as a user's password, in its query, or by its shape."""
    parts = _parts(url)
    return bool(parts.query or parts.username or parts.password) or Redactor()(url) != url


_OPTION = re.compile(r"-{0,2}([A-Za-z][\w-]*)(?:=(.+))?\Z", re.DOTALL)


def _in_arguments(args: list[str]) -> list[str]:
    """The values of options and assignments whose names say that they are secret."""
    found: list[str] = []
    for number, word in enumerate(args):
        if option := _OPTION.match(word):
            following = args[number + 1] if number + 1 < len(args) and word.startswith("-") else ""
            found += secrets_in({option[1]: option[2] or following})
    return [value for value in found if value]


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


def _from_file(name: str) -> dict[str, Any]:
    try:
        text = Path(name).read_text("utf-8")
        document = json.loads(text) if name.endswith(".json") else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise StartError(f"{_FILE} {name} cannot be read: {error}") from error
    servers = document.get("mcp_servers", document.get("mcpServers")) if isinstance(document, dict) else None
    if not isinstance(servers, dict) or not all(isinstance(server, dict) for server in servers.values()):
        raise StartError(f"{_FILE} {name} has no table mcp_servers")
    return servers


def _parts(url: str) -> SplitResult:
    """The parts of an address; none of what is no address."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _on_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname == "127.0.0.1" and bool(parts.port) and not parts.username
    except ValueError:
        return False
