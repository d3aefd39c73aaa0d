from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codexbridge.lab.errors import LabError
from codexbridge.lab.rollout import read

USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
CALL = {
    "type": "function_call",
    "name": "shell",
    "arguments": '{"command":["bash","-lc","ls"]}',
    "call_id": "c1",
}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": '{"output":"a\\n","metadata":{"exit_code":2}}'}
CONTEXT = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "<environment_context>x</environment_context>"}],
}
ITEMS = [CONTEXT, USER, THOUGHT, CALL, RESULT, SAID]


def wrapped(item: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": "t", "type": "response_item", "payload": item}


def lines(*records: dict[str, Any]) -> str:
    return "\n".join(json.dumps(record) for record in records) + "\n"


SHAPES = {
    "rollout-1.json": json.dumps({"session": {"id": "x"}, "items": ITEMS}),
    "rollout-2.jsonl": lines({"id": "x", "timestamp": "t"}, {"record_type": "state"}, *ITEMS),
    "rollout-3.jsonl": lines(
        {"type": "session_meta", "payload": {"cli_version": "1.2.3"}},
        *map(wrapped, ITEMS),
        {"type": "event_msg", "payload": {"type": "agent_message", "message": "done"}},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_reads_alike(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SHAPES[name])
    (turn,) = read(tmp_path / name).turns
    assert turn.user == "go"
    assert [(e.kind, e.text, e.output, e.exit_code) for e in turn.entries] == [
        ("reasoning", "hm", None, None),
        ("command_execution", "ls", "a\n", 2),
        ("agent_message", "done", None, None),
    ]


def test_a_line_that_is_cut_off_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(SHAPES["rollout-3.jsonl"] + '{"type":"resp')
    assert len(read(tmp_path / "r.jsonl").turns) == 1


def test_calls_of_every_make(tmp_path: Path) -> None:
    patch = "*** Begin Patch\n*** Delete File: x\n*** End Patch"
    calls = [
        {"type": "custom_tool_call", "name": "apply_patch", "input": patch, "call_id": "1"},
        {**CALL, "call_id": "2", "arguments": json.dumps({"command": ["apply_patch", patch]})},
        {**CALL, "call_id": "3", "name": "exec_command", "arguments": json.dumps({"cmd": "pwd"})},
        {"type": "local_shell_call", "call_id": "4", "action": {"command": ["bash", "-lc", "id"]}},
        {**CALL, "call_id": "5", "name": "lab__echo", "arguments": '{"text":"x"}'},
        {**CALL, "call_id": "6", "name": "echo", "namespace": "mcp__lab", "arguments": "{}"},
        {**CALL, "call_id": "7", "name": "update_plan", "arguments": '{"plan":[{"step":"s","status":"pending"}]}'},
        {"type": "web_search_call", "action": {"type": "search", "query": "q"}},
    ]
    (tmp_path / "r.jsonl").write_text(lines(USER, *calls))
    entries = read(tmp_path / "r.jsonl").turns[0].entries
    assert [(e.kind, e.text or e.tool) for e in entries] == [
        ("file_change", patch),
        ("file_change", patch + "\n"),
        ("command_execution", "pwd"),
        ("command_execution", "id"),
        ("mcp_tool_call", "lab.echo"),
        ("mcp_tool_call", "lab.echo"),
        ("todo_list", "update_plan"),
        ("web_search", "q"),
    ]


def test_interruptions_and_messages_into_a_running_turn(tmp_path: Path) -> None:
    event = {"type": "event_msg"}
    other = {**USER, "content": [{"type": "input_text", "text": "hurry"}]}
    started, aborted = ({**event, "payload": {"type": kind}} for kind in ("task_started", "turn_aborted"))
    text = lines(started, wrapped(USER), wrapped(other), aborted, started, wrapped(USER))
    (tmp_path / "r.jsonl").write_text(text)
    turns = read(tmp_path / "r.jsonl").turns
    assert [(turn.steered, turn.interrupted) for turn in turns] == [(["hurry"], True), ([], False)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="nowhere"):
        read(tmp_path / "nowhere.jsonl")


def test_tokens_of_a_turn_are_what_the_conversation_grew_by(tmp_path: Path) -> None:
    def count(total: int) -> dict[str, Any]:
        parts = {
            "input_tokens": total,
            "cached_input_tokens": total // 2,
            "output_tokens": 7,
            "total_tokens": total + 7,
        }
        return {"type": "event_msg", "payload": {"type": "token_count", "info": {"total_token_usage": parts}}}

    path = tmp_path / "rollout-4.jsonl"
    model = {"type": "turn_context", "payload": {"model": "m"}}
    empty = {"type": "event_msg", "payload": {"type": "token_count", "info": None}}
    turn = [model, wrapped(USER), wrapped(SAID)]
    path.write_text(lines(*turn, empty, count(100), count(100), *turn, count(160)))
    truth = read(path)
    assert [one.usage for one in truth.turns] == [
        {"input": 100, "cached": 50, "output": 7, "total": 107},
        {"input": 60, "cached": 30, "output": 0, "total": 60},
    ]
    assert [one.counted for one in truth.turns] == [True, True]
    assert truth.model == "m"
    path.write_text(lines(*turn, count(100), wrapped(CALL), wrapped(RESULT), count(100)))
    assert not read(path).turns[0].counted
    path.write_text(lines(*turn, count(100), wrapped(CALL), wrapped(RESULT), count(150), wrapped(SAID)))
    assert read(path).turns[0].counted
