"""Events, items and lines of the history as text for people: one line each."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from codexbridge.items import model
from codexbridge.items.model import AnyItem
from codexbridge.lab.replay import Account
from codexbridge.session import api
from codexbridge.session.api import AnyEvent
from codexbridge.terminal.records import PLAIN, Style
from codexbridge.transcript.lines import Line

_WORDS = ("bold", "dim", "italic", "underline", "strike", "reverse", "blink")


def item(one: AnyItem) -> str:
    """An item: kind, status, what it says; the rest of its text on further lines, indented."""
    kind = one.__struct_config__.tag
    status = "" if one.status == "completed" else f" [{one.status}]"
    match one:
        case model.CommandExecution():
            outcome = "" if one.exit_code is None else f" (exit {one.exit_code})"
            elided = "" if not one.elided else f" ({one.elided if one.elided > 0 else 'some'} lines not shown)"
            body = one.command + (f"\n{one.aggregated_output}" if one.aggregated_output else "")
            return _hang(f"{kind}{status}{outcome}{elided}: ", body)
        case model.FileChange():
            return _hang(f"{kind}{status}: ", "\n".join(_change(change) for change in one.changes))
        case model.TodoList():
            steps = [f"[{step['status']}] {step['text']}" for step in one.items]
            return _hang(f"{kind}{status}: ", "\n".join([one.explanation, *steps] if one.explanation else steps))
        case model.McpToolCall():
            arguments = json.dumps(one.arguments, ensure_ascii=False)
            return _hang(f"{kind}{status}: ", f"{one.server}.{one.tool}({arguments})\n{one.error or one.result}")
        case model.WebSearch():
            return _hang(f"{kind}{status}: ", one.query)
        case model.ImageView():
            return _hang(f"{kind}{status}: ", one.path)
        case model.Error():
            return _hang(f"{kind}{' (recoverable)' if one.recoverable else ''}: ", one.message)
        case model.ApprovalRequest():
            return _hang(f"{kind}{status}: ", f"{one.subject} {one.decision}\n{one.text}")
    return _hang(f"{kind}{status}: ", one.text)


def event(one: AnyEvent) -> str:
    """An event of the core."""
    match one:
        case api.ItemStarted() | api.ItemUpdated() | api.ItemCompleted():
            what = {api.ItemStarted: "started  ", api.ItemUpdated: "updated  ", api.ItemCompleted: "completed"}
            return _hang(f"{what[type(one)]} {one.item.id} ", item(one.item))
        case api.Unrecognized():
            return _hang("UNRECOGNIZED ", "\n".join(one.lines))
        case api.Exited(expected=True):
            # What stood on the screen then is for a death that needs an explanation.
            one = msgspec.structs.replace(one, screen=())
    fields = msgspec.to_builtins(one)
    name = fields.pop("type")
    fields.pop("at")
    shown = [f"{key}={_value(value)}" for key, value in fields.items() if value not in (None, "", [], ())]
    return " ".join([name, *shown])


def account(one: Account) -> str:
    """A line of the history with the rule that explains it."""
    mark = {"item": " ", "chrome": "·", "unknown": "?"}[one.what]
    return f"{mark} {one.rule:<22.22} {one.line.text}"


def styled(line: Line) -> str:
    """A line of the history with its styles: text, TAB, ``start:end words`` joined by ``, ``."""
    runs = [f"{start}:{end} {words(style)}" for start, end, style in line.runs if style != PLAIN]
    if line.fill != "default":
        runs.append("band")
    return f"{line.text}\t{', '.join(runs)}" if runs else line.text


def words(style: Style) -> str:
    """A style in the words of a rule's style tests."""
    said = [word for word in _WORDS if getattr(style, word)]
    said += [] if style.fg == "default" else [style.fg]
    said += [] if style.bg == "default" else [f"on {style.bg}"]
    said += [f"link {style.link}"] if style.link else []
    return " ".join(said)


def _change(change: dict[str, Any]) -> str:
    move = f" -> {change['move_path']}" if change.get("move_path") else ""
    return f"{change.get('kind')} {change.get('path')}{move} (+{change.get('added')} -{change.get('removed')})"


def _hang(head: str, body: str) -> str:
    first, *rest = body.split("\n")
    return "\n".join([head + first, *("    " + line for line in rest)])


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if " " in text and isinstance(value, str) else text
