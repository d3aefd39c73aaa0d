"""What surrounds the core: messages in their order, typing indicators, idling, and the ways a session ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from codexbridge.items import model
from codexbridge.platform.events import AgentText, Payload
from codexbridge.platform.project import Projector
from codexbridge.runtime import receipts as receipts_module
from codexbridge.runtime.bridge import SEED, Bridge, publisher
from codexbridge.runtime.driver import Driver
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.inject_app import ShutdownRequest
from codexbridge.runtime.settings import Settings
from codexbridge.session import api
from tests.runtime.scripted import ScriptedCore


class Session:
    """A bridge around a scripted core, and everything it published."""

    def __init__(self, tmp_path: Path, **more: Any) -> None:
        self.hub = Hub()
        self.core = ScriptedCore()
        self.written = b""
        projector = Projector()
        settings = Settings(**{"workspace": tmp_path, "session_id": "s1", **more})
        self.bridge = Bridge(settings, self.hub, projector, None)
        self.driver = Driver(
            self.core,
            projector,
            write=self._write,
            publish=publisher(self.bridge),
            observe=self.bridge.observe,
        )

    def _write(self, data: bytes) -> None:
        self.written += data

    async def begin(self) -> None:
        await self.bridge.begin(self.driver)

    def hear(self, *events: api.AnyEvent) -> None:
        """The core says something."""
        self.core.say(*events)
        self.driver.receive(b"")

    def events(self) -> list[dict[str, Any]]:
        data = b"".join(entry.data for entry in self.hub._events)
        return [json.loads(line[6:]) for line in data.split(b"\n") if line.startswith(b"data: ")]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def sent(self) -> list[str]:
        return [command.text for command in self.core.commands if isinstance(command, api.SendMessage)]


async def breath() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_order_of_effects(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.bridge.inject({"text": "hello", "event_id": "e1", "kind": "heartbeat"})
    thinking, message = session.events()
    assert thinking["type"] == "session.agent_thinking"
    assert thinking["payload"]["event_id"] == "e1"
    assert thinking["payload"]["session_id"] == "s1"
    assert thinking["payload"]["wake_source"] == "scheduler"
    assert thinking["payload"]["started_at"].endswith("Z")
    assert len(thinking["payload"]["started_at"]) == 24
    assert message == {"type": "user.message", "payload": {"text": "hello"}}
    await breath()
    assert session.sent() == ["hello"]
    session.hear(api.ItemCompleted(turn=1, item=model.AgentMessage(id="a", text="hi")))
    session.hear(api.ItemCompleted(turn=1, item=model.AgentMessage(id="b", text="ho")))
    assert [event["payload"] for event in session.events()[2:]] == [
        {"event_id": "e1", "text": "hi"},
        {"text": "ho"},
    ]
    await session.bridge.end()


async def test_a_redelivery_is_not_delivered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(tmp_path)
    await session.begin()
    for _ in range(3):
        session.bridge.inject({"text": "once", "event_id": "e1"})
    for _ in range(2):
        session.bridge.inject({"text": "each time"})
    await breath()
    assert session.sent() == ["once", "each time", "each time"]
    monkeypatch.setattr(receipts_module, "REPEATS", -1.0)
    session.bridge.inject({"text": "much later", "event_id": "e1"})
    await breath()
    assert session.sent()[-1] == "much later"
    await session.bridge.end()


async def test_messages_before_codex_runs_wait(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.bridge.inject({"text": "early"})
    await session.begin()
    await breath()
    assert session.sent() == ["early"]
    await session.bridge.end()


async def test_an_empty_message_gets_no_answer_and_nobody_waits_for_one(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.bridge.inject({"text": " \n", "event_id": "e"})
    await breath()
    assert session.sent() == []
    assert session.types() == ["session.agent_thinking", "user.message", "session.agent_thinking_cancelled"]
    await session.bridge.end()


async def test_comments_are_not_echoed_and_answers_are(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    origin = {"kind": "channel", "server": "share-comments"}
    session.bridge.inject({"text": "a", "origin": origin, "kind": "comment_added", "share_id": "1", "thread_id": "2"})
    session.bridge.inject({"text": "b", "request_id": "r"})
    assert session.types() == ["session.agent_thinking", "session.agent_thinking", "user.input_response"]
    assert session.events()[0]["payload"]["share_id"] == "1"
    await session.bridge.end()


async def test_seed_is_shown_and_not_correlated(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.bridge.seed("begin")
    await breath()
    assert session.sent() == ["begin"]
    session.hear(api.ItemCompleted(turn=1, item=model.AgentMessage(id="a", text="hi")))
    assert session.events() == [
        {"type": "user.message", "payload": {"text": "begin"}},
        {"type": "agent.text", "payload": {"text": "hi"}},
    ]
    await session.bridge.end()


async def test_shutdown_takes_the_typing_indicator_away(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.bridge.inject({"text": "x", "event_id": "e"})
    session.bridge.shutdown(ShutdownRequest())
    session.bridge.shutdown(ShutdownRequest(success=False, error="late"))
    assert not session.bridge.over.done()
    outcome = await session.bridge.over
    assert (outcome.success, outcome.text) == (True, "Session ended by agent")
    await session.bridge.end()
    await session.bridge.conclude(outcome)
    cancelled, completed = session.events()[-2:]
    assert cancelled["payload"] == {
        "type": "session.agent_thinking_cancelled",
        "session_id": "s1",
        "event_id": "e",
        "reason": "graceful_shutdown",
    }
    assert completed == {"type": "session.completed", "payload": {"result": "Session ended by agent"}}


async def test_a_failed_end_says_why(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.bridge.shutdown(ShutdownRequest(success=False, error="broken"))
    outcome = await session.bridge.over
    await session.bridge.conclude(outcome)
    assert session.events() == [{"type": "session.failed", "payload": {"error": "broken"}}]


async def test_idling(tmp_path: Path) -> None:
    session = Session(tmp_path, idle=0.15)
    await session.begin()
    for _ in range(4):
        await asyncio.sleep(0.08)
        session.bridge.keepalive()
    session.hear(api.TurnStarted(turn=1))
    await asyncio.sleep(0.4)
    assert not session.bridge.over.done()
    session.hear(api.TurnCompleted(turn=1, status="completed"))
    outcome = await asyncio.wait_for(session.bridge.over, 1)
    assert (outcome.success, outcome.text) == (True, "Session closed due to inactivity")
    await session.bridge.end()


async def test_a_message_that_waits_is_no_idling(tmp_path: Path) -> None:
    session = Session(tmp_path, idle=0.1)
    await session.begin()
    session.hear(api.Ready())
    waiting = 1
    session.bridge.waiting = lambda: waiting
    await asyncio.sleep(0.3)
    assert not session.bridge.over.done()
    waiting = 0
    assert (await asyncio.wait_for(session.bridge.over, 1)).success
    await session.bridge.end()


async def test_the_end_that_comes_within_a_turn_lets_codex_see_the_answer(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.hear(api.TurnStarted(turn=1))
    session.bridge.shutdown(ShutdownRequest())
    await asyncio.sleep(0.1)
    assert not session.bridge.over.done()
    assert (await asyncio.wait_for(session.bridge.over, 1)).text == "Session ended by agent"
    await session.bridge.end()


async def test_no_idling_in_oneshot(tmp_path: Path) -> None:
    session = Session(tmp_path, idle=0.05, mode="oneshot")
    await session.begin()
    await asyncio.sleep(0.15)
    assert not session.bridge.over.done()
    await session.bridge.end()


@pytest.mark.parametrize(
    ("event", "success", "text"),
    [
        (api.TurnCompleted(turn=1, status="completed"), True, "oneshot complete"),
        (api.TurnCompleted(turn=1, status="failed", error="500"), False, "500"),
        (api.TurnCompleted(turn=1, status="interrupted"), False, "the turn was interrupted"),
        (api.Delivery(message_id=SEED, state="rejected", reason="gone"), False, "the prompt was not delivered: gone"),
        (
            api.DialogOpened(dialog_id="d", subject="trust", text="Trust?"),
            False,
            "Codex asks something and waits (trust): Trust?",
        ),
    ],
)
async def test_oneshot(tmp_path: Path, event: api.AnyEvent, success: bool, text: str) -> None:
    session = Session(tmp_path, mode="oneshot")
    await session.begin()
    session.bridge.seed("do it")
    session.hear(api.TurnStarted(turn=1), event)
    outcome = await asyncio.wait_for(session.bridge.over, 1)
    assert (outcome.success, outcome.text) == (success, text)
    await session.bridge.end()


async def test_interactive_goes_on_after_a_failed_turn_until_there_were_three(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    for turn in (1, 2):
        session.hear(api.TurnStarted(turn=turn), api.TurnCompleted(turn=turn, status="failed", error="500"))
        assert not session.bridge.over.done()
    session.hear(api.TurnStarted(turn=3), api.TurnCompleted(turn=3, status="failed", error="500"))
    outcome = await session.bridge.over
    assert outcome.text == "Provider failed 3 consecutive turns: 500"
    assert session.types().count("agent.error") == 3
    await session.bridge.end()


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Approved, go on.", "accept"), ("no", "decline"), ("2", "2"), ("Yes, always", "a"), ("what?", "what?")],
)
async def test_an_answer_goes_to_the_dialog_that_asked(tmp_path: Path, text: str, choice: str) -> None:
    session = Session(tmp_path)
    await session.begin()
    options = (("a", "Yes, always"), ("2", "Perhaps"))
    session.hear(api.DialogOpened(dialog_id="d1", subject="command", text="touch x", options=options, answerable=True))
    session.bridge.inject({"text": text, "request_id": "d1"})
    assert session.core.commands == [api.Answer(dialog_id="d1", choice=choice)]
    session.hear(api.DialogClosed(dialog_id="d1"))
    session.bridge.inject({"text": text, "request_id": "d1"})
    await breath()
    assert session.sent() == [text]
    await session.bridge.end()


async def test_codex_ending_by_itself_ends_the_session(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.driver.eof(7)
    outcome = await session.bridge.over
    assert not outcome.success
    assert outcome.text == "Codex ended by itself with status 7. Last on its screen:\nbye"
    assert session.events()[-1]["payload"] == {"message": outcome.text, "recoverable": False}
    await session.bridge.end()


async def test_a_mistake_in_the_core_does_not_stop_the_stream(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.driver.receive(b"raise")
    assert session.driver.faults == 1
    session.hear(api.ItemCompleted(turn=1, item=model.AgentMessage(id="a", text="still here")))
    assert session.types() == ["agent.text"]
    session.driver.receive(b"abc")
    assert session.written == b"ABC"
    await session.bridge.end()


async def test_deadlines_and_held_errors(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.core.due = asyncio.get_running_loop().time() + 0.05
    session.driver.receive(b"")
    await asyncio.sleep(0.15)
    assert len(session.core.ticks) == 1
    session.hear(api.TurnStarted(turn=1), api.ItemCompleted(turn=1, item=model.Error(id="e", message="wrong")))
    assert session.types() == []
    await asyncio.sleep(1.1)
    assert session.types() == ["agent.error"]
    await session.bridge.end()


async def test_without_a_sidecar_the_stream_tells_the_state(tmp_path: Path) -> None:
    session = Session(tmp_path, agent_id="a1")
    await session.bridge.announce()
    assert session.events() == [{"type": "session.started", "payload": {"agent_id": "a1", "session_id": "s1"}}]


def test_payloads_are_transient_or_not() -> None:
    assert not AgentText.TRANSIENT
    assert not Payload.TRANSIENT


async def test_what_was_talked_about_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.hear(api.DialogOpened(dialog_id="d", subject="login", text="Sign in?"))
    assert "Sign in?" in caplog.text
    session.bridge.inject({"text": "my confession"})
    await breath()
    session.hear(api.DialogOpened(dialog_id="e", subject="other", text="about my confession"))
    session.driver.eof(1)
    assert "Codex asks something and waits (other)" in caplog.text
    assert "Codex ended by itself" in caplog.text
    assert "confession" not in caplog.text
    assert "bye" not in caplog.text
    await session.bridge.end()


async def test_words_of_others_stay_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.driver.receive(b"raise")
    session.bridge.shutdown(ShutdownRequest(summary="a mistake of ours, and words"))
    outcome = await session.bridge.over
    assert outcome.quoted
    assert "mistake of ours" not in caplog.text
    assert "RuntimeError at" in caplog.text
    await session.bridge.end()


async def test_an_answer_that_is_not_understood_is_rejected(tmp_path: Path) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.hear(
        api.DialogOpened(dialog_id="d1", subject="command", text="x", options=(("1", "Yes"),), answerable=True)
    )
    session.core.refuse = ValueError("no such choice")
    session.bridge.inject({"text": "perhaps", "event_id": "e1", "request_id": "d1"})
    heard: list[dict[str, Any]] = []
    session.bridge.receipts.watch("e1", heard.append)
    assert heard[-1]["type"] == "rejected"
    assert "no such choice" in heard[-1]["reason"]
    assert session.sent() == []
    await session.bridge.end()


@pytest.mark.parametrize(("text", "choice"), [("Ada  Lovelace\nand I", "Ada  Lovelace\nand I"), ("Cancel", "cancel")])
async def test_words_for_a_dialog_that_takes_some_stay_as_they_are(tmp_path: Path, text: str, choice: str) -> None:
    session = Session(tmp_path)
    await session.begin()
    session.hear(api.DialogOpened(dialog_id="d1", subject="mcp", text="Which name?", answerable=True, free=True))
    session.bridge.inject({"text": text, "request_id": "d1"})
    assert session.core.commands == [api.Answer(dialog_id="d1", choice=choice)]
    await session.bridge.end()
