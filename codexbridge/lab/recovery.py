"""Break a turn of a served release, and see that it is noticed, that Codex goes on, and that nothing is lost.

``python -m codexbridge.lab.recovery 0.8.0 0.20.0 0.23.0``: the second of five messages gets an answer of HTTP 400, for
ever (``--status`` for another); three wait behind it, given over HTTP and WebSocket. Printed is what the events said.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import click
import httpx
import msgspec
from websockets.asyncio.client import connect

from codexbridge.lab import trials
from codexbridge.lab.listener import Json, Listener
from codexbridge.lab.served import Served

MESSAGES = ("first", "second fails", "third", "fourth", "fifth")


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """``said``: errors and receipts in order, with the seconds since the start; ``wrong`` is empty if all is well."""

    said: list[str]
    heard: list[str]
    failed_requests: int
    wrong: str


def recover(version: str, status: int = 400, limit: float = 170.0) -> Recovery:
    """Serve ``version`` once and break its second turn."""
    refused = 0
    said: list[str] = []
    began = time.monotonic()

    def plan(_request: Json, text: str) -> list[Json] | int | None:
        nonlocal refused
        if text == MESSAGES[1]:
            refused += 1
            return status
        return None

    def tell(words: str) -> None:
        said.append(f"{time.monotonic() - began:5.1f} {words}")

    with Listener(plan) as listener, Served(version, listener) as served:

        def watch() -> None:
            try:
                with httpx.stream("GET", f"http://127.0.0.1:{served.stream}/stream", timeout=None) as stream:
                    for line in stream.iter_lines():
                        event = json.loads(line[6:]) if line.startswith("data: ") else {}
                        if event.get("type") in ("agent.error", "session.failed", "session.completed"):
                            tell(f"event {event['type']}: {json.dumps(event['payload'])[:220]}")
            except httpx.HTTPError:
                pass

        threading.Thread(target=watch, daemon=True).start()
        ended = asyncio.run(_converse(served.inject, tell, limit))
        time.sleep(1)
        heard = listener.before + listener.heard
    wrong = "" if ended else "not every message came to an end"
    # A message whose turn failed is known to the model: it stands in the history that goes on.
    got = [text for text in heard if text != MESSAGES[1]]
    if got != [text for text in MESSAGES if text != MESSAGES[1]]:
        wrong = f"the model heard {heard}"
    return Recovery(said=said, heard=heard, failed_requests=refused, wrong=wrong)


async def _converse(port: int, tell: Any, limit: float) -> bool:
    left = set(MESSAGES)
    async with (
        connect(f"ws://127.0.0.1:{port}/ws", proxy=None, ping_interval=None) as socket,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        for number, text in enumerate(MESSAGES):
            if number == 3:
                await client.post("/inject", json={"text": text, "event_id": text})
                left.discard(text)
            else:
                await socket.send(json.dumps({"text": text, "event_id": text}))
        try:
            async with asyncio.timeout(limit):
                while left:
                    frame = json.loads(await socket.recv())
                    kind = frame["type"]
                    tell(f"{frame.get('event_id')}: {kind} {frame.get('status', '')} {frame.get('error', '')}".rstrip())
                    if kind in ("turn.completed", "rejected"):
                        left.discard(frame["event_id"])
        except TimeoutError:
            return False
        except OSError:
            return not left
    return True


def _every(versions: tuple[str, ...], status: int, limit: float) -> Iterator[trials.Trial]:
    for version in versions:
        done = recover(version, status, limit)
        lines = [f"{version}: {done.wrong or 'ok'}; {done.failed_requests} requests refused", *done.said]
        yield bool(done.wrong), "\n  ".join(lines)


@trials.command
@click.option("--status", default=400, show_default=True, help="HTTP status that breaks the turn.")
@click.option("--limit", default=170.0, show_default=True, help="Seconds for a release.")
def main(versions: tuple[str, ...], status: int, limit: float) -> None:
    """Break a turn of VERSIONS and see how they go on."""
    trials.report(_every(versions, status, limit))


if __name__ == "__main__":
    main()
