"""``codexbridge run-sh``: where run.sh is."""

from __future__ import annotations

from importlib.resources import as_file, files

import click


@click.command("run-sh")
def run_sh() -> None:
    """Print the path of run.sh, which an image's entrypoint executes.

    It runs the adapter named by CODEX_HEADLESS_ADAPTER when the installed Codex has a usable event mode, else
    `codexbridge serve`; CODEX_MODE=tui|headless|auto overrides.
    """
    with as_file(files("codexbridge.runtime").joinpath("run.sh")) as path:
        click.echo(path)
