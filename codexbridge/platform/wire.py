"""Events as bytes: compact ASCII JSON on one line, under the size that the message bus carries.

ASCII, because a reader decodes each network chunk by itself and would spoil a character that two share. One
line, because a reader parses each ``data:`` line by itself. Lone surrogates and NUL are replaced, because
strict parsers and databases behind them refuse the whole event otherwise.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import msgspec

from codexbridge.platform.events import Payload

LIMIT = 1_000_000
"""Bytes of one encoded event. The bus takes 1 MiB with the envelope that is put around the event."""

KEEP_ALIVE = b": keep-alive\n\n"

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_MARKER = "\n[... {} characters cut by codexbridge ...]\n"


def encode(event: Payload, clean: Callable[[str], str] | None = None, limit: int = LIMIT) -> bytes:
    """``event`` as one line of JSON without its newline, at most ``limit`` bytes.

    ``clean`` is applied to every string of the payload (redaction). What is too long loses the middle of its
    longest strings; a marker says how many characters are missing.
    """
    payload = sanitise(msgspec.to_builtins(event), clean or _same)
    document: dict[str, Any] = {"type": event.TYPE, "payload": payload}
    line = _dumps(document)
    # Halving the longest string ends quickly; a payload of very many short strings is given up as a whole.
    for _ in range(64):
        if len(line) <= limit:
            return line.encode("ascii")
        if not _shorten(document, len(line) - limit):
            break
        line = _dumps(document)
    return _dumps({"type": event.TYPE, "payload": _stub(payload, len(line))}).encode("ascii")


def frame(line: bytes, event_id: str = "") -> bytes:
    """One server-sent event. The platform's own reader skips the ``id:`` line."""
    if event_id:
        return b"id: " + event_id.encode("ascii") + b"\ndata: " + line + b"\n\n"
    return b"data: " + line + b"\n\n"


def comment(text: str) -> bytes:
    """A comment line, which readers skip."""
    return b": " + text.encode("ascii", "replace").replace(b"\n", b" ") + b"\n\n"


def sanitise(value: Any, clean: Callable[[str], str]) -> Any:
    """``value`` with every string cleaned and nothing left in it that strict JSON cannot hold."""
    if isinstance(value, str):
        return _UNSENDABLE.sub("\ufffd", clean(value))
    if isinstance(value, dict):
        return {_UNSENDABLE.sub("\ufffd", str(key)): sanitise(item, clean) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [sanitise(item, clean) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def cut(text: str, budget: int) -> str:
    """The two ends of ``text``, about ``budget`` bytes of JSON, and a marker that counts what was between.

    >>> cut("abcdefghij", 6)
    'abc\\n[... 4 characters cut by codexbridge ...]\\nhij'
    """
    head = bisect_right(range(len(text) + 1), budget // 2, key=lambda n: len(_dumps(text[:n])) - 2) - 1
    rest = len(text) - head
    tail = bisect_right(range(rest + 1), budget // 2, key=lambda n: len(_dumps(text[len(text) - n :])) - 2) - 1
    if rest == tail:
        return text
    return text[:head] + _MARKER.format(rest - tail) + text[len(text) - tail :]


def _same(text: str) -> str:
    return text


def _dumps(document: Any) -> str:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def _shorten(document: dict[str, Any], excess: int) -> bool:
    """Cut the longest string of ``document`` in place; False when no string is worth cutting."""
    best: tuple[int, Any, Any] = (0, None, None)
    stack: list[Any] = [document["payload"]]
    while stack:
        node = stack.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, item in pairs:
            if isinstance(item, str):
                if (size := len(_dumps(item))) > best[0]:
                    best = (size, node, key)
            else:
                stack.append(item)
    size, node, key = best
    if size < 1024:
        return False
    node[key] = cut(node[key], max(size - excess - 128, 256))
    return True


def _stub(payload: Any, size: int) -> dict[str, Any]:
    """What is left of an event that cannot be made to fit: its short fields, and a sentence."""
    kept = {
        key: value
        for key, value in (payload.items() if isinstance(payload, dict) else ())
        if not isinstance(value, (dict, list)) and len(_dumps(value)) < 1024
    }
    return {**kept, "content": f"[event of {size} bytes cut by codexbridge: too large to send]"}
