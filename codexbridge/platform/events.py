"""Platform events: what leaves the bridge, one struct per type.

On the wire an event is ``{"type": TYPE, "payload": {...}}``. Fields that are :data:`msgspec.UNSET` are left
out, ``None`` is sent as ``null``. Readers of the platform ignore fields that they do not know, so fields are
only ever added, with a default. :mod:`codexbridge.platform.wire` turns an event into bytes.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

WakeSource = Literal["user", "share_comment", "child_message", "scheduler", "platform"]


class Payload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of all events."""

    TYPE: ClassVar[str] = ""
    TRANSIENT: ClassVar[bool] = False
    """True for typing indicators: they say nothing about work, so they do not keep a session from idling."""


class Stamped(Payload, frozen=True, kw_only=True):
    """Base of the events that can carry the ``event_id`` of the message they answer."""

    event_id: str | UnsetType = UNSET


class SessionStarted(Payload, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "session.started"
    agent_id: str
    session_id: str


class CodexInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which Codex is driven, and how well it is known: ``near`` means that no row of the table is its own."""

    version: str
    look: str
    row: str
    support: str


class SessionInit(Payload, frozen=True, kw_only=True):
    """The first event of a conversation. ``codex`` is ours."""

    TYPE: ClassVar[str] = "session.init"
    mcp_servers: list[Any] = msgspec.field(default_factory=list)
    tools: list[Any] = msgspec.field(default_factory=list)
    codex: CodexInfo | UnsetType = UNSET


class AgentThinking(Payload, frozen=True, kw_only=True):
    """A typing indicator: a message came in and the agent has not answered yet."""

    TYPE: ClassVar[str] = "session.agent_thinking"
    TRANSIENT: ClassVar[bool] = True
    type: str = "session.agent_thinking"
    session_id: str
    share_id: str | None = None
    thread_id: str | None = None
    event_id: str
    wake_source: WakeSource = "user"
    started_at: str
    """ISO 8601, UTC, milliseconds, ``Z``."""


class AgentThinkingCancelled(Payload, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "session.agent_thinking_cancelled"
    TRANSIENT: ClassVar[bool] = True
    type: str = "session.agent_thinking_cancelled"
    session_id: str
    event_id: str
    reason: str


class SessionCompleted(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "session.completed"
    result: str | UnsetType = UNSET


class SessionFailed(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "session.failed"
    error: str | UnsetType = UNSET


class UserMessage(Payload, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "user.message"
    text: str


class UserInputResponse(Payload, frozen=True, kw_only=True):
    """An answer to a question that the agent asked with ``request_input``."""

    TYPE: ClassVar[str] = "user.input_response"
    text: str
    request_id: str


class AgentText(Stamped, frozen=True, kw_only=True):
    """One whole message of the agent, Markdown."""

    TYPE: ClassVar[str] = "agent.text"
    text: str


class AgentThought(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "agent.thinking"
    text: str


class AgentToolCall(Stamped, frozen=True, kw_only=True):
    """A tool was called: said when it starts, or with its result where the start was never seen."""

    TYPE: ClassVar[str] = "agent.tool_call"
    tool_name: str
    """``bash``, ``edit``, ``web_search``, ``view_image`` or ``mcp__<server>__<tool>``."""
    tool_use_id: str
    input: dict[str, Any]


class AgentToolResult(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "agent.tool_result"
    tool_use_id: str
    content: Any
    """A string, or anything that JSON can hold."""
    is_error: bool = False
    exit_code: int | UnsetType = UNSET
    elided: bool | UnsetType = UNSET
    """True where ``content`` is not whole: Codex did not show all of it, or it was too large to send."""
    elided_lines: int | UnsetType = UNSET
    """How many lines are missing then, where that is known."""
    source: str | UnsetType = UNSET
    """Which reading the content comes from, where it is not the screen."""


class AgentError(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "agent.error"
    message: str
    recoverable: bool = False
    """True when the agent goes on by itself."""


class AgentPermissionRequest(Stamped, frozen=True, kw_only=True):
    """Codex asks for leave and somebody is to answer, through ``/inject`` with this ``request_id``."""

    TYPE: ClassVar[str] = "agent.permission_request"
    request_id: str
    grant_type: str
    """``command``, ``patch``, ``network``, ``mcp``, ``question`` ..."""
    scope: str
    justification: str
    details: dict[str, Any]
    """``options``: ``{"choice", "label"}`` each."""


class AgentArtifact(Stamped, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "agent.artifact"
    artifact_type: str
    title: str
    content: str


class AgentUsage(Stamped, frozen=True, kw_only=True):
    """Tokens of one turn. ``source`` ``rollout``: as Codex counts them in its file. ``screen``: a footer shows one
    figure of all, which is ``total_tokens``; the parts are not known and left out.
    """

    TYPE: ClassVar[str] = "agent.usage"
    model: str
    input_tokens: int | UnsetType = UNSET
    """Without what came out of a cache."""
    output_tokens: int | UnsetType = UNSET
    cache_creation_input_tokens: int | UnsetType = UNSET
    cache_read_input_tokens: int | UnsetType = UNSET
    total_tokens: int
    source: Literal["screen", "rollout"]
    duration_ms: int | UnsetType = UNSET


class RuntimeModels(Payload, frozen=True, kw_only=True):
    """The model that this runtime offers; Codex's own list is not on its screen."""

    TYPE: ClassVar[str] = "runtime.models"
    runtime_type: str = "codex"
    default: str
    models: list[dict[str, str]]
