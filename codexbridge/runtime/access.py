"""Who may come in: which names the ports go by, which pages may call them, and the token, if there is one.

A web page on the same machine can send requests to loopback, and by a name of its own that resolves to it
(DNS rebinding) even read the answers. So a request must name an address or a known name as ``Host``, and whatever
names an ``Origin``, as every page does and no program need, is refused unless that origin is allowed.
"""

from __future__ import annotations

import hmac
import ipaddress

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES = frozenset({"localhost", "localhost.localdomain"})


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Empty ``token``: none is asked for. ``hosts`` are names besides loopback's and all addresses."""

    token: str = ""
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    def refuse(self, headers: list[tuple[bytes, bytes]], path: str) -> tuple[int, str] | None:
        """Status and reason, or None where the request may pass."""
        named: dict[str, list[str]] = {}
        for name, value in headers:
            named.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip())
        hosts = named.get("host", [])
        if len(hosts) > 1 or (hosts and not self._known(hosts[0])):
            return 421, "unknown host: use localhost or an address, or name it in CODEXBRIDGE_ALLOWED_HOSTS"
        for origin in named.get("origin", []):
            if origin not in self.origins:
                return 403, "origin not allowed: name it in CODEXBRIDGE_ALLOWED_ORIGINS"
        if not named.get("origin") and named.get("sec-fetch-site", ["none"])[0] not in ("none", "same-origin"):
            return 403, "a web page may not call this"
        if self.token and path != "/health" and not self._holds(named.get("authorization", [])):
            return 401, "a bearer token is needed"
        return None

    def _known(self, host: str) -> bool:
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        else:
            head, colon, port = name.rpartition(":")
            name = head if colon and port.isdigit() else name
        name = name.rstrip(".")
        if name in _NAMES or name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _holds(self, given: list[str]) -> bool:
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.token.encode())


class Guarded:
    """An ASGI application behind a :class:`Policy`."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._policy.refuse(scope["headers"], scope["path"])
        if refused is None:
            await self._app(scope, receive, send)
            return
        status, reason = refused
        if scope["type"] == "websocket":
            await receive()
            # Closing before accepting is a 403 on the wire.
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
            return
        headers = [(b"content-length", str(len(reason)).encode())]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reason.encode()})
