"""Items out of a witness's entries: what the screen never drew, or drew in part."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    CommandExecution,
    FileChange,
    ImageView,
    McpToolCall,
    Reasoning,
    TodoList,
    WebSearch,
)
from codexbridge.lab.plain import folded, plain
from codexbridge.lab.score import patch_changes, patch_failed
from codexbridge.lab.truth import Entry

_ANSWERED = frozenset(("command_execution", "file_change", "mcp_tool_call"))


def answered(entry: Entry) -> bool:
    """Whether all is known that will be: calls have their answer."""
    return entry.kind not in _ANSWERED or entry.output is not None


def item_of(entry: Entry, identity: str) -> AnyItem | None:
    """The item that an entry stands for; None for what cannot be sent (errors are said elsewhere)."""
    text = entry.text
    match entry.kind:
        case "command_execution":
            return CommandExecution(
                id=identity,
                status="failed" if entry.failed else "completed",
                source="rollout",
                command=text,
                aggregated_output=entry.output or "",
                exit_code=entry.exit_code,
            )
        case "file_change":
            status = "failed" if patch_failed(entry) else "completed"
            return FileChange(id=identity, status=status, source="rollout", changes=patch_changes(text))  # type: ignore[arg-type]
        case "mcp_tool_call":
            server, _, tool = entry.tool.partition(".")
            answer = entry.output or ""
            return McpToolCall(
                id=identity,
                status="failed" if entry.failed else "completed",
                source="rollout",
                server=server,
                tool=tool,
                arguments=entry.arguments,
                result="" if entry.failed else answer,
                error=answer if entry.failed else "",
            )
        case "todo_list":
            return TodoList(id=identity, source="rollout", items=entry.steps, explanation=text)
        case "agent_message":
            return AgentMessage(id=identity, source="rollout", text=text, plain=plain(text)) if text.strip() else None
        case "reasoning":
            return Reasoning(id=identity, source="rollout", text=text) if text.strip() else None
        case "web_search":
            return WebSearch(id=identity, source="rollout", query=text)
        case "image_view":
            return ImageView(id=identity, source="rollout", path=text)
    return None


def lacks(item: AnyItem) -> bool:
    """Whether the screen itself says that it does not show all of a command."""
    if not isinstance(item, CommandExecution):
        return False
    return bool(item.elided or item.elided_command) or item.lines is None


def filled(item: AnyItem, entries: Sequence[Entry]) -> AnyItem:
    """``item`` with what the screen did not show of it, or ``item`` itself where the screen showed all.

    What the screen did show is never contradicted: an output is only put in whole where it was elided, where the
    command was never drawn, or where what was drawn is the end of it.
    """
    if not isinstance(item, CommandExecution) or len(entries) != 1:
        return item
    entry = entries[0]
    if entry.output is None or entry.truncated:
        return item
    shown, whole = folded(item.aggregated_output), folded(entry.output)
    head_lost = bool(shown) and shown != whole and whole.endswith(shown)
    if not (lacks(item) or head_lost):
        return item
    if item.parsed and not _all_of(item, entry.text):
        # A reading of a part of the command: what the whole command printed does not belong to it.
        return item
    return msgspec.structs.replace(
        item,
        source="rollout",
        command=entry.text if item.elided_command or item.lines is None or not item.command else item.command,
        aggregated_output=entry.output,
        elided=0,
        elided_command=0,
        exit_code=entry.exit_code if entry.exit_code is not None else item.exit_code,
        status="failed" if entry.failed else item.status,
    )


def _all_of(item: CommandExecution, command: str) -> bool:
    """Whether a reading of a command (Read, List, Search) can only be of all of it."""
    if folded(item.command) == folded(command):
        return True
    return len(item.parsed) == 1 and not any(sign in command for sign in ("&&", ";", "|", "\n"))


def same(item: AnyItem, other: AnyItem) -> bool:
    """Whether two items say the same thing."""
    if type(item) is not type(other):
        return False
    return folded(_text(item)) == folded(_text(other))


def _text(item: AnyItem) -> str:
    match item:
        case CommandExecution():
            return item.command
        case FileChange():
            return " ".join(sorted(str(change.get("path")) for change in item.changes))
        case McpToolCall():
            return f"{item.server}.{item.tool} {item.arguments}"
        case WebSearch():
            return item.query
        case ImageView():
            return item.path
        case TodoList():
            return " ".join(str(step.get("text")) for step in item.items)
    return str(getattr(item, "text", ""))
