"""``codexbridge releases``: what npm has, what the cache has, what the table knows."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from codexbridge.cli.console import err, told
from codexbridge.cli.console import out as out_console


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
    out_console.print(grid)


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


@releases.command("verify")
@click.argument("versions", nargs=-1)
@click.option("--jobs", "-j", default=2, show_default=True, type=click.IntRange(1, 8), help="Releases at a time.")
@click.option("--again", is_flag=True, help="Also those that were verified before.")
@click.option("--out", type=click.Path(path_type=Path), help="Findings and recordings.  [default: in the cache]")
@click.option("--remove", is_flag=True, help="Remove what had to be fetched for this.")
@click.option("--dry-run", is_flag=True, help="Leave the table as it is.")
def verifying(versions: tuple[str, ...], jobs: int, again: bool, out: Path | None, remove: bool, dry_run: bool) -> None:
    """Run releases (default: every one that npm lists) against the scripted model, and write the release table.

    Each release is run live; what was found is kept, so that a run which was stopped goes on where it was. A range
    is written 0.45.0..0.60.1. Exit status 1 when a release did not come through whole.
    """
    from codexbridge.cli.progress import Cells
    from codexbridge.lab import npm, pool, rows, verify
    from codexbridge.lab.selection import releases as select

    with told():
        wanted = select(",".join(versions)) if versions else npm.versions()
        folder = out or npm.cache() / "verify"
        known = {version: verify.load(folder, version) for version in wanted}
        left = [version for version in wanted if again or known[version] is None]
        work = [verify.Job(version=version, out=folder, keep=not remove) for version in left]
        with Cells(len(work)) as cells:
            for job, finding in pool.run(verify.verify, work, jobs, lambda job: cells.begin(job.version)):
                if isinstance(finding, Exception):
                    cells.end(job.version, "error", str(finding), 0.0)
                    continue
                known[job.version] = finding
                state = "error" if finding.error else "passed" if finding.row.support == "exact" else "failed"
                why = [finding.error, *finding.problems, *finding.faults, *finding.unknown, *finding.unproven]
                cells.end(job.version, state, "; ".join(text for text in why if text)[:300], finding.seconds)
        found = [finding for finding in known.values() if finding is not None]
        if not dry_run:
            out_file = rows.write(verify.merged(found))
            err.print(f"[dim]wrote[/] {out_file}", soft_wrap=True)
    grid = Table("release", "look", "support", "lines", "unknown", "losses", box=None, header_style="bold")
    for finding in found:
        row, lines = finding.row, finding.lines
        colour = "red" if finding.error else "green" if row.support == "exact" else "yellow"
        total, unknown = str(sum(lines.values())), str(lines.get("unknown", 0))
        grid.add_row(row.version, row.look, f"[{colour}]{row.support}[/]", total, unknown, ", ".join(row.losses))
    out_console.print(grid)
    if any(finding.error or finding.row.support != "exact" for finding in found):
        raise SystemExit(1)


@releases.command("losses")
@click.option("--out", type=click.Path(path_type=Path), help="Findings of verify.  [default: in the cache]")
def losing(out: Path | None) -> None:
    """Print the page about what releases lose on their own screens, in Markdown."""
    from codexbridge.grammar.releases import table
    from codexbridge.lab import losses_page, npm, verify

    with told():
        folder = out or npm.cache() / "verify"
        found = {row.version: verify.load(folder, row.version) for row in table().rows}
        click.echo(losses_page.page(table().rows, {version: one for version, one in found.items() if one}), nl=False)
