"""The scripted model over real HTTP, as Codex meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from codexbridge.lab import truth
from codexbridge.lab.model.app import ModelServer
from codexbridge.lab.scenario import parse

SHELL = {"type": "function", "name": "shell", "parameters": {}}
HEAD = 'title = "t"\n[[turn]]\nuser = "go"\n'


@contextmanager
def serving(text: str, truth_file: Path | None = None) -> Iterator[ModelServer]:
    with ModelServer(parse(HEAD + text, "x"), truth_file=truth_file) as server:
        yield server


def ask(server: ModelServer, items: list[dict[str, Any]] | str = "go", **more: Any) -> list[dict[str, Any]]:
    body = {"model": "m", "input": items, "tools": [SHELL], "stream": True, **more}
    answer = httpx.post(f"{server.url}/responses", json=body, timeout=10)
    answer.raise_for_status()
    lines = answer.text.splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def user(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def test_a_message_is_streamed_and_the_stream_ends_with_usage() -> None:
    text = "[[turn.response]]\nusage = { input = 7, output = 3 }\n"
    text += 'items = [{ message = "ångström", chunk = 3, pause = 0 }]\n'
    with serving(text) as server:
        events = ask(server)
    assert next(event["type"] for event in events) == "response.created"
    assert text_of(events) == "ångström"
    assert [e["delta"] for e in events if e["type"] == "response.output_text.delta"] == ["ång", "str", "öm"]
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["usage"]["total_tokens"] == 10
    assert server.player.ended(0)


def test_a_conversation_leaves_its_truth(tmp_path: Path) -> None:
    text = """
[[turn.response]]
items = [{ reasoning = ["**A**\\n\\nb", "c"] }, { command = "false" }, { plan = [{ step = "s" }] }]
[[turn.response]]
items = [{ message = "done" }]
"""
    with serving(text, tmp_path / "truth.json") as server:
        first = ask(server, [user("go")])
        calls = [e["item"] for e in first if e["type"] == "response.output_item.done"]
        call = next(item for item in calls if item["type"] == "function_call")
        answer = '{"output":"no\\n","metadata":{"exit_code":1}}'
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": answer}
        assert not server.player.ended(0)
        assert text_of(ask(server, [user("go"), call, result])) == "done"
    told = truth.load(tmp_path / "truth.json")
    entries = told.turns[0].entries
    assert [entry.kind for entry in entries] == ["reasoning", "command_execution", "todo_list", "agent_message"]
    assert entries[0].parts == ["**A**\n\nb", "c"]
    assert (entries[1].output, entries[1].exit_code, entries[1].failed) == ("no\n", 1, True)
    assert entries[2].state == "not_offered"


def test_a_repeated_request_gets_the_same_answer() -> None:
    with serving('[[turn.response]]\nitems = [{ message = "same" }]\n') as server:
        assert [text_of(ask(server)) for _ in range(3)] == ["same"] * 3


def test_an_answer_without_an_offered_tool_runs_on_into_the_next() -> None:
    text = '[[turn.response]]\nitems = [{ plan = [] }]\n[[turn.response]]\nitems = [{ message = "so be it" }]\n'
    with serving(text) as server:
        assert text_of(ask(server)) == "so be it"


def test_errors_are_served_as_often_as_asked() -> None:
    text = """
[[turn.response]]
error = { status = 429, times = 2, headers = { retry-after = "1" }, body = { error = { message = "slow down" } } }
items = [{ message = "through" }]
"""
    with serving(text) as server:
        for _ in range(2):
            answer = httpx.post(f"{server.url}/responses", json={"input": "go", "tools": [SHELL]})
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert text_of(ask(server)) == "through"
        entries = server.player.truth.turns[0].entries
    assert [(entry.kind, entry.times) for entry in entries] == [("error", 2), ("agent_message", 1)]


def test_a_failure_within_the_stream() -> None:
    text = '[[turn.response]]\nerror = { body = { code = "context_length_exceeded", message = "too long" } }\n'
    with serving(text) as server:
        events = ask(server)
        assert events[-1]["type"] == "response.failed"
        assert events[-1]["response"]["error"]["code"] == "context_length_exceeded"
        assert server.player.ended(0)


def test_a_dropped_stream_is_whole_the_next_time() -> None:
    text = '[[turn.response]]\ndrop = { after = 6 }\nitems = [{ message = "0123456789", chunk = 3, pause = 0 }]\n'
    with serving(text) as server:
        events = ask(server)
        assert text_of(events) == "012345"
        assert events[-1]["type"] != "response.completed"
        assert text_of(ask(server)) == "0123456789"
        entries = server.player.truth.turns[0].entries
    assert [(entry.state, entry.text) for entry in entries] == [("dropped", "012345"), ("said", "0123456789")]


def test_history_by_response_id_is_known() -> None:
    text = '[[turn.response]]\nitems = [{ command = "ls" }]\n[[turn.response]]\nitems = [{ message = "end" }]\n'
    with serving(text) as server:
        first = ask(server, [user("go")])
        call = first[-1]["response"]["output"][0]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "x"}
        more = ask(server, [result], previous_response_id=first[-1]["response"]["id"])
        assert text_of(more) == "end"


def test_side_requests_leave_the_turn_alone() -> None:
    with serving('[[turn.response]]\nitems = [{ message = "m" }]\n') as server:
        assert text_of(ask(server, [user("Generate a concise title for: go")], tools=[]))
        assert httpx.get(f"{server.url}/models").json()["data"] == []
        assert httpx.post(f"{server.url}/responses/compact", json={"input": [user("go")]}).json()["output"]
        assert httpx.get(f"{server.url}/nothing").status_code == 404
        assert server.player.truth.turns == []
        assert server.player.truth.side_requests


def test_a_port_in_use_is_named() -> None:
    from codexbridge.lab.errors import LabError

    with serving('[[turn.response]]\nitems = [{ message = "m" }]\n') as server:
        server.player.truth.turns.clear()
        with pytest.raises(LabError, match=str(server.port)):
            _ = ModelServer(server.player.scenario, port=server.port)
