"""The WebSocket: frames in, receipts and events out, and nothing that a frame can break."""

from __future__ import annotations

import asyncio
import json
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


async def served(session: Session, serve_app: Serve, policy: Policy | None = None) -> int:
    await session.begin()
    return await serve_app(Guarded(inject_app(session.bridge, ws_routes(session.bridge)), policy or Policy()))


@pytest.mark.parametrize("path", ["/ws", "/inject"])
async def test_a_message_and_its_receipts(tmp_path: Path, serve_app: Serve, path: str) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}{path}") as socket:
        client = Client(socket)
        await client.say(text="hello", event_id="e1", sender_id="me", steer=True)
        assert await client.hear() == {"type": "accepted", "event_id": "e1"}
        session.hear(
            api.TurnStarted(turn=1, message_id="e1"),
            api.Delivery(message_id="e1", state="delivered"),
            api.TurnCompleted(turn=1, status="completed"),
        )
        assert [(await client.hear())["type"] for _ in range(3)] == ["delivered", "turn.started", "turn.completed"]
        sent = [command for command in session.core.commands if isinstance(command, api.SendMessage)]
        assert [(command.text, command.sender, command.steer) for command in sent] == [("hello", "me", True)]
        await client.say(text="hello", event_id="e1")
        assert [(await client.hear())["type"] for _ in range(4)][-1] == "turn.completed"
        assert len(session.sent()) == 1
    await session.bridge.end()


async def test_frames_that_make_no_sense_change_nothing(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
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
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        for text in wrong:
            await socket.send(text)
            reply = await client.hear()
            assert reply["type"] == "error", text
            assert "\n" not in reply["message"]
        await socket.send(b"\x00\x01")
        assert (await client.hear())["type"] == "error"
        await client.say(type="keepalive", ref=7)
        assert await client.hear() == {"type": "ok", "for": "keepalive", "ref": 7}
    assert session.core.commands == []
    await session.bridge.end()


async def test_commands_reach_the_core(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path, allow_keys=True)
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
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
    await session.bridge.end()


async def test_events_come_over_the_same_socket(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    for number in range(3):
        session.bridge.emit(AgentText(text=f"text {number}"))
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(type="subscribe")
        assert (await client.hear())["type"] == "subscribed"
        seen = [await client.hear() for _ in range(3)]
        assert [frame["event"]["payload"]["text"] for frame in seen] == ["text 0", "text 1", "text 2"]
        session.bridge.emit(AgentText(text="äöü\n\ntwo"))
        assert (await client.hear())["event"]["payload"]["text"] == "äöü\n\ntwo"
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(type="subscribe", last_event_id=seen[1]["id"])
        await client.hear()
        assert (await client.hear())["event"]["payload"]["text"] == "text 2"
    await session.bridge.end()


async def test_receipts_come_behind_the_events_before_them(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(type="subscribe", new=True)
        await client.hear()
        await client.say(text="hello", event_id="e1")
        heard = [await client.hear() for _ in range(3)]
        session.hear(
            api.TurnStarted(turn=1, message_id="e1"),
            api.Delivery(message_id="e1", state="delivered"),
            api.ItemCompleted(turn=1, item=model.AgentMessage(id="a", text="hi")),
            api.TurnCompleted(turn=1, status="completed"),
        )
        heard = [await client.hear() for _ in range(4)]
        assert [frame["type"] for frame in heard] == ["delivered", "turn.started", "event", "turn.completed"]
    await session.bridge.end()


async def test_too_many_are_told_to_come_again(tmp_path: Path, serve_app: Serve, ask: Any) -> None:
    session = Session(tmp_path)
    session.bridge.waiting = lambda: WAITING
    port = await served(session, serve_app, Policy(hosts=frozenset({"x"})))
    status, headers, _ = await ask(port, "POST", "/inject", b'{"text": "hi"}')
    assert status == 429
    assert int(headers["retry-after"]) > 0
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(text="hi", ref="r")
        reply = await client.hear()
        assert (reply["type"], reply["ref"]) == ("error", "r")
        assert reply["retry_after"] > 0
    assert session.events() == []
    await session.bridge.end()


async def test_whether_there_was_something_to_stop(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(type="interrupt")
        assert (await client.hear())["running"] is False
        session.hear(api.TurnStarted(turn=1))
        await client.say(type="interrupt")
        assert (await client.hear())["running"] is True
    await session.bridge.end()


async def test_a_message_that_waits_when_the_session_ends(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(text="hello", event_id="e1")
        assert (await client.hear())["type"] == "accepted"
        await session.bridge.end()
        reply = await client.hear()
    assert (reply["type"], reply["reason"]) == ("rejected", "the session ended before it was delivered")


async def test_a_page_is_refused(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    port = await served(session, serve_app)
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{port}/ws", origin="http://evil.example")  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    await session.bridge.end()


async def test_the_screen(tmp_path: Path, serve_app: Serve) -> None:
    session = Session(tmp_path)
    rows = (Row(text="hi there", runs=(Run(0, 2, Style(bold=True, fg="red")),)), Row(), Row())
    shown = Frame(
        number=4, rows=rows, origins=(0, 0, 0), cursor=(1, 2), cursor_visible=True, alternate=False, title="t"
    )
    session.bridge.screen = lambda: shown
    port = await served(session, serve_app)
    async with connect(f"ws://127.0.0.1:{port}/ws") as socket:
        client = Client(socket)
        await client.say(type="screen")
        once = await client.hear()
        assert once["rows"] == [{"text": "hi there", "runs": [[0, 2, {"fg": "red", "bold": True}]], "fill": "default"}]
        assert (once["cursor"], once["height"], once["title"]) == ([1, 2], 3, "t")
        await client.say(type="screen", follow=True)
        assert await client.hear() == once
    assert picture(None)["rows"] == []
    await session.bridge.end()
