"""Many senders at once, over HTTP and WebSocket, into one served Codex: nothing lost, doubled or out of order.

``python -m codexbridge.lab.burst 0.47.0 --messages 1000`` prints the figures and ends with 1 if one is wrong.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import click
import httpx
import msgspec
from websockets.asyncio.client import connect

from codexbridge.lab import trials
from codexbridge.lab.listener import Listener
from codexbridge.lab.served import Served


class Tally(msgspec.Struct):
    """What was counted. ``wrong`` says what must not be."""

    given: int = 0
    heard: int = 0
    refused: int = 0
    """Times that a sender was told to come again."""
    repeated: int = 0
    """Messages given a second time on purpose."""
    receipts: dict[str, int] = {}
    seconds: float = 0.0
    wrong: list[str] = []


async def burst(port: int, senders: int, each: int, tally: Tally) -> list[list[str]]:
    """Let half of the senders use HTTP and half WebSockets; gives what each of them said, in its order."""
    said: list[list[str]] = [[f"sender {number} says {n}" for n in range(each)] for number in range(senders)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:

        async def by_http(number: int) -> None:
            for n, text in enumerate(said[number]):
                body = {"text": text, "event_id": f"h{number}-{n}", "sender_id": f"s{number}"}
                for again in range(2 if n % 10 == 0 else 1):
                    tally.repeated += again
                    while (reply := await client.post("/inject", json=body)).status_code == 429:
                        tally.refused += 1
                        await asyncio.sleep(int(reply.headers["retry-after"]))
                    if reply.status_code != 202:
                        tally.wrong.append(f"{body['event_id']}: HTTP {reply.status_code} {reply.text}")
                tally.given += 1

        async def by_socket(number: int) -> None:
            async with connect(f"ws://127.0.0.1:{port}/ws", proxy=None, ping_interval=None) as socket:
                left = set(range(each))
                replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

                async def read() -> None:
                    while left:
                        frame = json.loads(await socket.recv())
                        kind = frame["type"]
                        tally.receipts[kind] = tally.receipts.get(kind, 0) + 1
                        if kind in ("accepted", "error"):
                            replies.put_nowait(frame)
                        elif kind in ("turn.completed", "rejected"):
                            left.discard(int(frame["event_id"].rpartition("-")[2]))

                reading = asyncio.create_task(read())
                for n, text in enumerate(said[number]):
                    body = {"text": text, "event_id": f"w{number}-{n}", "sender_id": f"s{number}"}
                    while True:
                        await socket.send(json.dumps(body))
                        reply = await replies.get()
                        if reply["type"] == "accepted":
                            break
                        tally.refused += 1
                        await asyncio.sleep(reply.get("retry_after", 1))
                    tally.given += 1
                await reading

        await asyncio.gather(*(by_http(n) if n % 2 else by_socket(n) for n in range(senders)))
    return said


def judge(said: list[list[str]], heard: list[str], tally: Tally) -> None:
    """Compare what was given with what the model received."""
    tally.heard = len(heard)
    every = [text for texts in said for text in texts]
    for text in set(every) - set(heard):
        tally.wrong.append(f"lost: {text}")
    for text in {text for text in heard if heard.count(text) > 1}:
        tally.wrong.append(f"doubled: {text}")
    for text in set(heard) - set(every):
        tally.wrong.append(f"nobody said: {text[:200]!r}")
    for texts in said:
        own = set(texts)
        if [text for text in heard if text in own] != [text for text in texts if text in heard]:
            tally.wrong.append(f"out of order: {texts[0].rpartition(' ')[0]}")


def run(version: str, senders: int, messages: int, limit: float) -> Tally:
    """Serve ``version`` and give it ``messages`` from ``senders``."""
    tally = Tally()
    with Listener() as listener, Served(version, listener) as served:
        began = time.monotonic()
        try:
            said = asyncio.run(asyncio.wait_for(burst(served.inject, senders, messages // senders, tally), limit))
            while len(listener.before + listener.heard) < tally.given and time.monotonic() - began < limit:
                time.sleep(0.1)
            time.sleep(2)
            tally.seconds = time.monotonic() - began
            judge(said, listener.before + listener.heard, tally)
        except TimeoutError:
            tally.wrong.append(f"not done in {limit:.0f} s; the model heard {len(listener.heard)}")
    return tally


def _every(versions: tuple[str, ...], senders: int, messages: int, limit: float) -> Iterator[trials.Trial]:
    for version in versions:
        tally = run(version, senders, messages, limit)
        rate = tally.heard / tally.seconds if tally.seconds else 0.0
        lines = [
            f"{version}: {tally.given} messages of {senders} senders given, {tally.heard} heard, "
            f"{tally.repeated} given again, {tally.refused} times told to wait; {tally.seconds:.0f} s ({rate:.1f}/s)",
            f"receipts over WebSocket: {dict(sorted(tally.receipts.items()))}",
            *tally.wrong[:20],
        ]
        yield bool(tally.wrong), "\n  ".join(lines)


@trials.command
@click.option("--senders", default=10, show_default=True)
@click.option("--messages", default=1000, show_default=True)
@click.option("--limit", default=1800.0, show_default=True, help="Seconds for all of it.")
def main(versions: tuple[str, ...], senders: int, messages: int, limit: float) -> None:
    """Give VERSIONS many messages from many senders at once."""
    trials.report(_every(versions, senders, messages, limit))


if __name__ == "__main__":
    main()
