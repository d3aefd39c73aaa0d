"""Why a message came, what is echoed, and which event answers it."""

from __future__ import annotations

from typing import Any

import pytest

from codexbridge.platform.events import (
    AgentText,
    AgentToolCall,
    SessionInit,
    UserInputResponse,
    UserMessage,
)
from codexbridge.platform.wake import Correlator, classify, thinking


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({}, "user"),
        ({"wake_source": "scheduler", "kind": "message"}, "scheduler"),
        ({"wake_source": "nonsense", "kind": "message"}, "child_message"),
        ({"wake_source": 7, "kind": "comment_added"}, "share_comment"),
        ({"kind": "comment_resolved"}, "share_comment"),
        ({"kind": "heartbeat"}, "scheduler"),
        ({"kind": "state_change"}, "platform"),
        ({"kind": "watchdog"}, "platform"),
        ({"kind": "checkup"}, "platform"),
        ({"kind": "something"}, "user"),
        ({"kind": ["message"]}, "user"),
    ],
)
def test_sources(body: dict[str, Any], source: str) -> None:
    assert classify({"text": "x", **body}, "f").source == source


def test_share_routing_needs_the_source_and_both_ids() -> None:
    both = {"text": "x", "share_id": "s", "thread_id": "t"}
    wake = classify({**both, "kind": "comment_added"}, "f")
    assert (wake.share_id, wake.thread_id) == ("s", "t")
    assert classify(both, "f").share_id is None
    half = classify({"text": "x", "share_id": "s", "thread_id": "", "kind": "comment_added"}, "f")
    assert (half.share_id, half.thread_id) == (None, None)


def test_echo() -> None:
    assert classify({"text": "hi [image: 1]"}, "f").echo == UserMessage(text="hi [image: 1]")
    answer = classify({"text": "yes", "request_id": "r"}, "f").echo
    assert answer == UserInputResponse(text="yes", request_id="r")
    assert classify({"text": "", "request_id": ""}, "f").echo == UserMessage(text="")
    origin = {"kind": "channel", "server": "share-comments"}
    assert classify({"text": "x", "origin": origin}, "f").echo is None
    assert classify({"text": "x", "origin": {"kind": "channel"}}, "f").echo is not None
    assert classify({"text": "x", "origin": None}, "f").echo is not None


def test_thinking_names_the_session_and_falls_back() -> None:
    event = thinking(classify({"text": "x", "event_id": ""}, "fallback"), "s1", "now")
    assert (event.session_id, event.event_id, event.started_at, event.wake_source) == (
        "s1",
        "fallback",
        "now",
        "user",
    )


def test_the_first_answer_is_stamped_once() -> None:
    correlator = Correlator()
    correlator.arm("old")
    correlator.arm("new")
    assert correlator.stamp(UserMessage(text="x")) == UserMessage(text="x")
    assert correlator.stamp(SessionInit()) == SessionInit()
    call = correlator.stamp(AgentToolCall(tool_name="bash", tool_use_id="1", input={}))
    assert call.event_id == "new"
    assert correlator.stamp(AgentText(text="x")) == AgentText(text="x")


def test_cancel_takes_an_armed_id_only() -> None:
    correlator = Correlator()
    assert correlator.cancel("s", "why") is None
    correlator.arm("e")
    event = correlator.cancel("s", "graceful_shutdown")
    assert event is not None
    assert (event.session_id, event.event_id, event.reason) == ("s", "e", "graceful_shutdown")
    assert correlator.armed is None
