"""The platform's sidecar, played: health on its own port, session events, uploads, input with redelivery.

It reads the stream as the real one does (:class:`tests.runtime.stage.Reader`) and keeps what a platform would see:
its own events and the stream's, in one order.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
import time
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class StandIn:
    """A context manager; ``url`` and ``health_url`` go into the bridge's environment."""

    def __init__(self, healthy_after: float = 0.0) -> None:
        self.posted: list[dict[str, Any]] = []
        self.asked_for: list[str] = []
        self.uploads: dict[str, dict[str, Any]] = {}
        self.refuse_events = 0
        """So many posts are answered with 503 first."""
        self.upload_delay = 0.0
        self._healthy_at = time.monotonic() + healthy_after
        self.health_asked = 0
        self._sockets = [_listener(), _listener()]
        main = Starlette(
            routes=[
                Route("/event", self._event, methods=["POST"]),
                Route("/uploads/read", self._upload, methods=["POST"]),
            ]
        )
        health = Starlette(routes=[Route("/health", self._health)])
        self._servers = [
            uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off")) for app in (main, health)
        ]
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._sockets[0].getsockname()[1]}"

    @property
    def health_url(self) -> str:
        return f"http://127.0.0.1:{self._sockets[1].getsockname()[1]}"

    def environment(self, **more: str) -> dict[str, str]:
        """What the pod's specification would set."""
        return {
            "SESSION_ID": "session-7",
            "AGENT_ID": "agent-7",
            "SIDECAR_URL": self.url,
            "SIDECAR_HEALTH_URL": self.health_url,
            "CODEXBRIDGE_HOST": "127.0.0.1",
            **more,
        }

    def types(self) -> list[str]:
        return [event["type"] for event in self.posted]

    def __enter__(self) -> StandIn:
        for server, listener in zip(self._servers, self._sockets, strict=True):
            thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def recover(self) -> None:
        """Be well from now on."""
        self._healthy_at = time.monotonic()

    def close(self) -> None:
        """Go away, as a sidecar does that was killed."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        for thread in self._threads:
            thread.join(5)
        for listener in self._sockets:
            listener.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def deliver(self, inject: str, times: int = 1, **body: Any) -> list[int]:
        """Deliver a message as a durable consumer does: again, if the acknowledgement got lost."""
        return [
            httpx.post(f"{inject}/inject", json=body, timeout=30, trust_env=False).status_code for _ in range(times)
        ]

    async def _event(self, request: Request) -> PlainTextResponse:
        if self.refuse_events:
            self.refuse_events -= 1
            return PlainTextResponse("busy", 503)
        body = await request.json()
        assert isinstance(body["type"], str)
        assert "payload" in body
        self.posted.append(body)
        return PlainTextResponse("ok")

    async def _upload(self, request: Request) -> JSONResponse:
        upload_id = (await request.json())["upload_id"]
        self.asked_for.append(upload_id)
        await asyncio.sleep(self.upload_delay)
        return JSONResponse(self.uploads.get(upload_id, {"ok": False, "error": "not found"}))

    async def _health(self, _request: Request) -> PlainTextResponse:
        self.health_asked += 1
        return PlainTextResponse("ok", 200 if time.monotonic() >= self._healthy_at else 503)


def image(content: bytes = PIXEL) -> dict[str, Any]:
    """An upload's reply."""
    return {"ok": True, "content_b64": base64.b64encode(content).decode(), "mime": "image/png", "size": len(content)}


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(32)
    return listener


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    asyncio.run(server.serve(sockets=[listener]))
