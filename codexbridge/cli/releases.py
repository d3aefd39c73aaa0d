"""``codexbridge releases``: what npm has, what the cache has, what the table knows."""

from __future__ import annotations

import click
from rich.table import Table

from codexbridge.cli.console import err, out, told


@click.group()
def releases() -> None:
    """List and fetch releases of Codex."""


@releases.command("list")
@click.option("--offline", is_flag=True, help="Only what is in the cache.")
def listing(offline: bool) -> None:
    """List every proper release, oldest first."""
    from codexbridge.grammar.releases import table
    from codexbridge.lab import npm

    with told():
        there = set(npm.cached())
        versions = npm.cached() if offline else npm.versions()
    grid = Table("release", "look", "delivery", "support", "cached", box=None, header_style="bold")
    for version in versions:
        row, support = table().find(version)
        colour = "green" if support == "exact" else "yellow"
        grid.add_row(version, row.look, row.delivery, f"[{colour}]{support}[/]", "yes" if version in there else "")
    out.print(grid)


@releases.command("fetch")
@click.argument("versions", nargs=-1, required=True)
def fetching(versions: tuple[str, ...]) -> None:
    """Put releases into the cache (``latest`` names the newest)."""
    from codexbridge.cli.fetching import fetch
    from codexbridge.lab import npm

    with told():
        for version in versions:
            wanted = npm.latest() if version == "latest" else version
            err.print(f"[dim]{wanted}[/] {fetch(wanted)}", soft_wrap=True)


@releases.command("path")
@click.argument("version")
def path(version: str) -> None:
    """Print how to run a release: the program, and its first argument where Node runs it."""
    from codexbridge.cli.fetching import fetch
    from codexbridge.lab import npm

    with told():
        wanted = npm.latest() if version == "latest" else version
        fetch(wanted)
        click.echo(" ".join(npm.executable(wanted).argv))
