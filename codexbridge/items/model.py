"""Items: what happened, in the words of ``codex exec --json``, each with a lifecycle."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Status = Literal["in_progress", "completed", "failed", "declined", "interrupted"]


class Item(msgspec.Struct, tag_field="kind", kw_only=True, omit_defaults=True):
    """Base of all items."""

    id: str
    """``item_0``, ``item_1``, ... in the order of first sight, unique in a session."""
    status: Status = "completed"
    source: Literal["screen", "overlay", "raw", "notice", "clipboard", "rollout"] = "screen"
    """Which reading the content comes from."""
    lines: tuple[int, int] | None = None
    """First and last id of the committed lines that show it."""


class UserMessage(Item, tag="user_message"):
    text: str


class AgentMessage(Item, tag="agent_message"):
    """``text`` is Markdown: the source where the release shows it, else restored from style."""

    text: str
    plain: str = ""
    """The message as plain text, as drawn, unwrapped."""


class Reasoning(Item, tag="reasoning"):
    text: str


class CommandExecution(Item, tag="command_execution"):
    command: str
    aggregated_output: str = ""
    exit_code: int | None = None
    """None while running and where the release does not show it (``status`` then tells success from failure)."""
    elided: int = 0
    """Lines of output that are known to be missing from ``aggregated_output``."""
    elided_command: int = 0
    """Lines of the command that are known to be missing."""
    parsed: list[dict[str, str]] = msgspec.field(default_factory=list)
    """Where the release shows a reading of the command instead of it: ``{"type": "read", "target": "README.md"}``."""
    duration: float | None = None
    """Seconds, where shown."""
    by_user: bool = False
    """A command that the user ran with ``!``."""


class FileChange(Item, tag="file_change"):
    changes: list[dict[str, Any]]
    """``{"path", "kind": add|update|delete, "move_path"?, "added", "removed", "diff"?}`` each."""


class McpToolCall(Item, tag="mcp_tool_call"):
    server: str
    tool: str
    arguments: Any = None
    result: str = ""
    error: str = ""
    elided: int = 0
    """Lines of the result that are known to be missing from it."""


class WebSearch(Item, tag="web_search"):
    query: str


class ImageView(Item, tag="image_view"):
    path: str


class TodoList(Item, tag="todo_list"):
    items: list[dict[str, Any]]
    """``{"text", "status": pending|in_progress|completed}`` each."""
    explanation: str = ""


class Error(Item, tag="error"):
    message: str
    recoverable: bool = False


class Notice(Item, tag="notice"):
    """A warning or a piece of news that Codex put into its history (compaction, deprecation, model metadata)."""

    text: str
    level: Literal["info", "warning"] = "info"


class ApprovalRequest(Item, tag="approval_request"):
    """``decision`` is what the history says became of it."""

    subject: Literal["command", "patch", "network", "mcp", "question", "other"]
    text: str
    decision: str = ""


class Unknown(Item, tag="unknown"):
    """Committed lines that no rule explains."""

    text: str


AnyItem = (
    UserMessage
    | AgentMessage
    | Reasoning
    | CommandExecution
    | FileChange
    | McpToolCall
    | WebSearch
    | ImageView
    | TodoList
    | Error
    | Notice
    | ApprovalRequest
    | Unknown
)
