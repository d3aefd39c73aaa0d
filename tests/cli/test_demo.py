from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from codexbridge.cli import demo
from codexbridge.cli.main import main


@pytest.mark.live
def test_the_demonstration_ends_well_and_leaves_nothing() -> None:
    argv = [sys.executable, "-m", "codexbridge", "demo", "--raw"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "session.started"
    assert kinds.count("user.message") == 2
    assert kinds[-1] == "session.completed"
    assert events[kinds.index("agent.text")]["payload"]["text"] == "I'll look at the project first."
    assert any(event["payload"].get("is_error") for event in events if event["type"] == "agent.tool_result")


def test_a_release_that_is_none_is_a_one_line_error() -> None:
    result = CliRunner().invoke(main, ["demo", "--release", "banana"])
    assert result.exit_code == 1
    assert result.output.strip().splitlines()[-1].startswith("Error: 'banana' is not a release")


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("user.message", {"text": "hello"}, "hello"),
        ("agent.text", {"text": "**done**\n\n- one"}, "• one"),
        ("agent.tool_call", {"tool_name": "bash", "input": {"command": "ls -l"}}, "bash  ls -l"),
        (
            "agent.tool_call",
            {"tool_name": "edit", "input": {"changes": [{"kind": "add", "path": "a"}]}},
            "add a (+0 -0)",
        ),
        ("agent.tool_result", {"content": "", "is_error": False}, "(no output)"),
        ("agent.tool_result", {"content": "x\n" * 40}, "more lines"),
        ("agent.error", {"message": "[bad]"}, "[bad]"),
        ("agent.artifact", {"title": "Plan", "content": '[{"text": "a", "status": "completed"}]'}, "✔ a"),
        ("something.new", {"a": 1}, '{"a": 1}'),
    ],
)
def test_every_event_says_something(
    kind: str, payload: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with demo.out.capture() as captured:
        demo._print({"type": kind, "payload": payload})
    assert words in captured.get()
