"""``codexbridge model``: the scripted model on loopback, for any Codex or client to talk to."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from codexbridge.cli.console import err, out, told


@click.command()
@click.argument("scenario", default="two-turns")
@click.option("--port", default=0, show_default="any free one", help="Port on 127.0.0.1.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="Keep the truth record in this file.")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help="Append every request to this file.")
def model(scenario: str, port: int, truth: Path | None, log: Path | None) -> None:
    """Play SCENARIO (a name, a folder or a file) to whoever asks, until interrupted.

    Prints the address that OPENAI_BASE_URL takes. No key is needed and none is looked at.
    """
    from codexbridge.lab.model.app import ModelServer
    from codexbridge.lab.scenario import load

    with told(), ModelServer(load(scenario), port=port, truth_file=truth, log=log) as server:
        server.player.on_change = lambda turn, what: err.print(f"[dim]turn {turn + 1} {what}[/]")
        out.print(f"OPENAI_BASE_URL={server.url}", soft_wrap=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            err.print("[dim]stopped[/]")
