"""From the core's events to the platform's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codexbridge.items import model
from codexbridge.platform import wire
from codexbridge.platform.diagnostics import Diagnostic
from codexbridge.platform.events import Payload
from codexbridge.platform.project import Projector
from codexbridge.session import api


def shown(projector: Projector, *events: api.AnyEvent) -> list[dict[str, Any]]:
    """What a reader that asked for no diagnostics gets."""
    out: list[Payload] = [payload for event in events for payload in projector.project(event)]
    return [json.loads(wire.encode(payload)) for payload in out if not isinstance(payload, Diagnostic)]


def done(item: model.AnyItem, turn: int = 1) -> api.ItemCompleted:
    return api.ItemCompleted(turn=turn, item=item)


def test_the_first_event_says_which_codex_and_how_well_it_is_known() -> None:
    started = api.Started(version="0.50.0", look="chevron", row="0.47.0", support="near")
    events = Projector().project(started)
    assert [event.TYPE for event in events] == ["bridge.started", "session.init"]
    facts = {"version": "0.50.0", "look": "chevron", "row": "0.47.0", "support": "near"}
    payload = json.loads(wire.encode(events[1]))["payload"]
    assert payload == {"mcp_servers": [], "tools": [], "codex": facts}


def test_a_command_is_called_at_its_start_and_answered_at_its_end() -> None:
    projector = Projector()
    running = model.CommandExecution(id="item_3", status="in_progress", command="make")
    assert shown(projector, api.ItemStarted(turn=1, item=running)) == [
        {
            "type": "agent.tool_call",
            "payload": {"tool_name": "bash", "tool_use_id": "item_3", "input": {"command": "make"}},
        }
    ]
    finished = model.CommandExecution(
        id="item_3", status="failed", command="make", aggregated_output="no rule\n", exit_code=2
    )
    assert shown(projector, done(finished)) == [
        {
            "type": "agent.tool_result",
            "payload": {"tool_use_id": "item_3", "content": "no rule\n", "is_error": True, "exit_code": 2},
        }
    ]


def test_a_command_that_was_never_seen_running_gives_both() -> None:
    item = model.CommandExecution(id="item_0", command="ls", aggregated_output="a", elided=7)
    call, result = shown(Projector(), done(item))
    assert call["type"] == "agent.tool_call"
    assert result["payload"] == {
        "tool_use_id": "item_0",
        "content": "a",
        "is_error": False,
        "elided": True,
        "elided_lines": 7,
    }


def test_what_is_not_whole_says_so_even_where_nobody_counted() -> None:
    item = model.CommandExecution(id="item_0", command="cat x", elided=-1)
    _, result = shown(Projector(), done(item))
    assert result["payload"] == {"tool_use_id": "item_0", "content": "", "is_error": False, "elided": True}
    tool = model.McpToolCall(id="item_1", server="s", tool="t", result="a", elided=3)
    _, result = shown(Projector(), done(tool))
    assert (result["payload"]["elided"], result["payload"]["elided_lines"]) == (True, 3)


@pytest.mark.parametrize(
    ("item", "name", "given", "content", "error"),
    [
        (
            model.FileChange(id="i", changes=[{"path": "a", "kind": "add", "diff": "+x"}]),
            "edit",
            {"changes": [{"path": "a", "kind": "add"}]},
            [{"path": "a", "kind": "add", "diff": "+x"}],
            False,
        ),
        (
            model.FileChange(id="i", status="declined", changes=[{"path": "a", "kind": "add"}]),
            "edit",
            {"changes": [{"path": "a", "kind": "add"}]},
            [{"path": "a", "kind": "add"}],
            True,
        ),
        (
            model.McpToolCall(id="i", server="x1agent", tool="emit_status", arguments={"a": 1}, result="ok"),
            "mcp__x1agent__emit_status",
            {"a": 1},
            "ok",
            False,
        ),
        (
            model.McpToolCall(id="i", server="lab", tool="t", arguments='{"b":[2]}', error="boom"),
            "mcp__lab__t",
            {"b": [2]},
            "boom",
            True,
        ),
        (
            model.McpToolCall(id="i", status="failed", server="lab", tool="t", result="why"),
            "mcp__lab__t",
            {},
            "why",
            True,
        ),
        (model.WebSearch(id="i", query="q"), "web_search", {"query": "q"}, "", False),
        (model.ImageView(id="i", path="p.png"), "view_image", {"path": "p.png"}, "", False),
    ],
)
def test_tools(item: model.AnyItem, name: str, given: dict[str, Any], content: Any, error: bool) -> None:
    call, result = shown(Projector(), done(item))
    assert call["payload"] == {"tool_name": name, "tool_use_id": "i", "input": given}
    assert result["payload"] == {"tool_use_id": "i", "content": content, "is_error": error}


def test_plan_is_an_artifact() -> None:
    plan = model.TodoList(id="i", items=[{"text": "one", "status": "completed"}, {"text": "two", "status": "pending"}])
    (event,) = shown(Projector(), done(plan))
    assert (event["type"], event["payload"]["artifact_type"]) == ("agent.artifact", "document")
    assert event["payload"]["title"] == "Todo list"
    assert event["payload"]["content"].startswith("[\n  {")
    assert [step["completed"] for step in json.loads(event["payload"]["content"])] == [True, False]


def test_messages_and_thoughts_are_said_once_and_only_when_they_say_something() -> None:
    message = model.AgentMessage(id="a", text="hel", status="in_progress")
    events = shown(
        Projector(),
        api.ItemStarted(turn=1, item=message),
        api.ItemUpdated(turn=1, item=message),
        done(model.AgentMessage(id="a", text="hello **you**")),
        done(model.AgentMessage(id="b", text=" \n")),
        done(model.Reasoning(id="c", text="hm")),
        done(model.UserMessage(id="d", text="echo")),
    )
    assert events == [
        {"type": "agent.text", "payload": {"text": "hello **you**"}},
        {"type": "agent.thinking", "payload": {"text": "hm"}},
    ]


def test_one_failure_is_one_error() -> None:
    projector = Projector()
    events = shown(
        projector,
        api.TurnStarted(turn=1),
        done(model.Error(id="e", message="stream disconnected before completion: closed")),
        done(model.Error(id="f", message="Stream disconnected before completion:\n closed")),
        api.TurnCompleted(turn=1, status="failed", error="stream disconnected before completion"),
    )
    assert events == [
        {
            "type": "agent.error",
            "payload": {"message": "stream disconnected before completion: closed", "recoverable": False},
        }
    ]
    again = shown(
        projector,
        api.TurnStarted(turn=2),
        done(model.Error(id="g", message="stream disconnected before completion: closed")),
        api.TurnCompleted(turn=2, status="failed", error=""),
    )
    assert len(again) == 1


def test_a_terminal_failure_is_one_error_too() -> None:
    projector = Projector()
    events = shown(
        projector,
        api.TurnStarted(turn=1),
        done(model.Error(id="e", message="unexpected status 401 Unauthorized")),
        api.TurnCompleted(turn=1, status="failed", error="unexpected status 401 Unauthorized"),
    )
    message = "Provider authentication or configuration failed: unexpected status 401 Unauthorized"
    assert [event["payload"] for event in events] == [{"message": message, "recoverable": False}]
    assert projector.stop is not None
    assert projector.stop.kind == "terminal"


def test_an_error_that_did_not_end_its_turn_is_said_in_its_place() -> None:
    projector = Projector()
    events = shown(
        projector,
        api.TurnStarted(turn=1),
        done(model.Error(id="e", message="could not start server x")),
        done(model.AgentMessage(id="a", text="on we go")),
        api.TurnCompleted(turn=1, status="completed"),
    )
    assert [event["type"] for event in events] == ["agent.error", "agent.text"]
    assert projector.stop is None


def test_an_error_does_not_wait_for_ever() -> None:
    projector = Projector()
    assert shown(projector, api.TurnStarted(turn=1), done(model.Error(id="e", message="x"))) == []
    assert projector.holding
    assert [event.TYPE for event in projector.flush()] == ["agent.error"]
    assert shown(projector, api.TurnCompleted(turn=1, status="failed", error="x")) == []


def test_an_outage_is_one_recoverable_error() -> None:
    projector = Projector()
    events = shown(
        projector,
        api.TurnStarted(turn=1),
        *(api.Status(text=f"Reconnecting... {n}/5", reconnecting=True) for n in range(1, 4)),
        api.Status(text="Working"),
        done(model.Error(id="e", message="stream error: closed; retrying 4/5 in 1s", recoverable=True)),
    )
    assert [event["payload"] for event in events] == [{"message": "Reconnecting... 1/5", "recoverable": True}]
    later = shown(
        projector,
        done(model.AgentMessage(id="a", text="back")),
        api.Status(text="Reconnecting... 1/5", reconnecting=True),
    )
    assert [event["type"] for event in later] == ["agent.text", "agent.error"]


def test_a_dialog_is_reported_with_its_text() -> None:
    events = shown(Projector(), api.DialogOpened(dialog_id="d", subject="login", text="Sign in?"))
    assert events[0]["payload"] == {
        "message": "Codex asks something and waits (login): Sign in?",
        "recoverable": False,
    }


def test_a_dialog_that_the_policy_answers() -> None:
    opened = api.DialogOpened(dialog_id="d", subject="command", text="touch x", choice="decline")
    (event,) = shown(Projector(), opened)
    assert event["payload"] == {
        "message": "Codex asked for leave and was refused (command): touch x",
        "recoverable": True,
    }
    assert shown(Projector(), api.DialogOpened(dialog_id="d", subject="command", text="x", choice="accept")) == []
    assert shown(Projector(), api.DialogOpened(dialog_id="d", subject="update", text="x", choice="skip")) == []


def test_a_dialog_that_somebody_is_to_answer() -> None:
    options = (("accept", "Yes"), ("decline", "No"))
    opened = api.DialogOpened(dialog_id="d1", subject="patch", text="edit x", options=options, answerable=True)
    (event,) = shown(Projector(), opened)
    assert event["type"] == "agent.permission_request"
    assert event["payload"]["request_id"] == "d1"
    assert event["payload"]["grant_type"] == "patch"
    assert event["payload"]["details"]["options"][1] == {"choice": "decline", "label": "No"}


def test_codex_ending_by_itself_closes_what_was_open() -> None:
    projector = Projector()
    running = model.CommandExecution(id="i", status="in_progress", command="sleep 9", aggregated_output="a")
    events = shown(
        projector,
        api.TurnStarted(turn=1),
        api.ItemStarted(turn=1, item=running),
        api.Exited(status=-9, expected=False, screen=("last", "words")),
    )
    assert [event["type"] for event in events] == ["agent.tool_call", "agent.tool_result", "agent.error"]
    assert events[1]["payload"]["is_error"] is True
    assert events[2]["payload"]["message"] == (
        "Codex ended by itself, killed by signal 9. Last on its screen:\nlast\nwords"
    )
    assert shown(Projector(), api.Exited(status=0, expected=True)) == []


def test_usage_is_opt_in() -> None:
    turn = api.TurnCompleted(turn=1, status="completed", tokens=120, duration=1.5)
    assert shown(Projector(), turn) == []
    projector = Projector(model="m", usage=True)
    (usage,) = shown(projector, turn)
    assert usage["payload"]["total_tokens"] == 120
    assert usage["payload"]["source"] == "screen"
    assert "input_tokens" not in usage["payload"]
    assert usage["payload"]["duration_ms"] == 1500
    (usage,) = shown(projector, api.TurnCompleted(turn=2, status="completed", tokens=150))
    assert usage["payload"]["total_tokens"] == 30
    known = api.Usage(input=100, cached=60, output=9, total=109, model="of the file")
    (usage,) = shown(projector, api.TurnCompleted(turn=3, status="completed", tokens=160, usage=known))
    assert usage["payload"] == {
        "model": "of the file",
        "input_tokens": 40,
        "output_tokens": 9,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 60,
        "total_tokens": 109,
        "source": "rollout",
    }


def test_a_rejected_message_is_an_error() -> None:
    (event,) = shown(Projector(), api.Delivery(message_id="m", state="rejected", reason="it vanished"))
    assert event["payload"] == {"message": "A message was not delivered: it vanished", "recoverable": True}
    assert shown(Projector(), api.Delivery(message_id="m", state="delivered")) == []
