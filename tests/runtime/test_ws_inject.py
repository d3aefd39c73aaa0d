"""The WebSocket: frames in, receipts and events out, and nothing that a frame can break."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from codexbridge.items import model
from codexbridge.platform.events import AgentText
from codexbridge.runtime.access import Guarded, Policy
from codexbridge.runtime.inject_app import inject_app
from codexbridge.runtime.receipts import WAITING
from codexbridge.runtime.ws_inject import picture, ws_routes
from codexbridge.session import api
from codexbridge.terminal.records import Frame, Row, Run, Style
from tests.runtime.conftest import Serve
from tests.runtime.test_bridge import Session


class Client:
    """A socket that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        return dict(json.loads(await asyncio.wait_for(self.socket.recv(), 5)))


class Room:
    """A session whose input port is served; it ends with the test."""

    def __init__(self, session: Session, port: int) -> None:
        self.session = session
        self.port = port

    @asynccontextmanager
    async def client(self, path: str = "/ws") -> AsyncIterator[Client]:
        async with connect(f"ws://127.0.0.1:{self.port}{path}") as socket:
            yield Client(socket)


@pytest.fixture
async def room(tmp_path: Path, serve_app: Serve) -> AsyncIterator[Room]:
    session = Session(tmp_path)
    await session.begin()
    port = await serve_app(
        Guarded(inject_app(session.bridge, ws_routes(session.bridge)), Policy(hosts=frozenset({"x"})))
    )
    yield Room(session, port)
    await session.bridge.end()


@pytest.fixture
async def client(room: Room) -> AsyncIterator[Client]:
    async with room.client() as client:
        yield client


def a_turn(*between: api.AnyEvent) -> list[api.AnyEvent]:
    """What the core says of the message ``e1``."""
    return [
        api.TurnStarted(turn=1, message_id="e1"),
        api.Delivery(message_id="e1", state="delivered"),
        *between,
        api.TurnCompleted(turn=1, status="completed"),
    ]


@pytest.mark.parametrize("path", ["/ws", "/inject"])
async def test_a_message_and_its_receipts(room: Room, path: str) -> None:
    session = room.session
    async with room.client(path) as client:
        await client.say(text="hello", event_id="e1", sender_id="me", steer=True)
        assert await client.hear() == {"type": "accepted", "event_id": "e1"}
        session.hear(*a_turn())
        assert [(await client.hear())["type"] for _ in range(3)] == ["delivered", "turn.started", "turn.completed"]
        sent = [command for command in session.core.commands if isinstance(command, api.SendMessage)]
        assert [(command.text, command.sender, command.steer) for command in sent] == [("hello", "me", True)]
        await client.say(text="hello", event_id="e1")
        assert [(await client.hear())["type"] for _ in range(4)][-1] == "turn.completed"
        assert len(session.sent()) == 1


async def test_frames_that_make_no_sense_change_nothing(room: Room, client: Client) -> None:
    deep = "[" * 100_000
    wrong = [
        "",
        "x",
        "[]",
        "null",
        '"text"',
        "{",
        '{"text": 1}',
        '{"type": "inject"}',
        '{"type": "fly", "text": "x"}',
        deep,
    ]
    wrong += ['{"type": 5, "text": "x"}', '{"text": "x", "event_id": ""}', '{"text": "x", "event_id": {}}']
    wrong += [
        '{"type": "answer"}',
        '{"type": "answer", "dialog_id": 1, "choice": "y"}',
        '{"type": "subscribe", "last_event_id": 4}',
    ]
    wrong += ['{"type": "keys", "keys": ["enter"]}', '{"type": "screen", "follow": 1}']
    for text in wrong:
        await client.socket.send(text)
        reply = await client.hear()
        assert reply["type"] == "error", text
        assert "\n" not in reply["message"]
    await client.socket.send(b"\x00\x01")
    assert (await client.hear())["type"] == "error"
    await client.say(type="keepalive", ref=7)
    assert await client.hear() == {"type": "ok", "for": "keepalive", "ref": 7}
    assert room.session.core.commands == []


async def test_commands_reach_the_core(room: Room, client: Client) -> None:
    session = room.session
    session.bridge.allow_keys = True
    await client.say(type="interrupt")
    await client.say(type="answer", dialog_id="dialog_1", choice="accept")
    await client.say(type="keys", keys=["ctrl-c"])
    assert [(await client.hear())["for"] for _ in range(3)] == ["interrupt", "answer", "keys"]
    assert session.core.commands == [
        api.Interrupt(),
        api.Answer(dialog_id="dialog_1", choice="accept"),
        api.Keys(keys=("ctrl-c",)),
    ]
    await client.say(type="shutdown", summary="done")
    assert (await client.hear())["for"] == "shutdown"
    assert (await session.bridge.over).text == "done"


async def test_events_come_over_the_same_socket(room: Room) -> None:
    session = room.session
    for number in range(3):
        session.bridge.emit(AgentText(text=f"text {number}"))
    async with room.client() as client:
        await client.say(type="subscribe")
        assert (await client.hear())["type"] == "subscribed"
        seen = [await client.hear() for _ in range(3)]
        assert [frame["event"]["payload"]["text"] for frame in seen] == ["text 0", "text 1", "text 2"]
        session.bridge.emit(AgentText(text="äöü\n\ntwo"))
        assert (await client.hear())["event"]["payload"]["text"] == "äöü\n\ntwo"
    async with room.client() as client:
        await client.say(type="subscribe", last_event_id=seen[1]["id"])
        await client.hear()
        assert (await client.hear())["event"]["payload"]["text"] == "text 2"


async def test_receipts_come_behind_the_events_before_them(room: Room, client: Client) -> None:
    await client.say(type="subscribe", new=True)
    await client.hear()
    await client.say(text="hello", event_id="e1")
    heard = [await client.hear() for _ in range(3)]
    room.session.hear(*a_turn(api.ItemCompleted(turn=1, item=model.AgentMessage(id="a", text="hi"))))
    heard = [await client.hear() for _ in range(4)]
    assert [frame["type"] for frame in heard] == ["delivered", "turn.started", "event", "turn.completed"]


async def test_too_many_are_told_to_come_again(room: Room, ask: Any) -> None:
    session = room.session
    session.bridge.waiting = lambda: WAITING
    status, headers, _ = await ask(room.port, "POST", "/inject", b'{"text": "hi"}')
    assert status == 429
    assert int(headers["retry-after"]) > 0
    async with room.client() as client:
        await client.say(text="hi", ref="r")
        reply = await client.hear()
        assert (reply["type"], reply["ref"]) == ("error", "r")
        assert reply["retry_after"] > 0
    assert session.events() == []


async def test_whether_there_was_something_to_stop(room: Room, client: Client) -> None:
    await client.say(type="interrupt")
    assert (await client.hear())["running"] is False
    room.session.hear(api.TurnStarted(turn=1))
    await client.say(type="interrupt")
    assert (await client.hear())["running"] is True


async def test_a_message_that_waits_when_the_session_ends(room: Room, client: Client) -> None:
    await client.say(text="hello", event_id="e1")
    assert (await client.hear())["type"] == "accepted"
    await room.session.bridge.end()
    reply = await client.hear()
    assert (reply["type"], reply["reason"]) == ("rejected", "the session ended before it was delivered")


async def test_a_page_is_refused(room: Room) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{room.port}/ws", origin="http://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


async def test_the_screen(room: Room, client: Client) -> None:
    rows = (Row(text="hi there", runs=(Run(0, 2, Style(bold=True, fg="red")),)), Row(), Row())
    shown = Frame(
        number=4, rows=rows, origins=(0, 0, 0), cursor=(1, 2), cursor_visible=True, alternate=False, title="t"
    )
    room.session.bridge.screen = lambda: shown
    await client.say(type="screen")
    once = await client.hear()
    assert once["rows"] == [{"text": "hi there", "runs": [[0, 2, {"fg": "red", "bold": True}]], "fill": "default"}]
    assert (once["cursor"], once["height"], once["title"]) == ([1, 2], 3, "t")
    await client.say(type="screen", follow=True)
    assert await client.hear() == once
    assert picture(None)["rows"] == []
