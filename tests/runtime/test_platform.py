"""A whole session of the platform, its sidecar played, on an old and on a new release; and what may go wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from codexbridge.lab import scenario
from tests.runtime.sidecar_stand_in import StandIn, image
from tests.runtime.stage import Reader, playing, refusing, staged

pytestmark = pytest.mark.live

UPLOAD = "0f8fad5b-d9cb-469f-a165-70867728950e"
RELEASES = [
    "0.1.2504172351",
    "0.47.0",
    "0.169.0",
    *[pytest.param(v, marks=pytest.mark.slow) for v in ("0.20.0", "0.98.0", "0.135.0")],
]


def told(version: str, picture: Path) -> str:
    """The second message as the model of a release gets it: what stands for an attached image comes before it."""
    sentence = f"What does (the uploaded image is at {picture}) show?"
    stands = {
        "0.47.0": f"[{picture.name} 1x1] ",
        "0.98.0": "[Image #1] ",
        "0.135.0": "[Image #1] ",
        "0.169.0": "[Image #1] ",
    }
    if version == "0.1.2504172351":
        # Names of images are broken, or it would take them out of the text.
        return sentence.replace(".png", ".\u2060png")
    return stands.get(version, "") + sentence


STORY = """
title = "A session of the platform"
about = "A seed, then a message with an upload."

[[turn]]
user = "Say how things stand."

[[turn.response]]
items = [{ command = "echo well" }]

[[turn.response]]
items = [{ message = "All is well." }]

[[turn]]
user = "TOLD"

[[turn.response]]
items = [{ message = "A single pixel." }]
"""


def answered(count: int) -> Any:
    """A condition for a reader without diagnostics: so many messages have been said."""
    return lambda reader: len(reader.of("agent.text")) >= count


@pytest.mark.parametrize("version", RELEASES)
def test_a_whole_session(version: str, tmp_path: Path) -> None:
    picture = tmp_path / "work" / ".x1" / "uploads" / f"{UPLOAD}.png"
    story = scenario.parse(STORY.replace("TOLD", told(version, picture)), "platform")
    requests = tmp_path / "requests.jsonl"
    with (
        StandIn(healthy_after=0.4) as sidecar,
        playing(story, tmp_path / "work", requests) as model,
        staged(
            version,
            tmp_path,
            url=model.url,
            **sidecar.environment(AGENT_PROMPT=story.turn[0].user, DISCOVER_RUNTIME_MODELS="true"),
        ) as stage,
    ):
        sidecar.uploads = {UPLOAD: image()}
        sidecar.upload_delay = 3.0
        stage.started()
        # Started is said before input is taken; the stream was there before both.
        assert sidecar.posted == [
            {"type": "session.started", "payload": {"agent_id": "agent-7", "session_id": "session-7"}}
        ]
        reader = Reader(f"http://127.0.0.1:{stage.stream}/stream")
        watcher = stage.read()
        watcher.wait(watcher.turns(1))
        began = time.monotonic()
        inject = f"http://127.0.0.1:{stage.inject}"
        text = f"What does [image: {UPLOAD}] show?"
        # The acknowledgement got lost twice: the same message comes three times.
        codes = sidecar.deliver(
            inject, 3, text=text, event_id="wake-1", wake_source="user", sender_id="u", is_synthetic=False
        )
        assert codes == [202, 202, 202]
        # Before the upload was there: a slow one must not hold the acknowledgement up.
        assert time.monotonic() - began < 2.5
        watcher.wait(watcher.turns(2))
        assert httpx.post(f"{inject}/keepalive", trust_env=False).text == "ok"
        assert stage.post("/shutdown", {"summary": "finished", "is_success": True}).status_code == 200
        assert stage.wait() == 0
        truth = model.player.truth
    reader.ended.wait(5)
    assert sidecar.types() == ["session.started", "session.completed"]
    assert sidecar.posted[-1]["payload"] == {"result": "finished"}
    # The model got the message once, with the file's place instead of the token; the echo has the token.
    sent = [turn.user for turn in truth.turns]
    assert sent == [turn.user for turn in story.turn]
    assert picture.is_file()
    # As an image too, where the release can take one.
    assert ('"input_image"' in requests.read_text()) == (version != "0.20.0")
    assert sidecar.asked_for == [UPLOAD]
    assert [payload["text"] for payload in reader.of("user.message")] == [story.turn[0].user, text]
    # The seed is not correlated; the message is, once, on its first answer.
    stamped = [event for event in reader.events if event["payload"].get("event_id") == "wake-1"]
    assert stamped[0]["type"] == "session.agent_thinking"
    assert len(stamped) == 2
    assert stamped[1]["type"].startswith("agent.")
    assert stamped[0]["payload"]["session_id"] == "session-7"
    assert reader.of("runtime.models")[0]["default"] == "gpt-5"
    # Session events go to the sidecar alone: its numbers would come twice else.
    assert not {"session.started", "session.completed"} & {event["type"] for event in reader.events}
    assert not [event for event in reader.events if event["type"].startswith("bridge.")]


def test_the_wire_is_what_the_sidecar_parses(tmp_path: Path) -> None:
    with (
        StandIn() as sidecar,
        playing("unicode", tmp_path / "work") as model,
        staged("0.80.0", tmp_path, url=model.url, **sidecar.environment()) as stage,
    ):
        stage.started()
        watcher = stage.read()
        for number, turn in enumerate(scenario.load("unicode").turn):
            stage.send(turn.user)
            watcher.wait(watcher.turns(number + 1))
        raw = b""
        with httpx.stream("GET", f"http://127.0.0.1:{stage.stream}/stream", trust_env=False, timeout=5) as reply:
            for chunk in reply.iter_raw():
                raw += chunk
                if raw.count(b'"agent.text"') >= len(watcher.of("agent.text")):
                    break
        stage.post("/shutdown")
        stage.wait()
    assert raw.isascii()
    for line in raw.split(b"\n"):
        assert line == b"" or line.startswith((b"data: {", b"id: ", b":")), line
        if line.startswith(b"data: "):
            event = json.loads(line[6:])
            assert isinstance(event["type"], str)
            assert isinstance(event["payload"], dict)
            assert line[6:] == json.dumps(event, separators=(",", ":")).encode()


def test_resuming_without_loss_or_repeat(tmp_path: Path) -> None:
    story = scenario.load("two-turns")
    with playing("two-turns", tmp_path / "work") as model, staged("0.80.0", tmp_path, url=model.url) as stage:
        stage.started()
        first = stage.read()
        stage.send(story.turn[0].user)
        first.wait(first.turns(1))
        middle = len(first.ids) // 2
        resumed = stage.read(headers={"Last-Event-ID": first.ids[middle]})
        stage.send(story.turn[1].user)
        first.wait(first.turns(2))
        resumed.wait(resumed.turns(1))
        stage.post("/shutdown")
        stage.wait()
    assert first.ended.wait(5)
    assert resumed.ended.wait(5)
    assert resumed.ids == first.ids[middle + 1 :]


def test_a_sidecar_that_goes_away(tmp_path: Path) -> None:
    story = scenario.load("two-turns")
    with StandIn() as sidecar:
        with (
            playing("two-turns", tmp_path / "work") as model,
            staged("0.47.0", tmp_path, url=model.url, **sidecar.environment()) as stage,
        ):
            stage.started()
            reader = Reader(f"http://127.0.0.1:{stage.stream}/stream")
            sidecar.close()
            stage.send(story.turn[1].user + f" [image: {UPLOAD}]")
            reader.wait(answered(1))
            stage.post("/shutdown", {"is_success": False, "error": "gave up"})
            assert stage.wait(30) == 1
        assert reader.ended.wait(5)
    # What the sidecar did not take is on the stream, so that the end is explained to whoever listens.
    assert reader.events[-1] == {"type": "session.failed", "payload": {"error": "gave up"}}


def test_a_refused_login_ends_the_session_with_one_error(tmp_path: Path) -> None:
    """The key of the environment is refused; nothing of it is written or said anywhere."""
    key = "sk-" + "proj-" + "A1b2C3d4E5f6G7h8"
    with (
        StandIn() as sidecar,
        refusing(401, f"Incorrect API key provided: {key}") as url,
        staged("0.135.0", tmp_path, url=url, **sidecar.environment(OPENAI_API_KEY=key, AGENT_PROMPT="hello")) as stage,
    ):
        stage.started()
        reader = Reader(f"http://127.0.0.1:{stage.stream}/stream")
        home = next((stage.home / ".local" / "state" / "codexbridge").iterdir())
        for path in home.rglob("*.toml"):
            assert key not in path.read_text()
        assert stage.wait(90) == 1
        log = stage.log.read_text()
    assert reader.ended.wait(5)
    errors = [payload for payload in reader.of("agent.error") if not payload["recoverable"]]
    assert len(errors) == 1
    assert errors[0]["message"].startswith("Provider authentication or configuration failed: ")
    assert sidecar.types()[-1] == "session.failed"
    for text in (json.dumps(reader.events), json.dumps(sidecar.posted), log):
        assert key not in text


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """No file can grow any more, as on a full disk: the bridge says so in one line and starts nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        log_room = 1 << 14
        resource.setrlimit(resource.RLIMIT_FSIZE, (log_room, hard))
        with staged("0.47.0", tmp_path, WORKSPACE_SYSTEM_PROMPT="x" * (2 * log_room)) as stage:
            status = stage.wait()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = stage.log.read_text()
    assert status == 1
    assert "cannot write the home of Codex" in said
    assert "Traceback" not in said
    assert not list((stage.home / ".local" / "state" / "codexbridge").iterdir())


def test_the_session_goes_on_while_a_reader_sleeps(tmp_path: Path) -> None:
    """A stopped reader process holds up neither the session nor its end."""
    story = scenario.load("two-turns")
    with playing("two-turns", tmp_path / "work") as model, staged("0.47.0", tmp_path, url=model.url) as stage:
        stage.started()
        sleeper = os.fork()
        if sleeper == 0:
            try:
                with httpx.stream("GET", f"http://127.0.0.1:{stage.stream}/stream", timeout=None) as reply:
                    next(reply.iter_raw())
                    os.kill(os.getpid(), signal.SIGSTOP)
            finally:
                os._exit(0)
        try:
            reader = stage.read()
            stage.send(story.turn[0].user)
            reader.wait(reader.turns(1))
            stage.post("/shutdown")
            assert stage.wait() == 0
        finally:
            os.kill(sleeper, signal.SIGKILL)
            os.waitpid(sleeper, 0)
