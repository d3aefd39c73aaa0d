"""The two vocabularies of the core: what it is told (commands) and what it says (events).

A :class:`codexbridge.session.core.Session` is driven like this, by the live driver, by replay and by tests::

    session.receive(data, at)        # bytes from the pty
    session.command(cmd, at)         # one of the commands below
    if session.deadline() is not None and now >= session.deadline(): session.tick(now)
    for event in session.events(): ...
    write(session.data_to_send())

A caller may be late: what was due before the time of a call happens first. After every call the caller must collect
events and write what ``data_to_send`` returns. Times are seconds of any monotonic clock that the caller chooses; the
core has no clock of its own.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from codexbridge.items.model import AnyItem


class Command(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of what the core can be told."""


class SendMessage(Command, frozen=True, tag=True, kw_only=True):
    """Give ``text`` to Codex as a user message once it is idle; messages are delivered first in, first out."""

    id: str
    text: str
    sender: str = ""
    """Messages of one sender keep their order; one that steers may overtake those of others."""
    steer: bool = False
    """Deliver into the running turn where the release can."""
    images: tuple[str, ...] = ()
    """Paths of images to attach natively where the release can."""


class Answer(Command, frozen=True, tag=True, kw_only=True):
    """Answer the open dialog ``dialog_id`` with one of its choices."""

    dialog_id: str
    choice: str
    """``accept``, ``accept_session``, ``decline``, ``cancel``, the key of an option, or words where it takes some."""


class Interrupt(Command, frozen=True, tag=True, kw_only=True):
    """Stop the running turn."""


class Keys(Command, frozen=True, tag=True, kw_only=True):
    """Press keys by name (``"enter"``, ``"ctrl-c"``, ``"alt-r"``) or type literal text (``"text:..."``)."""

    keys: tuple[str, ...]


class Resize(Command, frozen=True, tag=True, kw_only=True):
    columns: int
    rows: int


class Close(Command, frozen=True, tag=True, kw_only=True):
    """Leave Codex in its own way (interrupt a running turn, then quit)."""


class Event(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of what the core says. ``at`` is the time of the input that caused it."""

    at: float = 0.0


class Started(Event, frozen=True, tag=True, kw_only=True):
    """The first event: which release, and which row of the release table drives it."""

    version: str
    look: str
    row: str
    support: Literal["exact", "near"]


class Ready(Event, frozen=True, tag=True, kw_only=True):
    """The composer can take a message for the first time."""


class TurnStarted(Event, frozen=True, tag=True, kw_only=True):
    turn: int
    message_id: str | None = None
    """The ``SendMessage.id`` that began it, if one did."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one turn. ``input`` has ``cached`` in it, and ``output`` what was reasoned."""

    input: int
    cached: int
    output: int
    total: int
    model: str = ""


class TurnCompleted(Event, frozen=True, tag=True, kw_only=True):
    turn: int
    status: Literal["completed", "interrupted", "failed"]
    error: str = ""
    duration: float | None = None
    """Seconds as Codex states them, where it does."""
    tokens: int | None = None
    """Of the whole conversation, as the footer says, where it does: from 10,000 on it says thousands."""
    usage: Usage | None = None
    """What a second witness knows (never said by the core itself)."""
    context_left: int | None = None
    """Percent, from the footer, where shown."""


class ItemStarted(Event, frozen=True, tag=True, kw_only=True):
    turn: int
    item: AnyItem


class ItemUpdated(Event, frozen=True, tag=True, kw_only=True):
    turn: int
    item: AnyItem


class ItemCompleted(Event, frozen=True, tag=True, kw_only=True):
    """Said once per item. An item that was never seen running is completed without having been started."""

    turn: int
    item: AnyItem


class Delivery(Event, frozen=True, tag=True, kw_only=True):
    """What became of a message: ``delivered`` when its echo was seen, ``rejected`` when it never will be."""

    message_id: str
    state: Literal["accepted", "delivered", "rejected"]
    reason: str = ""
    altered: str = ""
    """How the text differs from what was given, or empty."""


class DialogOpened(Event, frozen=True, tag=True, kw_only=True):
    """Codex asks something. ``subject`` ``other`` is a dialog that no rule knows."""

    dialog_id: str
    subject: Literal["command", "patch", "network", "mcp", "question", "trust", "login", "update", "model", "other"]
    text: str
    options: tuple[tuple[str, str], ...] = ()
    """Choice and label of each option."""
    answerable: bool = False
    free: bool = False
    """It takes words instead of a choice."""
    choice: str = ""
    """What its rule or the policy answers, without asking anybody."""


class DialogClosed(Event, frozen=True, tag=True, kw_only=True):
    dialog_id: str
    choice: str = ""


class Status(Event, frozen=True, tag=True, kw_only=True):
    """The status row changed: ``Working``, a reasoning heading, ``Reconnecting... 2/5``. Not an item."""

    text: str
    reconnecting: bool = False


class Wedged(Event, frozen=True, tag=True, kw_only=True):
    """Codex has stopped listening and must be started again; messages wait until it is.

    ``lost`` are the ids of messages that it took and did not send to its model.
    """

    reason: str
    lost: tuple[str, ...] = ()


class Unrecognized(Event, frozen=True, tag=True, kw_only=True):
    """Committed lines that no rule of the look explains."""

    lines: tuple[str, ...]
    look: str


class Drift(Event, frozen=True, tag=True, kw_only=True):
    """A turn held against a second witness (never said by the core itself: see :mod:`codexbridge.lab.repair`)."""

    turn: int
    repaired: int = 0
    """Items that were sent, or filled, from the witness."""
    differences: tuple[dict[str, str], ...] = ()
    """``what``, ``kind``, ``expected``, ``got`` of each."""


class Exited(Event, frozen=True, tag=True, kw_only=True):
    """The child ended. ``screen`` holds the last non-blank lines that it drew."""

    status: int | None
    expected: bool
    screen: tuple[str, ...] = ()


AnyCommand = SendMessage | Answer | Interrupt | Keys | Resize | Close
AnyEvent = (
    Started
    | Ready
    | TurnStarted
    | TurnCompleted
    | ItemStarted
    | ItemUpdated
    | ItemCompleted
    | Delivery
    | DialogOpened
    | DialogClosed
    | Status
    | Wedged
    | Unrecognized
    | Drift
    | Exited
)
