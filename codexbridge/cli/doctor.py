"""``codexbridge doctor``: what is wrong here."""

from __future__ import annotations

import os
import sys

import click
from rich.console import Console
from rich.text import Text

from codexbridge.platform.redact import Redactor, secrets_of

_COLOURS = {"good": "green", "note": "yellow", "bad": "bold red"}


@click.command()
@click.option("--codex", metavar="PATH", help="Codex program. [CODEX_PATH, else `codex` on the PATH]")
@click.option("--workspace", metavar="DIR", help="Folder that Codex is to work in. [WORKSPACE_DIR]")
@click.option("--environment", is_flag=True, help="Print the environment variables as a Markdown table instead.")
def doctor(codex: str | None, workspace: str | None, environment: bool) -> None:
    """Say in plain words what is wrong with this installation.

    Exit status: 0 when the bridge would work, 1 when something must be mended first.
    """
    from codexbridge.runtime import doctor as examining

    if environment:
        click.echo(examining.environment_table(), nl=False)
        return
    surroundings = dict(os.environ)
    if codex is not None:
        surroundings["CODEX_PATH"] = codex
    if workspace is not None:
        surroundings["WORKSPACE_DIR"] = workspace
    console = Console(soft_wrap=True, highlight=False)
    clean = Redactor(secrets_of(surroundings.items()))
    bad = 0
    for finding in examining.examine(surroundings):
        bad += finding.verdict == "bad"
        console.print(
            Text.assemble(
                (f"{finding.verdict:4} ", _COLOURS[finding.verdict]), f"{finding.subject}: {clean(finding.text)}"
            )
        )
    console.print(f"{bad} to mend" if bad else "all well")
    sys.exit(1 if bad else 0)
