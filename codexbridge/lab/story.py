"""What a scenario is made of: the structs that scenario files are read into and random conversations are drawn in.

Times are milliseconds.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Struct(msgspec.Struct, forbid_unknown_fields=True):
    """Base: a key that is not declared is a mistake in the file."""


class Step(Struct, kw_only=True):
    """One line of a plan."""

    step: str
    status: Literal["pending", "in_progress", "completed"] = "pending"


class Mcp(Struct, kw_only=True):
    """A call of an MCP tool."""

    server: str
    tool: str
    arguments: dict[str, Any] = {}
    fails: bool = False
    """The tool answers that it failed. Most releases do not pass that on to the model."""


class Part(Struct, kw_only=True):
    """One item of a response: exactly one of the first eight fields, the others say how."""

    message: str | None = None
    """Markdown that the model says."""
    reasoning: list[str] | None = None
    """Summary parts, usually each with a bold heading."""
    command: str | None = None
    """A shell command, as for ``bash -lc``."""
    patch: str | None = None
    """An ``apply_patch`` text, ``*** Begin Patch`` and ``*** End Patch`` included."""
    plan: list[Step] | None = None
    mcp: Mcp | None = None
    search: str | None = None
    """A web search that the provider claims to have made."""
    image: str | None = None
    """Path of an image in the workspace to look at."""

    chunk: int = 24
    """Characters in each delta of a message or of reasoning."""
    pause: float = 4
    """Milliseconds between deltas."""
    explanation: str = ""
    """What a plan is introduced with."""
    pure: bool = False
    """The command's output depends on nothing but the workspace of the start, so that the lab may run it too."""

    @property
    def kind(self) -> str:
        """Which of the eight it is."""
        return next(name for name in KINDS if getattr(self, name) is not None)


KINDS = ("message", "reasoning", "command", "patch", "plan", "mcp", "search", "image")


class Fault(Struct, kw_only=True):
    """An answer that fails, ``times`` times and then no more (0: always)."""

    status: int = 200
    """HTTP status; 200 means that the stream itself reports the failure (``response.failed``)."""
    body: dict[str, Any] = {}
    """JSON body, or the ``error`` object of a ``response.failed`` event."""
    headers: dict[str, str] = {}
    times: int = 0


class Drop(Struct, kw_only=True):
    """The stream ends early, ``times`` times and then no more (0: always)."""

    after: int = 0
    """Characters of message or reasoning that still get through."""
    times: int = 1


class Usage(Struct, kw_only=True):
    """Token figures of one response."""

    input: int = 1200
    cached: int = 0
    output: int = 40
    reasoning: int = 0


class Response(Struct, kw_only=True):
    """One answer to one request."""

    items: list[Part] = []
    pause: float = 250
    """Milliseconds before the first byte. No real model answers at once, and some releases draw a command twice or
    out of order when the next answer overtakes their own note of the command's end."""
    error: Fault | None = None
    """Served before ``items`` are."""
    drop: Drop | None = None
    usage: Usage = msgspec.field(default_factory=Usage)
    headers: dict[str, str] = {}
    """HTTP headers of the answer (rate-limit figures, say)."""


class Busy(Struct, kw_only=True):
    """A message that the user sends while the turn runs."""

    text: str
    after: float = 500
    """Milliseconds after the turn's first request reached the model."""
    reply: str = "Noted."
    """What the model answers if Codex makes a turn of it."""


class Turn(Struct, kw_only=True):
    """What the user says, and the answers to it."""

    user: str
    response: list[Response]
    interrupt: float | None = None
    """Milliseconds after the turn's first request at which the user interrupts."""
    busy: list[Busy] = []
    repeat: int = 1
    """Play the turn so many times; ``%n%`` in its texts is the number of the repetition, from 1."""


class Wants(Struct, kw_only=True):
    """What the scenario needs around Codex."""

    config: dict[str, Any] = {}
    """Tables to merge into config.toml."""
    provider: dict[str, Any] = {}
    """Keys to merge into the provider's table of config.toml."""
    environment: dict[str, str] = {}
    mcp: list[str] = []
    """Names under which the lab's MCP server is configured."""
    git: bool = True
    """The workspace is a git repository."""


class Scenario(Struct, kw_only=True):
    """A whole scenario. ``turn`` has the repetitions written out after loading."""

    title: str
    about: str = ""
    turn: list[Turn]
    files: dict[str, str] = {}
    """Path -> text; a path that ends in ``.b64`` is decoded and loses that ending."""
    wants: Wants = msgspec.field(default_factory=Wants)
    name: str = ""
    """The folder's name; not written in the file."""
