"""``codexbridge interrupt``: stop the running turn."""

from __future__ import annotations

import click

from codexbridge.cli.client import connected, run, socket


@click.command()
@connected
def interrupt(url: str, token: str | None) -> None:
    """Stop the running turn; what was done stays done, and messages that wait are still delivered."""
    run(_interrupt(url, token))


async def _interrupt(url: str, token: str | None) -> int:
    async with socket(url, token) as bridge:
        await bridge.say(type="interrupt")
        if not (await bridge.hear()).get("running", True):
            click.echo("no turn runs", err=True)
    return 0
