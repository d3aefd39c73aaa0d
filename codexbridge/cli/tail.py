"""``codexbridge tail``: what a running bridge says."""

from __future__ import annotations

import json
from typing import Any

import click

from codexbridge.cli.client import connected, run, socket


@click.command()
@click.option("--after", default="", metavar="ID", help="Begin after the event of that id.")
@click.option("--new", is_flag=True, help="Leave out what was said before.")
@click.option("--bridge", "diagnostics", is_flag=True, help="With what the bridge knows beyond the platform's events.")
@click.option("--json", "as_json", is_flag=True, help="Print whole events as JSON, one a line.")
@connected
def tail(after: str, new: bool, diagnostics: bool, as_json: bool, url: str, token: str | None) -> None:
    """Print events as they come, those that the bridge still has first."""
    run(_tail(after, new, diagnostics, as_json, url, token))


async def _tail(after: str, new: bool, diagnostics: bool, as_json: bool, url: str, token: str | None) -> int:
    async with socket(url, token) as bridge:
        await bridge.say(type="subscribe", last_event_id=after, new=new, diagnostics=diagnostics)
        while (heard := await bridge.hear())["type"] != "end":
            if heard["type"] == "event":
                click.echo(json.dumps({"id": heard["id"], **heard["event"]}) if as_json else _line(heard["event"]))
    return 0


def _line(event: dict[str, Any]) -> str:
    payload = event.get("payload")
    if not isinstance(payload, dict):
        return str(event.get("type"))
    said = next((payload[key] for key in ("text", "message", "content", "result", "error") if payload.get(key)), None)
    if said is None:
        said = {key: value for key, value in payload.items() if value not in ("", None)}
    words = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    first, _, rest = words.strip().partition("\n")
    more = f" (+{rest.count(chr(10)) + 1} lines)" if rest else ""
    return f"{event.get('type')}: {first[:400]}{more}"
