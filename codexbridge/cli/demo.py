"""``codexbridge demo``: see it work, without a key and without a network but npm's."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from codexbridge.cli.console import out, told

RELEASE = "0.135.0"


@click.command()
@click.option("--release", default=RELEASE, show_default=True, help="Release of Codex, fetched from npm on first use.")
@click.option("--scenario", default="two-turns", show_default=True, help="Conversation to play.")
@click.option("--raw", is_flag=True, help="Print the events as they are, one JSON object a line.")
@click.option("--all", "everything", is_flag=True, help="Also show the bridge's own diagnostics.")
def demo(release: str, scenario: str, raw: bool, everything: bool) -> None:
    """Drive a real Codex release against a scripted model, and print its events as they come.

    Codex runs in a terminal of its own and draws its interface there; what you see is what the bridge recovered
    from that screen and served on /stream. Exit status 0 when the conversation came through and no process is left.
    """
    from codexbridge.cli.fetching import fetch
    from codexbridge.lab import npm
    from codexbridge.lab.demo import play
    from codexbridge.lab.scenario import load

    def note(text: str) -> None:
        if not raw:
            out.print(f"[dim]» {escape(text)}[/]", soft_wrap=True)

    def show(event: dict[str, Any]) -> None:
        if not everything and str(event.get("type", "")).startswith("bridge."):
            return
        if raw:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            _print(event)

    with told():
        story = load(scenario)
        wanted = npm.latest() if release == "latest" else release
        fetch(wanted)
        note(f"Codex {wanted} in {npm.folder(wanted)}")
        outcome = play(wanted, story, show, note)
    served = sum(not str(event.get("type", "")).startswith("bridge.") for event in outcome.events)
    if outcome.left:
        raise click.ClickException(f"processes are left: {', '.join(map(str, outcome.left))}")
    if outcome.status:
        raise click.ClickException(f"the bridge ended with status {outcome.status}")
    note(f"{served} events; the bridge ended with status 0 and no process is left")


def _print(event: dict[str, Any]) -> None:
    """One event: its type, then what it says, in lines that stay below each other."""
    kind = str(event.get("type", "?"))
    payload = event.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    colour = "red" if payload.get("is_error") else _COLOURS.get(kind, "dim")
    text = _said(kind, payload)
    lines = text.strip("\n").split("\n")
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 2], f"… {len(lines) - _LINES + 2} more lines"]
    head = Text(kind.ljust(_INDENT), style=f"bold {colour}")
    if kind == "agent.text" and len(lines) > 1:
        out.print(head)
        out.print(Padding(Markdown(text), (0, 2, 0, _INDENT)))
        return
    style = "dim" if colour == "dim" else "default"
    out.print(head.append(lines[0][:_WIDTH], style=style), soft_wrap=True)
    for line in lines[1:]:
        out.print(Text(" " * _INDENT + line[:_WIDTH], style=style), soft_wrap=True)


def _said(kind: str, payload: dict[str, Any]) -> str:
    """What an event says to a person."""
    if kind == "session.agent_thinking":
        return "…"
    if kind == "session.init":
        codex = payload.get("codex") or {}
        return f"Codex {codex.get('version')}, look {codex.get('look')}, {codex.get('support')}"
    if kind == "agent.artifact":
        return f"{payload.get('title')}: {_plan(payload.get('content'))}"
    if kind == "agent.tool_call":
        given = payload.get("input")
        given = given if isinstance(given, dict) else {"": given}
        if "changes" in given:
            return f"{payload.get('tool_name')}  " + ", ".join(map(_change, given["changes"]))
        shown = given.get("command") if "command" in given else json.dumps(given, ensure_ascii=False)
        return f"{payload.get('tool_name')}  {shown}"
    if kind == "agent.tool_result":
        content = payload.get("content")
        if isinstance(content, list) and all(isinstance(one, dict) and "path" in one for one in content):
            return "\n".join(str(one.get("diff") or one["path"]) for one in content)
        content = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        return content or "(no output)"
    for key in ("text", "message", "result"):
        if isinstance(payload.get(key), str) and payload[key]:
            return str(payload[key])
    return json.dumps(payload, ensure_ascii=False)


def _plan(content: Any) -> str:
    try:
        steps = json.loads(content)
        marks = {"completed": "✔", "in_progress": "▸", "pending": "□"}
        return "  ".join(f"{marks.get(step['status'], '□')} {step['text']}" for step in steps)
    except (ValueError, TypeError, KeyError):
        return str(content)


def _change(change: Any) -> str:
    if not isinstance(change, dict):
        return str(change)
    return f"{change.get('kind')} {change.get('path')} (+{change.get('added', 0)} -{change.get('removed', 0)})"


_INDENT, _LINES, _WIDTH = 24, 12, 400
_COLOURS = {
    "user.message": "cyan",
    "agent.text": "green",
    "agent.thinking": "magenta",
    "agent.tool_call": "yellow",
    "agent.tool_result": "blue",
    "agent.error": "red",
    "agent.artifact": "green",
    "session.completed": "white",
}
