"""``codexbridge send``: give a message to a running bridge."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from codexbridge.cli.client import connected, run, socket

_ENDS = {"accepted": ("accepted",), "delivered": ("delivered",), "completed": ("turn.completed",)}


@click.command()
@click.argument("text")
@click.option("--steer", is_flag=True, help="Into the running turn, where the release can.")
@click.option(
    "--until",
    type=click.Choice(list(_ENDS)),
    default="delivered",
    show_default=True,
    help="Wait until the message has come so far.",
)
@click.option("--answer", is_flag=True, help="Wait for the end of the turn and print what the agent said.")
@click.option("--event-id", help="Id of the message; one that came before is not delivered again.")
@click.option("--json", "as_json", is_flag=True, help="Print frames as JSON, one a line.")
@connected
def send(
    text: str, steer: bool, until: str, answer: bool, event_id: str | None, as_json: bool, url: str, token: str | None
) -> None:
    """Send TEXT to Codex as a user message; ``-`` reads it from standard input.

    Exit status: 0 when it came as far as asked, 1 when it was rejected or its turn failed.
    """
    if text == "-":
        text = sys.stdin.read()
    run(_send(text, steer, "completed" if answer else until, answer, event_id, as_json, url, token))


async def _send(
    text: str, steer: bool, until: str, answer: bool, event_id: str | None, as_json: bool, url: str, token: str | None
) -> int:
    async with socket(url, token) as bridge:
        if answer:
            await bridge.say(type="subscribe", new=True)
            await bridge.hear()
        frame: dict[str, Any] = {"text": text, "steer": steer}
        if event_id:
            frame["event_id"] = event_id
        await bridge.say(**frame)
        ours = False
        while True:
            heard = await bridge.hear()
            kind = heard["type"]
            if kind == "event":
                event = heard["event"]
                if ours and answer and event["type"] == "agent.text":
                    click.echo(json.dumps(event) if as_json else event["payload"]["text"])
                continue
            if as_json:
                click.echo(json.dumps(heard))
            elif kind == "rejected":
                click.echo(f"rejected: {heard['reason']}", err=True)
            elif kind == "turn.completed" and heard["status"] != "completed":
                click.echo(f"the turn {heard['status']}: {heard['error']}".rstrip(": "), err=True)
            elif kind == "delivered" and heard["altered"]:
                click.echo(f"delivered; altered: {heard['altered']}", err=True)
            elif not answer:
                click.echo(kind)
            ours = ours or kind == "turn.started"
            if kind == "rejected":
                return 1
            if kind == "turn.completed" or kind in _ENDS[until]:
                return 0 if heard.get("status", "completed") == "completed" else 1
