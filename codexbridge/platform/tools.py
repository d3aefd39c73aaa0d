"""Items that are tool calls, as the platform names them: what was called, with what, and what came back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import UNSET

from codexbridge.items.model import (
    CommandExecution,
    FileChange,
    ImageView,
    McpToolCall,
    TodoList,
    WebSearch,
)
from codexbridge.platform.events import AgentArtifact, AgentToolCall, AgentToolResult

ToolItem = CommandExecution | FileChange | McpToolCall | WebSearch | ImageView


def call_of(item: ToolItem) -> AgentToolCall:
    """The call that ``item`` shows, running or done."""
    name, arguments = _name_and_input(item)
    return AgentToolCall(tool_name=name, tool_use_id=item.id, input=arguments)


def result_of(item: ToolItem) -> AgentToolResult:
    """The result of a finished ``item``."""
    failed = item.status in ("failed", "declined", "interrupted")
    content: Any = ""
    exit_code = elided = None
    match item:
        case CommandExecution():
            content = item.aggregated_output
            failed = failed or bool(item.exit_code)
            exit_code, elided = item.exit_code, item.elided
        case FileChange():
            content = item.changes
        case McpToolCall():
            content = item.error or item.result if failed or item.error else item.result
            failed = failed or bool(item.error)
            elided = item.elided
        case _:
            pass
    return AgentToolResult(
        tool_use_id=item.id,
        content=content,
        is_error=failed,
        exit_code=UNSET if exit_code is None else exit_code,
        elided=bool(elided) or UNSET,
        elided_lines=elided if elided and elided > 0 else UNSET,
        source=UNSET if item.source == "screen" else item.source,
    )


def broken_off(item: ToolItem) -> AgentToolResult:
    """The result of a call that will never have one, because Codex is gone."""
    content = item.aggregated_output if isinstance(item, CommandExecution) else ""
    note = "[no result: Codex ended while this was running]"
    return AgentToolResult(tool_use_id=item.id, content=f"{content}\n{note}" if content else note, is_error=True)


def artifact_of(item: TodoList) -> AgentArtifact:
    """The plan as a document: the steps as indented JSON, each with the ``completed`` of Codex's own event
    mode.
    """
    steps = [{**step, "completed": step.get("status") == "completed"} for step in item.items]
    return AgentArtifact(
        artifact_type="document", title="Todo list", content=json.dumps(steps, indent=2, ensure_ascii=False)
    )


def _name_and_input(item: ToolItem) -> tuple[str, dict[str, Any]]:
    match item:
        case CommandExecution():
            arguments: dict[str, Any] = {"command": item.command}
            if item.parsed:
                arguments["parsed"] = item.parsed
            if item.elided_command:
                arguments["elided_lines"] = item.elided_command
            if item.by_user:
                arguments["by_user"] = True
            return "bash", arguments
        case FileChange():
            # The diff is the result; the call says what is touched.
            listed = [{key: value for key, value in change.items() if key != "diff"} for change in item.changes]
            return "edit", {"changes": listed}
        case McpToolCall():
            name = f"mcp__{item.server}__{item.tool}" if item.server else item.tool
            return name, _object(item.arguments)
        case WebSearch():
            return "web_search", {"query": item.query}
        case ImageView():
            return "view_image", {"path": item.path}


def _object(arguments: Any) -> dict[str, Any]:
    """MCP arguments as the object that readers expect, whatever the screen gave."""
    if isinstance(arguments, dict):
        return arguments
    if arguments is None or arguments == "":
        return {}
    if isinstance(arguments, str):
        try:
            decoded = msgspec.json.decode(arguments)
        except (msgspec.DecodeError, RecursionError):
            return {"arguments": arguments}
        if isinstance(decoded, dict):
            return decoded
    return {"arguments": arguments}
