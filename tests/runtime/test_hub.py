"""The buffer and its readers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from codexbridge.platform.diagnostics import BridgeReady, BridgeStatus
from codexbridge.platform.events import AgentText
from codexbridge.runtime.hub import Hub, Reader


def events(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in data.split(b"\n") if line.startswith(b"data: ")]


def ids(data: bytes) -> list[str]:
    return [line[4:].decode() for line in data.split(b"\n") if line.startswith(b"id: ")]


async def drain(reader: Reader, seconds: float = 0.05) -> bytes:
    """What is there until nothing came for ``seconds``."""
    out = b""
    async for chunk in reader.chunks(keep_alive=seconds):
        if chunk.startswith(b":"):
            break
        out += chunk
    return out


def texts(data: bytes) -> list[str]:
    return [event["payload"]["text"] for event in events(data) if event["type"] == "agent.text"]


async def test_replay_then_live_without_gap_or_repeat() -> None:
    hub = Hub()
    for number in range(1005):
        hub.publish(AgentText(text=str(number)))
    reader = hub.attach()
    hub.publish(AgentText(text="live"))
    assert texts(await drain(reader)) == [*(str(number) for number in range(5, 1005)), "live"]
    assert texts(await drain(hub.attach())) == [*(str(number) for number in range(6, 1005)), "live"]


async def test_diagnostics_only_for_those_who_ask_and_push_nothing_out() -> None:
    hub = Hub(size=3)
    hub.publish(AgentText(text="a"))
    for _ in range(9):
        hub.publish(BridgeReady())
    hub.publish(AgentText(text="b"))
    assert texts(await drain(hub.attach())) == ["a", "b"]
    everything = events(await drain(hub.attach(diagnostics=True)))
    assert [event["type"] for event in everything] == ["agent.text", *["bridge.ready"] * 3, "agent.text"]


async def test_resume_after_an_id() -> None:
    hub = Hub(size=4)
    for number in range(4):
        hub.publish(AgentText(text=str(number)))
    seen = ids(await drain(hub.attach()))
    hub.publish(AgentText(text="4"))
    assert texts(await drain(hub.attach(last_event_id=seen[1]))) == ["2", "3", "4"]
    assert texts(await drain(hub.attach(last_event_id="other-3"))) == ["1", "2", "3", "4"]
    assert texts(await drain(hub.attach(last_event_id="nonsense"))) == ["1", "2", "3", "4"]
    hub.publish(AgentText(text="5"))
    resumed = events(await drain(hub.attach(diagnostics=True, last_event_id=seen[0])))
    assert [event["type"] for event in resumed][:2] == ["bridge.lost", "agent.text"]


async def test_a_slow_reader_is_dropped_and_told_and_holds_nobody_up() -> None:
    hub = Hub(max_events=5)
    slow, quick = hub.attach(), hub.attach()
    got = b""
    for number in range(8):
        hub.publish(AgentText(text=str(number)))
        got += await drain(quick, 0.01)
    assert texts(got) == [str(number) for number in range(8)]
    told = events(await drain(slow))
    assert [event["type"] for event in told] == ["bridge.dropped"]
    assert told[0]["payload"]["missed"] == 5
    assert (hub.readers, hub.dropped) == (1, 1)
    # Its stream is over: the iteration ends by itself.
    assert [chunk async for chunk in slow.chunks(60)] == []


async def test_a_long_replay_does_not_count_as_being_slow() -> None:
    hub = Hub(max_events=5)
    for number in range(100):
        hub.publish(AgentText(text=str(number)))
    reader = hub.attach()
    for number in range(100, 105):
        hub.publish(AgentText(text=str(number)))
    assert len(texts(await drain(reader))) == 105


async def test_bytes_count_too() -> None:
    hub = Hub(max_bytes=1000)
    reader = hub.attach()
    hub.publish(AgentText(text="x" * 600))
    hub.publish(AgentText(text="x" * 600))
    assert reader.dropped


async def test_the_end_comes_after_the_last_event() -> None:
    hub = Hub()
    reader = hub.attach()
    hub.publish(AgentText(text="last"))
    hub.end()
    assert texts(b"".join([chunk async for chunk in reader.chunks(60)])) == ["last"]
    assert texts(b"".join([chunk async for chunk in hub.attach().chunks(60)])) == ["last"]


async def test_silence_is_filled_with_comments() -> None:
    reader = Hub().attach()
    chunks = reader.chunks(0.01)
    assert await anext(chunks) == b": keep-alive\n\n"
    await chunks.aclose()
    reader.close()
    reader.close()


async def test_a_waiting_reader_gets_an_event_at_once() -> None:
    hub = Hub()
    chunks = hub.attach().chunks(60)
    waiting = asyncio.ensure_future(anext(chunks))
    await asyncio.sleep(0.01)
    hub.publish(AgentText(text="now"))
    assert texts(await asyncio.wait_for(waiting, 0.05)) == ["now"]
    await chunks.aclose()


async def test_strings_are_cleaned_on_their_way_out() -> None:
    hub = Hub(clean=lambda text: text.replace("secret", "[redacted]"))
    hub.publish(AgentText(text="a secret"))
    assert texts(await drain(hub.attach())) == ["a [redacted]"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.booleans(), st.text(max_size=40)),
        st.tuples(st.just("attach"), st.booleans(), st.integers(0, 3)),
        st.tuples(st.just("read"), st.integers(0, 9), st.integers(1, 4)),
        st.tuples(st.just("resume"), st.integers(0, 9), st.booleans()),
    ),
    max_size=60,
)


class Client:
    """A reader of the stream: what it has read, and the numbers of the events that it is to get in all."""

    def __init__(
        self, hub: Hub, diagnostics: bool, published: list[tuple[int, bool]], size: int, old: bytes = b""
    ) -> None:
        known = ids(old)
        after = int(known[-1].rpartition("-")[2]) if known else 0
        kept = [number for kind in (False, True) for number in [n for n, d in published if d == kind][-size:]]
        self.diagnostics = diagnostics
        self.expected = [int(one.rpartition("-")[2]) for one in known]
        self.expected += [n for n, d in published if n in kept and n > after and (diagnostics or not d)]
        self.reader = hub.attach(diagnostics, known[-1] if known else "")
        self.chunks = self.reader.chunks(keep_alive=0)
        self.raw = old

    async def read(self, count: int) -> None:
        for _ in range(count):
            chunk = await anext(self.chunks, b": end")
            if chunk.startswith(b":"):
                return
            self.raw += chunk


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(3, 12), st.integers(2, 20))
def test_whatever_readers_do_each_gets_what_it_should(steps: list[Any], size: int, behind: int) -> None:
    """Just what the buffer holds and what comes then: in order, once, ASCII, a line each; who is too slow is told."""

    async def play() -> None:
        hub = Hub(size=size, max_events=behind)
        clients: list[Client] = []
        published: list[tuple[int, bool]] = []
        for step in steps:
            if step[0] == "publish":
                hub.publish(BridgeStatus(text=step[2]) if step[1] else AgentText(text=step[2]))
                published.append((hub.published, step[1]))
                for client in clients:
                    if client.diagnostics or not step[1]:
                        client.expected.append(hub.published)
            elif step[0] == "attach":
                clients.append(Client(hub, step[1], published, size))
            elif clients and step[0] == "read":
                await clients[step[1] % len(clients)].read(step[2])
            elif clients and not clients[step[1] % len(clients)].reader.dropped:
                old = clients[step[1] % len(clients)]
                clients.append(Client(hub, old.diagnostics, published, size, old.raw))
        hub.end()
        for client in clients:
            await client.read(1000)
            assert client.raw.isascii()
            for line in client.raw.split(b"\n"):
                assert line == b"" or line.startswith((b"id: ", b"data: {"))
            numbers = [int(one.rpartition("-")[2]) for one in ids(client.raw)]
            if client.reader.dropped:
                assert numbers == client.expected[: len(numbers)]
                assert events(client.raw)[-1]["type"] == "bridge.dropped"
            else:
                assert numbers == client.expected

    asyncio.run(play())
