"""The input port: ``/inject``, ``/keepalive``, ``/shutdown``, ``/health``; everything else is not found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from codexbridge.runtime.http import MAX_BODY, BodyTooLarge, Endpoint, health, not_found, plain, read_body
from codexbridge.runtime.receipts import Busy


class ShutdownRequest(msgspec.Struct, frozen=True):
    """What ``/shutdown`` asks for."""

    success: bool = True
    summary: str = "Session ended by agent"
    error: str | None = None


class Inputs(Protocol):
    """What the input port does to the bridge. None of these waits."""

    def inject(self, body: dict[str, Any]) -> None:
        """A message came in; ``body["text"]`` is a string. Raises :exc:`Busy` where too many wait."""

    def keepalive(self) -> None: ...

    def shutdown(self, request: ShutdownRequest) -> None: ...


def inject_app(inputs: Inputs, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The application of the input port."""

    async def inject(request: Request) -> Response:
        try:
            body = _parse(await read_body(request))
        except BodyTooLarge:
            return plain(f"body too large: at most {MAX_BODY} bytes", 413)
        except (ValueError, RecursionError) as error:
            return plain(f"malformed JSON: {error}", 500)
        if body is None:
            return plain("malformed JSON: an object is needed, not null", 500)
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str):
            return plain("text required", 400)
        try:
            inputs.inject(body)
        except Busy as busy:
            response = plain(str(busy), 429)
            response.headers["Retry-After"] = str(busy.retry_after)
            return response
        except Exception as error:
            return plain(str(error) or type(error).__name__, 500)
        return plain("accepted", 202)

    async def keepalive(_request: Request) -> Response:
        inputs.keepalive()
        return plain("ok")

    async def shutdown(request: Request) -> Response:
        try:
            asked = shutdown_request(_parse(await read_body(request)))
        except (BodyTooLarge, ValueError, RecursionError):
            asked = ShutdownRequest()
        inputs.shutdown(asked)
        return plain("ok")

    return Starlette(
        routes=[
            Route("/inject", Endpoint(_post(inject))),
            Route("/keepalive", Endpoint(_post(keepalive))),
            Route("/shutdown", Endpoint(_post(shutdown))),
            Route("/health", Endpoint(health)),
            *routes,
            Route("/{path:path}", Endpoint(not_found)),
        ]
    )


def _post(handler: Any) -> Any:
    """``handler`` for POST; any other method is not found, as if there were no such route."""

    async def checked(request: Request) -> Response:
        if request.method != "POST":
            return await not_found(request)
        response: Response = await handler(request)
        return response

    return checked


def _parse(body: bytes) -> Any:
    """Decode as the platform's own runtime does: bad UTF-8 is replaced, NaN and Infinity are no JSON."""
    return json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def shutdown_request(body: Any) -> ShutdownRequest:
    """Read what ``/shutdown`` was given; whatever makes no sense counts as not said."""
    if not isinstance(body, dict):
        return ShutdownRequest()
    summary, error = body.get("summary"), body.get("error")
    return ShutdownRequest(
        success=body.get("is_success") is not False,
        summary=summary if isinstance(summary, str) and summary else "Session ended by agent",
        error=error if isinstance(error, str) and error else None,
    )
