"""What ``send``, ``tail``, ``interrupt``, ``answer`` and ``screen`` share: the socket of a running bridge."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Frame = dict[str, Any]

DEFAULT = "http://127.0.0.1:8788"


def connected(command: F) -> F:
    """The options that say which bridge."""
    command = click.option(
        "--token", envvar="CODEXBRIDGE_TOKEN", show_envvar=True, help="Bearer token, where the bridge asks for one."
    )(command)
    return click.option(
        "--url", envvar="CODEXBRIDGE_URL", show_envvar=True, default=DEFAULT, show_default=True, help="Input port."
    )(command)


class Socket:
    """Frames to and from a bridge."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def say(self, **frame: Any) -> None:
        await self._socket.send(json.dumps(frame))

    async def hear(self) -> Frame:
        """The next frame; an ``error`` raises :class:`click.ClickException` with its words."""
        frame = json.loads(await self._socket.recv())
        if frame.get("type") == "error":
            raise click.ClickException(str(frame.get("message")))
        return dict(frame)


@asynccontextmanager
async def socket(url: str, token: str | None) -> AsyncIterator[Socket]:
    """A connection to the bridge at ``url``; what goes wrong is told in one line."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

    address = "ws" + url.removeprefix("http") if url.startswith("http") else url
    if not address.rstrip("/").endswith(("/ws", "/inject")):
        address = address.rstrip("/") + "/ws"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        # No proxy: the bridge is on this machine, or named as it is.
        async with connect(address, additional_headers=headers, max_size=None, proxy=None) as opened:
            yield Socket(opened)
    except InvalidStatus as error:
        status = error.response.status_code
        remedy = "give --token" if status in (401, 403) and not token else "check --url and --token"
        raise click.ClickException(f"{url} refuses the connection (HTTP {status}): {remedy}") from None
    except (InvalidURI, InvalidHandshake) as error:
        raise click.ClickException(f"{url} is no bridge: {error}") from None
    except ConnectionClosed:
        raise click.ClickException("the bridge closed the connection") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.ClickException(f"no bridge at {url} ({reason}): start one with codexbridge serve") from None


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run a client to its end and leave with its status."""
    try:
        status = asyncio.run(work)
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # Whoever read our output has gone, which is how `| head` ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 0
    raise SystemExit(status)
