"""What both ports share: sockets bound before anything starts, plain replies, servers that leave signals
alone.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import WS_PROTOCOLS

from codexbridge.runtime.errors import PortTaken, StartError

MAX_BODY = 1024 * 1024
"""Bytes of a request body that are read."""

_DRAIN = 16 * MAX_BODY


class BodyTooLarge(Exception):
    """A request body is over :data:`MAX_BODY`."""


def plain(text: str, status: int = 200) -> Response:
    """A reply as the platform knows it: the bare text, without a content type."""
    return Response(text.encode("utf-8", "replace"), status_code=status)


class Endpoint:
    """A route of any method. ``handler`` gets the request and returns the response."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._handler(Request(scope, receive, send))
            await response(scope, receive, send)
        except ClientDisconnect:
            return


async def not_found(_request: Request) -> Response:
    return plain("not found", 404)


async def health(_request: Request) -> Response:
    return plain("ok")


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises :class:`BodyTooLarge`, after having read on for a while: a client that is cut off in the middle of
    its sending often never sees the reply.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _DRAIN:
            break
        if size <= MAX_BODY:
            parts.append(part)
    if size > MAX_BODY:
        raise BodyTooLarge
    return b"".join(parts)


def bind(host: str, port: int, what: str, listen: bool = True) -> socket.socket:
    """A bound socket. Raises :class:`StartError` that names the port and what to do.

    ``what`` is the option that sets the port. Without ``listen`` the port is taken, but nobody can connect yet.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    except OSError as error:
        raise StartError(f"cannot resolve --host {host}: {error.strerror or error}") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        if listen:
            listener.listen(128)
    except OSError as error:
        listener.close()
        kind = PortTaken if error.errno == errno.EADDRINUSE else StartError
        raise kind(_bind_failure(error, host, port, what)) from error
    listener.setblocking(False)
    return listener


def _bind_failure(error: OSError, host: str, port: int, what: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what listens there, or choose another with --{what}"
    if error.errno == errno.EACCES:
        return f"port {port} needs privileges: choose one from 1024 up with --{what}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: choose another with --host"
    return f"cannot listen on {host}:{port} (--{what}): {error.strerror or error}"


class Server(uvicorn.Server):
    """uvicorn on a socket that is bound already. Signals belong to the bridge."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="websockets-sansio" if "websockets-sansio" in WS_PROTOCOLS else "websockets",
                ws_max_size=MAX_BODY,
                ws_ping_interval=20,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def install_signal_handlers(self) -> None:  # uvicorn before 0.29
        return
