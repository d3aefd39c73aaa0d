"""``codexbridge answer``: answer what Codex asks."""

from __future__ import annotations

import click

from codexbridge.cli.client import connected, run, socket


@click.command()
@click.argument("dialog_id")
@click.argument("choice")
@connected
def answer(dialog_id: str, choice: str, url: str, token: str | None) -> None:
    """Answer the open dialog DIALOG_ID with CHOICE: accept, accept_session, decline, cancel or an option's key.

    The id is the ``request_id`` of the event ``agent.permission_request``.
    """
    run(_answer(dialog_id, choice, url, token))


async def _answer(dialog_id: str, choice: str, url: str, token: str | None) -> int:
    async with socket(url, token) as bridge:
        await bridge.say(type="answer", dialog_id=dialog_id, choice=choice)
        await bridge.hear()
    return 0
