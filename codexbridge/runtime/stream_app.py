"""The event port: ``/stream``, ``/health``; everything else is not found."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from codexbridge.runtime.http import Endpoint, health, not_found
from codexbridge.runtime.hub import Hub, Reader

KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent."""

_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


def stream_app(hub: Hub, routes: list[Route] | None = None, keep_alive: float = KEEP_ALIVE) -> Starlette:
    """The application of the event port. ``routes`` are further ones (metrics)."""

    async def stream(request: Request) -> Response:
        reader = hub.attach(
            diagnostics=request.query_params.get("bridge", "") not in ("", "0", "false"),
            last_event_id=request.headers.get("last-event-id", ""),
        )
        return StreamingResponse(_body(reader, keep_alive), headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/stream", Endpoint(stream)),
            Route("/health", Endpoint(health)),
            *(routes or []),
            Route("/{path:path}", Endpoint(not_found)),
        ]
    )


async def _body(reader: Reader, keep_alive: float) -> AsyncIterator[bytes]:
    try:
        async for chunk in reader.chunks(keep_alive):
            yield chunk
    finally:
        reader.close()
