"""Goldens: what each seam of the core gives for a recording, as text files that a reviewer can read.

No golden holds a time. The first file that differs names the layer at fault: screens the terminal, transcript the
collector, items the grammar and the builders, events the projection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec
from msgspec import UNSET

from codexbridge.lab.replay import Replay
from codexbridge.lab.show import styled
from codexbridge.platform import wire
from codexbridge.platform.diagnostics import Diagnostic
from codexbridge.platform.events import SessionInit
from codexbridge.platform.project import Projector
from codexbridge.session import api
from codexbridge.session.api import AnyEvent

SEAMS = ("screens.txt", "transcript.txt", "items.jsonl", "events.jsonl")
"""In the order in which data flows."""

_STEPS = {api.ItemStarted: "started", api.ItemUpdated: "updated", api.ItemCompleted: "completed"}


def goldens(passed: Replay) -> dict[str, str]:
    """File name (relative to the fixture folder) -> content."""
    files = {"screens.txt": screens_text(passed.screens)}
    files["transcript.txt"] = _lines(_short(styled(line)) for line in passed.transcript)
    files["items.jsonl"] = lifecycle_text(passed.events)
    files["events.jsonl"] = _lines(platform_events(passed.events, driven=False))
    return files


def screens_text(screens: Mapping[str, Sequence[str]]) -> str:
    """The rows at each marker: ``@ marker``, then ``|row`` each. What did not change is said, not repeated."""
    lines: list[str] = []
    before: Sequence[str] | None = None
    for label, rows in screens.items():
        if rows == before:
            lines.append(f"@ {label}: as before")
            continue
        lines += [f"@ {label}", *(f"|{_short(row)}" for row in rows)]
        before = rows
    return _lines(lines)


def lifecycle(events: Iterable[AnyEvent]) -> list[dict[str, Any]]:
    """Turns, items, dialogs and unexplained lines in order, without times; of adjacent updates only the last."""
    found: list[dict[str, Any]] = []
    for event in events:
        match event:
            case api.ItemStarted() | api.ItemUpdated() | api.ItemCompleted():
                item = msgspec.to_builtins(event.item)
                item.pop("lines", None)
                line = {"what": _STEPS[type(event)], "turn": event.turn, "item": item}
                last = found[-1] if found else {}
                if last.get("what") == "updated" and last["item"]["id"] == item["id"]:
                    found.pop()
                found.append(line)
            case api.TurnStarted():
                found.append({"what": "turn started", "turn": event.turn})
            case api.TurnCompleted():
                found.append({"what": f"turn {event.status}", "turn": event.turn, "error": event.error})
            case api.DialogOpened():
                found.append({"what": "dialog", "subject": event.subject, "text": event.text})
            case api.Unrecognized():
                found.append({"what": "unrecognized", "lines": list(event.lines)})
    return found


def lifecycle_text(events: Iterable[AnyEvent]) -> str:
    """:func:`lifecycle` as lines of JSON."""
    return _lines(_dump(line) for line in lifecycle(events))


def platform_events(events: Iterable[AnyEvent], driven: bool = True) -> list[str]:
    """The platform events that the core's events amount to, one line of JSON each; diagnostics left out.

    ``driven`` False leaves out which row of the release table drives: a golden must not hang on the table's other rows.
    """
    projector = Projector()
    said = [payload for event in events for payload in projector.project(event)]
    if not driven:
        said = [msgspec.structs.replace(one, codex=UNSET) if isinstance(one, SessionInit) else one for one in said]
    said += projector.flush()
    return [wire.encode(payload).decode() for payload in said if not isinstance(payload, Diagnostic)]


def changed(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """Names of the files that differ, are missing or are left over, in the order in which data flows."""
    names = sorted({*old, *new}, key=lambda name: (_seam(name), name))
    return [name for name in names if old.get(name) != new.get(name)]


def sides(name: str, old: str, new: str) -> str:
    """Where a golden and what came now differ, in a form for people."""
    if name.endswith(".jsonl"):
        old, new = readable(old), readable(new)
    return two_sided(old, new)


def readable(text: str) -> str:
    """Lines of JSON spread out: a head, then a line per field, then a line per line of a field's text."""
    lines: list[str] = []
    for raw in text.removesuffix("\n").split("\n"):
        try:
            value = json.loads(raw)
        except ValueError:
            lines.append(raw)
            continue
        item = value.pop("item", None) or value.pop("payload", None) or {}
        kind = item.pop("kind", "")
        lines.append(" ".join(str(part) for part in (*value.values(), kind) if part != ""))
        for key, inner in item.items():
            said = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
            first, *rest = said.split("\n")
            lines += [f"  {key}: {first}", *("    " + line for line in rest)]
    return "\n".join(lines) + "\n"


def two_sided(old: str, new: str, *, width: int = 160, context: int = 1, limit: int = 60) -> str:
    """Where two texts differ, side by side: the golden on the left, what came now on the right."""
    left, right = old.removesuffix("\n").split("\n"), new.removesuffix("\n").split("\n")
    half = (width - 3) // 2
    rows: list[str] = []
    for group in SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(context):
        rows.append("-" * half + "-+-" + "-" * half)
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                rows += [_beside(text, text, " ", half) for text in left[i1:i2]]
                continue
            pairs = max(i2 - i1, j2 - j1)
            for n in range(pairs):
                was = left[i1 + n] if i1 + n < i2 else None
                now = right[j1 + n] if j1 + n < j2 else None
                mark = "<" if now is None else ">" if was is None else "|"
                was, now = _apart(was, now, half)
                rows.append(_beside(was or "", now or "", mark, half))
    if len(rows) > limit:
        rows = [*rows[:limit], f"... and {len(rows) - limit} rows more"]
    return "\n".join(rows)


def _apart(was: str | None, now: str | None, half: int) -> tuple[str | None, str | None]:
    """Cut a long common beginning, so that what differs is in sight."""
    if was is None or now is None or max(len(was), len(now)) <= half:
        return was, now
    same = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, same - half // 3)
    return (f"…{was[start:]}", f"…{now[start:]}") if start else (was, now)


def _beside(left: str, right: str, mark: str, half: int) -> str:
    return f"{left[:half]:<{half}} {mark} {right[:half]}".rstrip()


def _seam(name: str) -> int:
    return next((n for n, seam in enumerate(SEAMS) if name.startswith(seam)), len(SEAMS))


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _short(line: str) -> str:
    """A line whose long runs of one sign are counted: rules are as wide as the terminal.

    >>> _short("a" + "─" * 1600)
    'a─{1600}'
    """
    return re.sub(r"(.)\1{39,}", lambda run: f"{run[1]}{{{len(run[0])}}}", line)


def _dump(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
