"""``bridge.*`` events: what the bridge knows beyond the platform's vocabulary.

They reach only the readers that ask for them (``/stream?bridge=1``), except :class:`BridgeDropped`, which
tells a reader why its stream ends.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import UNSET, UnsetType

from codexbridge.platform.events import Payload


class Diagnostic(Payload, frozen=True, kw_only=True):
    """Base of the events that are ours."""


class BridgeStarted(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.started"
    bridge: str
    """Version of codexbridge."""
    version: str
    look: str
    row: str
    support: str


class BridgeReady(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.ready"


class BridgeTurn(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.turn"
    turn: int
    state: str
    """``started``, ``completed``, ``interrupted`` or ``failed``."""
    message_id: str | UnsetType | None = UNSET
    error: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    tokens: int | UnsetType = UNSET
    context_left: int | UnsetType = UNSET


class BridgeItem(Diagnostic, frozen=True, kw_only=True):
    """An item as the core knows it, with everything that the platform's event leaves out."""

    TYPE: ClassVar[str] = "bridge.item"
    phase: str
    """``started`` or ``completed``."""
    turn: int
    item: dict[str, Any]


class BridgeDelivery(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.delivery"
    message_id: str
    state: str
    reason: str | UnsetType = UNSET
    altered: str | UnsetType = UNSET


class BridgeDialog(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.dialog"
    dialog_id: str
    state: str
    """``opened`` or ``closed``."""
    subject: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    options: list[list[str]] | UnsetType = UNSET
    answerable: bool | UnsetType = UNSET
    """Somebody is to answer. Without this and without ``choice`` nobody can."""
    choice: str | UnsetType = UNSET


class BridgeStatus(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.status"
    text: str
    reconnecting: bool = False


class BridgeUnrecognized(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.unrecognized"
    lines: list[str]
    look: str


class BridgeDrift(Diagnostic, frozen=True, kw_only=True):
    """A turn held against the rollout file that Codex writes; no ``differences`` means that they agree."""

    TYPE: ClassVar[str] = "bridge.drift"
    turn: int
    repaired: int
    """Items that were sent, or filled, from the rollout file."""
    differences: list[dict[str, str]]


class BridgeExited(Diagnostic, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "bridge.exited"
    status: int | None
    expected: bool
    screen: list[str]


class BridgeLost(Diagnostic, frozen=True, kw_only=True):
    """A reader resumed after events that the buffer no longer holds."""

    TYPE: ClassVar[str] = "bridge.lost"
    after: str
    """The id that the reader had seen last."""


class BridgeDropped(Diagnostic, frozen=True, kw_only=True):
    """The last event of a reader that did not keep up."""

    TYPE: ClassVar[str] = "bridge.dropped"
    reason: str
    missed: int
    """Events that were waiting for this reader when it was dropped."""
