"""Where a conversation stands, read from a request and not from a counter.

Codex repeats requests that failed, asks for titles and summaries in between, and may send a message into a running
turn. Only the input of a request tells which scripted answer it wants: the user's texts in it say the turn, and the
call ids in it (``call_<turn>_<response>_<item>``) say how far the turn has got.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from codexbridge.lab.scenario import Scenario
from codexbridge.lab.truth import flatten

Json = dict[str, Any]

_CALL_ID = re.compile(r"call_(\d+)_(\d+)_(\d+)")
_OUTPUTS = ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "mcp_tool_call_output")
# What Codex itself puts into the user's mouth: tagged blocks and the project's instructions.
_CONTEXT = re.compile(
    r"\s*(?:<(?P<tag>[A-Za-z_ ]+)>.*</(?P=tag)>\s*\Z|# AGENTS\.md instructions|# Context from )", re.DOTALL
)
_IMAGE = re.compile(r"<image\b[^>]*>|</image>")
"""What stands around an attached image."""
_SIDE = re.compile(
    r"Generate a concise|CONTEXT CHECKPOINT COMPACTION|summarize (?:this|the) (?:conversation|thread)|"
    r"memory (?:writing|consolidation) agent|handoff summary|You are assessing",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """The answer that a request wants: response ``response`` of turn ``turn``, both from 0."""

    turn: int
    response: int
    user: str
    """The turn's user text as it was received."""
    steered: tuple[str, ...] = ()
    """User texts after that one."""


def is_context(text: str) -> bool:
    """Whether Codex itself wrote this text, in the user's name: tagged blocks, the project's instructions."""
    return bool(_CONTEXT.match(text))


def user_texts(items: list[Json]) -> list[str]:
    """The user messages of an input, without what Codex adds by itself."""
    texts = []
    for item in items:
        if item.get("type", "message") == "message" and item.get("role") == "user":
            text = own_text(item)
            if text is not None and not is_context(text):
                texts.append(text)
    return texts


def own_text(item: Json) -> str | None:
    """The text of a message, without context that came as further parts of it; None when it has no text."""
    content = item.get("content")
    if isinstance(content, list):
        parts = [part.get("text", "") for part in content if isinstance(part, dict) and "text" in part]
        # Context may come as further parts of the same message.
        own = [part for part in parts if not _CONTEXT.match(part) and not _IMAGE.fullmatch(part)]
        return "\n".join(own) if own else (parts[0] if parts else None)
    return flatten(content)


def answers(items: list[Json]) -> dict[str, Any]:
    """Call id -> what the tool answered, as sent."""
    found = {}
    for item in items:
        if item.get("type") in _OUTPUTS:
            found[str(item.get("call_id") or item.get("id"))] = item.get("output")
    return found


def is_side_request(request: Json) -> bool:
    """Whether a request belongs to no turn: a title, a summary, a memory."""
    texts = user_texts(_input(request))
    last = texts[-1] if texts else ""
    return bool(_SIDE.search(last[:4000]) or _SIDE.search(str(request.get("instructions") or "")[:400]))


def _input(request: Json) -> list[Json]:
    given = request.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return [item for item in given or [] if isinstance(item, dict)]


def folded(text: str) -> str:
    """A text with every run of white space as one blank: what Codex trims does not matter."""
    return " ".join(text.split())


def locate(items: list[Json], scenario: Scenario, floor: int) -> Place | None:
    """Find the answer that a request with input ``items`` wants, or None when it has no user text.

    ``floor`` is the highest turn that was reached so far, for conversations whose beginning was compacted away.
    """
    turn, response, user = -1, 0, ""
    steered: list[str] = []
    waiting: set[str] = set()
    script = [folded(entry.user) for entry in scenario.turn]
    # Somebody else's words take the turns in order, but only where nobody keeps to the script: a summary of what was
    # compacted away is a user message too.
    foreign = not any(folded(text) in script for text in user_texts(items))
    busy = {folded(extra.text) for entry in scenario.turn for extra in entry.busy}
    for item in items:
        kind = item.get("type", "message")
        if kind == "message" and item.get("role") == "user":
            text = own_text(item)
            if text is None or is_context(text):
                continue
            known = folded(text)
            after = next((n for n in range(turn + 1, len(script)) if script[n] == known), None)
            if after is None and known in busy:
                steered.append(text)
                continue
            if after is None and (waiting or text.startswith("Warning: ")):
                # Between a call and its answer, and by this word, Codex itself speaks in the user's name.
                continue
            if after is None:
                if not foreign:
                    continue
                after = turn + 1
            turn, response, user, steered = after, 0, text, []
        elif kind in ("function_call", "custom_tool_call"):
            waiting.add(str(item.get("call_id")))
        elif kind in _OUTPUTS:
            waiting.discard(str(item.get("call_id")))
            found = _CALL_ID.fullmatch(str(item.get("call_id") or item.get("id")))
            if found and int(found[1]) >= turn:
                turn, response = int(found[1]), int(found[2]) + 1
    if turn < 0:
        return None
    if turn < floor and user:
        known = folded(user)
        turn = next((n for n in range(floor, len(script)) if script[n] == known), turn)
    return Place(turn, response, user, tuple(steered))
