"""A running server on a free port, and a client that sees bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.types import ASGIApp

from codexbridge.runtime.http import Server, bind

Serve = Callable[[ASGIApp], Awaitable[int]]


@pytest.fixture
async def serve_app() -> AsyncIterator[Serve]:
    """``port = await serve_app(app)``: served until the test ends."""
    running: list[tuple[Server, asyncio.Task[None]]] = []

    async def start(app: ASGIApp) -> int:
        listener = bind("127.0.0.1", 0, "stream-port")
        server = Server(app)
        running.append((server, asyncio.create_task(server.serve(sockets=[listener]))))
        while not server.started:
            await asyncio.sleep(0.01)
        port: int = listener.getsockname()[1]
        return port

    yield start
    for server, task in running:
        server.should_exit = True
        server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)


@pytest.fixture
def ask() -> Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]:
    """One request over a bare socket: status, headers in lower case, body."""

    async def send(
        port: int, method: str, path: str, body: bytes = b"", headers: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        writer.write((head + headers + "\r\n").encode() + body)
        raw = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        top, _, rest = raw.partition(b"\r\n\r\n")
        lines = top.decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), {name.lower(): value for name, value in pairs}, rest

    return send
