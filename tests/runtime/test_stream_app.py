"""The event port, byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from codexbridge.platform.events import AgentText
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.stream_app import stream_app


async def test_health_and_not_found_have_bare_bodies(serve_app: Any, ask: Any) -> None:
    port = await serve_app(stream_app(Hub()))
    for method in ("GET", "POST", "DELETE"):
        status, headers, body = await ask(port, method, "/health?x=1")
        assert (status, body) == (200, b"ok")
        assert "content-type" not in headers
    for path in ("/", "/healthz", "/stream/", "/inject"):
        status, headers, body = await ask(port, "GET", path)
        assert (status, body) == (404, b"not found")
        assert "content-type" not in headers


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_stream_headers_replay_and_live(serve_app: Any, method: str) -> None:
    hub = Hub()
    hub.publish(AgentText(text="kept"))
    port = await serve_app(stream_app(hub))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} /stream?x=y HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert head.startswith("http/1.1 200")
    assert "content-type: text/event-stream\r\n" in head
    assert "cache-control: no-cache\r\n" in head
    assert "connection: keep-alive\r\n" in head
    kept = await reader.readuntil(b"}}\n\n")
    assert b'\ndata: {"type":"agent.text","payload":{"text":"kept"}}\n\n' in kept
    hub.publish(AgentText(text="live"))
    assert b'"live"' in await asyncio.wait_for(reader.readuntil(b"}}\n\n"), 1)
    writer.close()
    for _ in range(100):
        if not hub.readers:
            break
        await asyncio.sleep(0.02)
    assert hub.readers == 0


async def test_a_reader_that_stopped_reading_does_not_hold_up_another(serve_app: Any) -> None:
    hub = Hub(max_bytes=1_000_000)
    port = await serve_app(stream_app(hub))
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    for _, writer in connections:
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    (stuck, stuck_writer), (quick, quick_writer) = connections
    stuck_writer.transport.pause_reading()  # type: ignore[attr-defined]
    while hub.readers < 2:
        await asyncio.sleep(0.01)
    seen = b""
    for number in range(200):
        hub.publish(AgentText(text=f"<{number}>" + "x" * 100_000))
        while f"<{number}>".encode() not in seen[-150_000:]:
            seen += await asyncio.wait_for(quick.read(1 << 20), 5)
    assert hub.dropped == 1
    assert hub.readers == 1
    stuck_writer.transport.resume_reading()  # type: ignore[attr-defined]
    rest = b""
    while b"bridge.dropped" not in rest:
        chunk = await asyncio.wait_for(stuck.read(1 << 20), 5)
        assert chunk
        rest = rest[-1000:] + chunk
    for writer in (stuck_writer, quick_writer):
        writer.close()
