from __future__ import annotations

import json
from typing import Any

import pytest

from codexbridge.lab.model.tools import Toolbox
from codexbridge.lab.scenario import Mcp, Part, Step

PATCH = "*** Begin Patch\n*** Delete File: a\n*** End Patch\n"


def function(name: str, *properties: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "parameters": {"properties": {key: {} for key in properties}}}


@pytest.mark.parametrize(
    ("tools", "kind", "arguments"),
    [
        ([function("shell")], "function_call", {"command": ["bash", "-lc", "ls"]}),
        ([function("container.exec")], "function_call", {"command": ["bash", "-lc", "ls"]}),
        ([function("shell_command")], "function_call", {"command": "ls"}),
        ([function("exec_command", "cmd")], "function_call", {"cmd": "ls"}),
        ([function("exec_command", "cmd", "max_output_tokens")], "function_call", None),
        ([{"type": "local_shell"}], "local_shell_call", None),
    ],
)
def test_a_command_takes_the_shape_that_is_offered(
    tools: list[dict[str, Any]], kind: str, arguments: dict[str, Any] | None
) -> None:
    call = Toolbox(tools).call(Part(command="ls"), "call_0_0_0")
    assert call is not None
    assert (call["type"], call["call_id"]) == (kind, "call_0_0_0")
    if arguments is not None:
        assert json.loads(call["arguments"]) == arguments
    if kind == "local_shell_call":
        assert call["action"]["command"] == ["bash", "-lc", "ls"]


@pytest.mark.parametrize(
    ("tools", "where"),
    [
        ([{"type": "custom", "name": "apply_patch"}, function("exec_command", "cmd")], "input"),
        ([function("apply_patch"), function("shell")], "arguments"),
        ([function("shell")], "arguments"),
        ([function("exec_command", "cmd")], "arguments"),
        ([function("shell_command")], "arguments"),
    ],
)
def test_a_patch_finds_a_way(tools: list[dict[str, Any]], where: str) -> None:
    call = Toolbox(tools).call(Part(patch=PATCH), "call_0_0_0")
    assert call is not None
    assert "*** Delete File: a" in call[where]


@pytest.mark.parametrize(
    ("tool", "name", "space"),
    [
        (function("mcp__lab__echo"), "mcp__lab__echo", None),
        (function("lab__echo"), "lab__echo", None),
        (function("lab.echo"), "lab.echo", None),
        ({"type": "namespace", "name": "mcp__lab", "tools": [{"name": "echo"}]}, "echo", "mcp__lab"),
    ],
)
def test_an_mcp_tool_is_found_under_every_naming(tool: dict[str, Any], name: str, space: str | None) -> None:
    call = Toolbox([tool]).call(Part(mcp=Mcp(server="lab", tool="echo", arguments={"text": "x"})), "call_0_0_0")
    assert call is not None
    assert (call["name"], call.get("namespace")) == (name, space)


def test_what_is_not_offered_is_not_called() -> None:
    toolbox = Toolbox([function("shell")])
    parts = [
        Part(plan=[Step(step="x")]),
        Part(image="a.png"),
        Part(search="q"),
        Part(mcp=Mcp(server="lab", tool="echo")),
    ]
    assert [toolbox.call(part, "c") for part in parts] == [None] * 4
    assert Toolbox([]).call(Part(command="ls"), "c") is None


def test_tools_nested_as_in_chat_completions_are_read() -> None:
    nested = {"type": "function", "function": {"name": "shell"}}
    assert Toolbox([nested]).names() == ["shell"]
