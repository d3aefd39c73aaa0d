"""``codexbridge probe``: what the installed Codex can do."""

from __future__ import annotations

import os
import sys

import click
import msgspec

from codexbridge.cli.console import complain
from codexbridge.runtime.errors import StartError


@click.command()
@click.option("--codex", metavar="PATH", help="Codex program. [CODEX_PATH, else `codex` on the PATH]")
@click.option("--pretty", is_flag=True, help="Over several lines, for people.")
def probe(codex: str | None, pretty: bool) -> None:
    """Print one JSON object about the installed Codex.

    It says the version, the row of the release table that drives it, which event modes it has and which flags it
    takes. Nothing of the user's is read or written. run.sh chooses by its "usable".
    """
    from codexbridge.runtime import probe as asking
    from codexbridge.runtime import version

    try:
        program = version.find(codex or os.environ.get("CODEX_PATH") or "codex", os.environ)
        found = asking.probe(program, os.environ)
    except StartError as error:
        complain(str(error))
        sys.exit(error.status)
    line = msgspec.json.encode(found)
    click.echo((msgspec.json.format(line) if pretty else line).decode())
