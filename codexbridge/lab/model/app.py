"""The scripted model over HTTP, on loopback only."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from codexbridge.lab.errors import LabError
from codexbridge.lab.model.player import Player, Refusal
from codexbridge.lab.scenario import Scenario


def application(player: Player, log: Path | None = None) -> Starlette:
    """The ASGI application. ``log``, for looking into a release's wire, takes every request as a line of JSON."""

    async def responses(request: Request) -> HttpResponse:
        body = await _json(request)
        if log:
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"path": request.url.path, "body": body}, ensure_ascii=False) + "\n")
        if not isinstance(body, dict):
            return _error(400, "the body is not a JSON object")
        headers = player.headers(body)
        try:
            stream = player.open(body)
        except Refusal as refusal:
            fault = refusal.fault
            return JSONResponse(fault.body, fault.status, {**headers, **fault.headers})
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def compact(request: Request) -> HttpResponse:
        """``/responses/compact``: the history in short, as one user message."""
        body = await _json(request)
        kept = [item for item in (body or {}).get("input", []) if item.get("role") == "user"]
        return JSONResponse({"output": kept[-2:]})

    async def models(request: Request) -> HttpResponse:
        return JSONResponse({"object": "list", "data": [], "models": []})

    async def other(request: Request) -> HttpResponse:
        return _error(404, f"the scripted model has no {request.url.path}")

    routes = [
        Route(prefix + path, endpoint, methods=methods)
        for prefix in ("", "/v1")
        for path, endpoint, methods in (
            ("/responses", responses, ["POST"]),
            ("/responses/compact", compact, ["POST"]),
            ("/models", models, ["GET"]),
        )
    ]
    every = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
    return Starlette(routes=[*routes, Route("/{path:path}", other, methods=every)])


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, status)


class ModelServer:
    """The scripted model in a thread of its own. A context manager; ``url`` is what ``OPENAI_BASE_URL`` takes.

    ``with ModelServer(scenario.load("two-turns")) as model: ... model.url ... model.player.truth``
    """

    def __init__(
        self, scenario: Scenario, *, port: int = 0, truth_file: Path | None = None, log: Path | None = None
    ) -> None:
        self.player = Player(scenario, truth_file)
        self._socket = _bind(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        config = uvicorn.Config(
            application(self.player, log), log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="scripted-model", daemon=True)

    def _run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self._socket]))

    def start(self) -> None:
        """Begin to serve; the socket takes connections already."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and wait for the thread."""
        self.server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> ModelServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise LabError(f"cannot serve the scripted model on 127.0.0.1:{port}: {error.strerror}") from None
    listener.listen(64)
    return listener
