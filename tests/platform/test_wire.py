"""What readers of the platform require of each line."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from codexbridge.platform import wire
from codexbridge.platform.events import (
    AgentError,
    AgentText,
    AgentThinking,
    AgentToolResult,
    SessionCompleted,
)


def test_compact_ascii_one_line() -> None:
    line = wire.encode(AgentText(text='caf\u00e9 "\U0001f600"\n\u2028end'))
    assert line == rb'{"type":"agent.text","payload":{"text":"caf\u00e9 \"\ud83d\ude00\"\n\u2028end"}}'


def test_frame_has_one_space_after_data() -> None:
    assert wire.frame(b"{}") == b"data: {}\n\n"
    assert wire.frame(b"{}", "a.7") == b"id: a.7\ndata: {}\n\n"


def test_unset_is_left_out_and_none_is_null() -> None:
    assert wire.encode(SessionCompleted()) == b'{"type":"session.completed","payload":{}}'
    thinking = AgentThinking(session_id="s", event_id="e", started_at="2026-01-01T00:00:00.000Z")
    assert json.loads(wire.encode(thinking))["payload"] == {
        "type": "session.agent_thinking",
        "session_id": "s",
        "share_id": None,
        "thread_id": None,
        "event_id": "e",
        "wake_source": "user",
        "started_at": "2026-01-01T00:00:00.000Z",
    }


def test_what_strict_parsers_refuse_is_replaced() -> None:
    content = {"a": float("nan"), "b": "x\ud800y\x00", 3: [float("inf"), (1, 2)]}
    payload = json.loads(wire.encode(AgentToolResult(tool_use_id="t", content=content)))["payload"]
    assert payload["content"] == {"a": None, "b": "x\ufffdy\ufffd", "3": [None, [1, 2]]}


def test_long_text_loses_its_middle() -> None:
    text = "start " + "\u4e16" * 400_000 + " end"
    line = wire.encode(AgentText(text=text))
    assert len(line) <= wire.LIMIT
    got = json.loads(line)["payload"]["text"]
    assert got.startswith("start \u4e16")
    assert got.endswith("\u4e16 end")
    missing = int(got.split("[... ")[1].split(" ")[0])
    assert len(got.replace(f"\n[... {missing} characters cut by codexbridge ...]\n", "")) + missing == len(text)


def test_only_the_long_string_is_cut() -> None:
    content = [{"path": "a.txt", "diff": "d" * 3_000_000}, {"path": "b.txt", "diff": "short"}]
    payload = json.loads(wire.encode(AgentToolResult(tool_use_id="t", content=content)))["payload"]
    assert payload["content"][1] == {"path": "b.txt", "diff": "short"}
    assert len(payload["content"][0]["diff"]) > 900_000


def test_a_payload_of_very_many_short_strings_is_given_up() -> None:
    line = wire.encode(AgentToolResult(tool_use_id="t", content=["x" * 100] * 20_000, is_error=True))
    payload = json.loads(line)["payload"]
    assert payload["tool_use_id"] == "t"
    assert payload["is_error"] is True
    assert "too large to send" in payload["content"]


def test_a_heartbeat_is_a_comment() -> None:
    assert wire.KEEP_ALIVE.startswith(b":")
    assert wire.comment("two\nlines") == b": two lines\n\n"


@given(st.text(), st.integers(4000, 20_000))
def test_any_text_fits_and_parses(text: str, limit: int) -> None:
    line = wire.encode(AgentError(message=text * 50), limit=limit)
    assert len(line) <= limit
    assert line.isascii()
    assert b"\n" not in line
    json.loads(line)
