"""Real releases through ``codexbridge serve``: what a reader gets, and how everything ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from codexbridge.lab import npm, scenario
from codexbridge.lab.plain import plain
from codexbridge.lab.truth import Entry
from codexbridge.platform.redact import Redactor
from codexbridge.runtime import serve as serve_module
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.settings import Settings
from codexbridge.session.core import Session
from tests.runtime.stage import Event, Stage, launcher, playing, refusing, staged

pytestmark = pytest.mark.live

KILLED = [
    "0.47.0",
    "0.169.0",
    *[pytest.param(v, marks=pytest.mark.slow) for v in ("0.1.2504172351", "0.8.0", "0.20.0")],
]
RELEASES = ["0.47.0", "0.80.0", "0.135.0"]


def spoken(text: str) -> str:
    """A message without its form, so that a rendering and its source compare."""
    return " ".join(plain(text).replace("`", "").split())


def told(entry: Entry) -> tuple[str, Any] | None:
    """What of a truth's entry every release shows."""
    if entry.kind == "agent_message":
        return "agent.text", spoken(entry.text)
    if entry.kind == "todo_list" and entry.state != "not_offered":
        return "agent.artifact", [step["text"] for step in entry.steps]
    if entry.kind == "file_change":
        return "agent.tool_call", "edit"
    return None


def heard(event: Event) -> tuple[str, Any] | None:
    """The same of an event."""
    payload = event["payload"]
    if event["type"] == "agent.text":
        return "agent.text", spoken(payload["text"])
    if event["type"] == "agent.artifact":
        return "agent.artifact", [step["text"] for step in json.loads(payload["content"])]
    if event["type"] == "agent.tool_call" and payload["tool_name"] == "edit":
        return "agent.tool_call", "edit"
    return None


@pytest.mark.parametrize("version", RELEASES)
def test_a_conversation_comes_through_the_port(version: str, tmp_path: Path) -> None:
    story = scenario.load("two-turns")
    with playing("two-turns", tmp_path / "work") as model, staged(version, tmp_path, url=model.url) as stage:
        stage.started()
        early = stage.read()
        for number, turn in enumerate(story.turn):
            assert stage.send(turn.user, event_id=f"e{number}").status_code == 202
            early.wait(early.turns(number + 1))
        late = stage.read("")
        late.wait(lambda reader: len(reader.of("agent.text")) == len(early.of("agent.text")))
        assert stage.post("/shutdown", {"summary": "all done"}).text == "ok"
        assert stage.wait() == 0
        truth = model.player.truth
    entries = [entry for turn in truth.turns for entry in turn.entries]
    assert [item for event in early.events if (item := heard(event))] == [
        item for entry in entries if (item := told(entry))
    ]
    assert [payload["text"] for payload in early.of("user.message")] == [turn.user for turn in story.turn]
    # Commands that are not shown as readings of files, with what came of them.
    results = {payload["tool_use_id"]: payload for payload in early.of("agent.tool_result")}
    calls = [payload for payload in early.of("agent.tool_call") if payload["tool_name"] == "bash"]
    shown = {call["input"]["command"]: results[call["tool_use_id"]] for call in calls if "parsed" not in call["input"]}
    said = {entry.text: entry for entry in entries if entry.kind == "command_execution"}
    assert set(shown) <= set(said)
    assert len(shown) >= 3
    for command, result in shown.items():
        assert result["content"].strip() == (said[command].output or "").strip()
        assert result["is_error"] == bool(said[command].exit_code)
    assert early.of("agent.error") == []
    assert early.of("bridge.unrecognized") == []
    # Everyone gets the same; diagnostics only who asked; every call has its result.
    assert [event for event in early.events if not event["type"].startswith("bridge.")] == late.events
    assert sorted(results) == sorted(payload["tool_use_id"] for payload in early.of("agent.tool_call"))
    stamped = [event["payload"]["event_id"] for event in early.events if "event_id" in event["payload"]]
    assert stamped == ["e0", "e0", "e1", "e1"]
    assert early.events[-1] == {"type": "session.completed", "payload": {"result": "all done"}}
    # Nothing but the empty place of homes is left, and no file of the user's.
    assert [path.name for path in stage.home.rglob("*")] == [".local", "state", "codexbridge"]


_AS_DRAWN = pytest.mark.xfail(
    reason="two of the five messages stayed as drawn in a run; not understood yet", strict=False
)


@pytest.mark.parametrize("version", [pytest.param("0.8.0", marks=_AS_DRAWN), "0.23.0", "0.98.0"])
def test_the_last_message_of_a_turn_is_its_source(version: str, tmp_path: Path) -> None:
    """Of releases that draw rendered Markdown only: Codex tells the source to the script in its home."""
    story = scenario.load("markdown")
    with playing(story, tmp_path / "work") as model, staged(version, tmp_path, url=model.url) as stage:
        stage.started()
        reader = stage.read()
        for number, turn in enumerate(story.turn):
            assert stage.send(turn.user).status_code == 202
            reader.wait(reader.turns(number + 1))
        stage.post("/shutdown", {"summary": "all done"})
        assert stage.wait() == 0
        truth = model.player.truth
    said = [[entry.text for entry in turn.entries if entry.kind == "agent_message"][-1] for turn in truth.turns]
    heard = [payload["text"] for payload in reader.of("agent.text")]
    assert [text for text in said if text not in heard] == []
    assert [path.name for path in stage.home.rglob("*")] == [".local", "state", "codexbridge"]


async def test_an_event_reaches_a_reader_within_50_ms_of_its_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the bytes that complete a frame to the reader's hands, over a real socket."""
    loop = asyncio.get_running_loop()
    last = 0.0
    framed: dict[str, float] = {}
    receive, publish = Session.receive, Hub.publish

    def timed_receive(self: Session, data: bytes, at: float) -> None:
        nonlocal last
        last = loop.time()
        receive(self, data, at)

    def timed_publish(self: Hub, event: Any) -> None:
        if event.TYPE.startswith("agent."):
            framed[f"{self._run}-{self.published + 1}"] = last
        publish(self, event)

    monkeypatch.setattr(Session, "receive", timed_receive)
    monkeypatch.setattr(Hub, "publish", timed_publish)
    story = scenario.load("two-turns")
    with playing("two-turns", tmp_path / "work") as model:
        program = npm.executable("0.47.0")
        environment = {**os.environ, **program.environment, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
        settings = Settings(
            workspace=tmp_path / "work",
            base_url=model.url,
            model="gpt-5",
            codex=launcher(program, tmp_path),
            stream_port=0,
            inject_port=0,
            prompt=story.turn[0].user,
            mode="oneshot",
        )
        prepared = serve_module.Prepared(settings, environment)
        url = f"http://127.0.0.1:{prepared.ports[0]}/stream"
        running = asyncio.create_task(serve_module._run(prepared, Redactor()))
        arrived: dict[str, float] = {}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client, client.stream("GET", url) as reply:
            async for line in reply.aiter_lines():
                if line.startswith("id: "):
                    arrived[line[4:]] = loop.time()
        assert await running == 0
    delays = sorted((arrived[key] - at) * 1000 for key, at in framed.items())
    print(f"delays: median {delays[len(delays) // 2]:.1f} ms, longest {delays[-1]:.1f} ms of {len(delays)}")
    assert len(delays) > 8
    # The median and not the longest: this measures the bridge, not what else the machine has to do.
    assert delays[len(delays) // 2] < 50


def working(stage: Stage) -> Any:
    """Begin a turn that takes long; give a reader once a command of it runs."""
    stage.started()
    reader = stage.read()
    assert stage.send(scenario.load("slow-and-parallel").turn[0].user, event_id="e").status_code == 202
    reader.wait(lambda r: any(turn["state"] == "started" for turn in r.of("bridge.turn")))
    return reader


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("0.47.0", signal.SIGTERM),
        ("0.135.0", signal.SIGHUP),
        ("0.169.0", signal.SIGINT),
        pytest.param("0.1.2504172351", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("0.8.0", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("0.20.0", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("0.80.0", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_signals_end_the_session_in_order(version: str, number: signal.Signals, tmp_path: Path) -> None:
    with playing("slow-and-parallel", tmp_path / "work") as model, staged(version, tmp_path, url=model.url) as stage:
        reader = working(stage)
        assert stage.codex
        os.kill(stage.process.pid, number)
        assert stage.wait() == 0
        assert not stage.codex
    assert reader.ended.wait(5)
    assert reader.events[-1] == {
        "type": "session.completed",
        "payload": {"result": f"Session ended by {number.name}"},
    }
    called = {payload["tool_use_id"] for payload in reader.of("agent.tool_call")}
    assert called == {payload["tool_use_id"] for payload in reader.of("agent.tool_result")}


@pytest.mark.parametrize("version", KILLED)
def test_codex_killed_is_an_error_with_its_screen_and_status_1(version: str, tmp_path: Path) -> None:
    with playing("slow-and-parallel", tmp_path / "work") as model, staged(version, tmp_path, url=model.url) as stage:
        reader = working(stage)
        for pid in stage.codex:
            os.kill(pid, signal.SIGKILL)
        assert stage.wait() == 1
    assert reader.ended.wait(5)
    (error,) = [payload for payload in reader.of("agent.error") if not payload["recoverable"]]
    assert error["message"].startswith("Codex ended by itself, killed by signal 9. Last on its screen:\n")
    assert len(error["message"].splitlines()) > 3
    assert reader.events[-1] == {"type": "session.failed", "payload": {"error": error["message"]}}


@pytest.mark.parametrize("version", KILLED)
def test_a_bridge_that_is_killed_outright_leaves_nothing(version: str, tmp_path: Path) -> None:
    with playing("slow-and-parallel", tmp_path / "work") as model, staged(version, tmp_path, url=model.url) as stage:
        working(stage)
        assert stage.codex
        os.kill(stage.process.pid, signal.SIGKILL)
        stage.process.wait(5)
        limit = time.monotonic() + 10
        while stage.codex and time.monotonic() < limit:
            time.sleep(0.05)
        assert not stage.codex
        homes = stage.home / ".local" / "state" / "codexbridge"
        while any(homes.iterdir()) and time.monotonic() < limit:
            time.sleep(0.05)
        assert not any(homes.iterdir())


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    with staged("0.47.0", tmp_path) as stage:
        stage.started()
        stage.read().wait(lambda reader: reader.of("bridge.ready"))
        os.kill(stage.process.pid, signal.SIGTERM)
        time.sleep(0.05)
        os.kill(stage.process.pid, signal.SIGTERM)
        began = time.monotonic()
        assert stage.wait() in (0, 1)
        assert time.monotonic() - began < 5


def test_oneshot_ends_by_itself(tmp_path: Path) -> None:
    prompt = scenario.load("two-turns").turn[0].user
    with (
        playing("two-turns", tmp_path / "work") as model,
        staged("0.47.0", tmp_path, "--oneshot", "--prompt", prompt, url=model.url) as stage,
    ):
        stage.started()
        reader = stage.read()
        assert stage.wait(60) == 0
    assert reader.ended.wait(5)
    assert reader.of("user.message") == [{"text": prompt}]
    assert reader.events[-1] == {"type": "session.completed", "payload": {"result": "oneshot complete"}}


def test_a_model_that_refuses_ends_a_oneshot_as_failed(tmp_path: Path) -> None:
    with (
        refusing(400, "not today") as url,
        staged("0.135.0", tmp_path, "--oneshot", "--prompt", "hello", url=url) as stage,
    ):
        stage.started()
        reader = stage.read()
        assert stage.wait(90) == 1
    assert reader.ended.wait(5)
    assert reader.events[-1]["type"] == "session.failed"
    assert [error["recoverable"] for error in reader.of("agent.error")].count(False) == 1
