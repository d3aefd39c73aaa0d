"""The input port, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codexbridge.runtime.inject_app import ShutdownRequest, inject_app


class Inputs:
    """Writes down what the port asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def inject(self, body: dict[str, Any]) -> None:
        if body["text"] == "raise":
            raise RuntimeError("no room")
        self.asked.append(body)

    def keepalive(self) -> None:
        self.asked.append("keepalive")

    def shutdown(self, request: ShutdownRequest) -> None:
        self.asked.append(request)


async def test_inject(serve_app: Any, ask: Any) -> None:
    inputs = Inputs()
    port = await serve_app(inject_app(inputs))
    body = {"text": "h\u00e9", "event_id": "e", "unknown": 1}
    status, headers, reply = await ask(port, "POST", "/inject?x", json.dumps(body).encode())
    assert (status, reply) == (202, b"accepted")
    assert "content-type" not in headers
    assert inputs.asked == [body]
    assert (await ask(port, "POST", "/inject", b'{"text":""}'))[0] == 202


@pytest.mark.parametrize(
    ("body", "status", "reply"),
    [
        (b"{}", 400, b"text required"),
        (b'{"text":7}', 400, b"text required"),
        (b'{"text":null}', 400, b"text required"),
        (b"[]", 400, b"text required"),
        (b'"text"', 400, b"text required"),
        (b"", 500, b"malformed JSON: "),
        (b"{text", 500, b"malformed JSON: "),
        (b"null", 500, b"malformed JSON: "),
        (b'{"text":NaN}', 500, b"malformed JSON: NaN is not JSON"),
        (b"[" * 100_000, 500, b"malformed JSON: "),
        (b'{"text":"raise"}', 500, b"no room"),
        (b'{"text":"' + b"x" * (1 << 20) + b'"}', 413, b"body too large: at most 1048576 bytes"),
    ],
)
async def test_bad_bodies(serve_app: Any, ask: Any, body: bytes, status: int, reply: bytes) -> None:
    inputs = Inputs()
    port = await serve_app(inject_app(inputs))
    got, headers, text = await ask(port, "POST", "/inject", body)
    assert got == status
    assert text.startswith(reply)
    assert b"\n" not in text
    assert "content-type" not in headers
    assert inputs.asked == []


async def test_a_body_of_just_one_mebibyte_is_taken(serve_app: Any, ask: Any) -> None:
    inputs = Inputs()
    port = await serve_app(inject_app(inputs))
    body = b'{"text":"' + b"x" * ((1 << 20) - 11) + b'"}'
    assert (await ask(port, "POST", "/inject", body))[0] == 202


async def test_other_routes_and_methods(serve_app: Any, ask: Any) -> None:
    inputs = Inputs()
    port = await serve_app(inject_app(inputs))
    for path in ("/inject", "/keepalive", "/shutdown"):
        status, headers, body = await ask(port, "GET", path)
        assert (status, body) == (404, b"not found")
        assert "content-type" not in headers
    assert (await ask(port, "POST", "/stream"))[0] == 404
    assert (await ask(port, "PUT", "/health"))[::2] == (200, b"ok")
    assert inputs.asked == []


async def test_keepalive_and_shutdown(serve_app: Any, ask: Any) -> None:
    inputs = Inputs()
    port = await serve_app(inject_app(inputs))
    assert (await ask(port, "POST", "/keepalive", b"anything"))[::2] == (200, b"ok")
    for body in (b"", b"{nonsense", b"[]", b'{"summary":5}'):
        assert (await ask(port, "POST", "/shutdown", body))[::2] == (200, b"ok")
    await ask(port, "POST", "/shutdown", b'{"summary":"done","is_success":false,"error":"e"}')
    assert inputs.asked == [
        "keepalive",
        *[ShutdownRequest()] * 4,
        ShutdownRequest(success=False, summary="done", error="e"),
    ]
