"""Why a message came, and which event answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

import msgspec

from codexbridge.platform.events import (
    AgentThinking,
    AgentThinkingCancelled,
    Payload,
    Stamped,
    UserInputResponse,
    UserMessage,
    WakeSource,
)

P = TypeVar("P", bound=Payload)

_SOURCES: tuple[WakeSource, ...] = get_args(WakeSource)
_BY_KIND: dict[str, WakeSource] = {
    "comment_added": "share_comment",
    "comment_resolved": "share_comment",
    "heartbeat": "scheduler",
    "state_change": "platform",
    "watchdog": "platform",
    "checkup": "platform",
    "message": "child_message",
}


class Wake(msgspec.Struct, frozen=True, kw_only=True):
    """What one injected message is about."""

    event_id: str
    source: WakeSource
    share_id: str | None = None
    thread_id: str | None = None
    echo: Payload | None
    """What to show of the message, or None where the platform has shown it already."""


def classify(body: Mapping[str, Any], fallback_id: str) -> Wake:
    """Read the optional fields of an inject body; values of the wrong type count as absent.

    ``fallback_id`` is the id of a message that brings none (a fresh UUID).
    """
    stated = body.get("wake_source")
    kind = body.get("kind")
    source: WakeSource = "user"
    if isinstance(stated, str) and stated in _SOURCES:
        source = stated
    elif isinstance(kind, str):
        source = _BY_KIND.get(kind, "user")
    share, thread = _text(body, "share_id"), _text(body, "thread_id")
    routed = source == "share_comment" and bool(share) and bool(thread)
    text = body.get("text")
    request = _text(body, "request_id")
    echo: Payload | None
    if _from_comments(body.get("origin")):
        echo = None
    elif request:
        echo = UserInputResponse(text=str(text), request_id=request)
    else:
        echo = UserMessage(text=str(text))
    return Wake(
        event_id=_text(body, "event_id") or fallback_id,
        source=source,
        share_id=share if routed else None,
        thread_id=thread if routed else None,
        echo=echo,
    )


def thinking(wake: Wake, session_id: str, started_at: str) -> AgentThinking:
    """The typing indicator for a message."""
    return AgentThinking(
        session_id=session_id,
        share_id=wake.share_id,
        thread_id=wake.thread_id,
        event_id=wake.event_id,
        wake_source=wake.source,
        started_at=started_at,
    )


class Correlator:
    """Holds at most one event id and puts it on the first event that answers it."""

    def __init__(self) -> None:
        self.armed: str | None = None

    def arm(self, event_id: str) -> None:
        """The next answering event carries ``event_id``; an id that still waits is forgotten."""
        self.armed = event_id

    def stamp(self, event: P) -> P:
        """``event``, with the armed id if it is of the kind that answers."""
        if self.armed is None or not isinstance(event, Stamped):
            return event
        stamped = msgspec.structs.replace(event, event_id=self.armed)
        self.armed = None
        return stamped

    def cancel(self, session_id: str, reason: str) -> AgentThinkingCancelled | None:
        """The event that takes the typing indicator away, when one is showing; disarms."""
        if self.armed is None:
            return None
        event = AgentThinkingCancelled(session_id=session_id, event_id=self.armed, reason=reason)
        self.armed = None
        return event


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _from_comments(origin: Any) -> bool:
    return isinstance(origin, dict) and origin.get("kind") == "channel" and origin.get("server") == "share-comments"
