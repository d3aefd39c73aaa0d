"""``codexbridge scenario``: look at scenarios, run them, hold recordings against the truth."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from codexbridge.cli.console import out, told


@click.group()
def scenario() -> None:
    """Show and run scenarios."""


@scenario.command("list")
def listing() -> None:
    """List the scenarios that can be named."""
    from codexbridge.lab.scenario import load, names

    grid = Table("scenario", "turns", "about", box=None, header_style="bold")
    with told():
        for name in names():
            story = load(name)
            grid.add_row(name, str(len(story.turn)), story.about)
    out.print(grid)


@scenario.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what SCENARIO's user and model say and do."""
    from codexbridge.lab.scenario import load

    with told():
        story = load(name)
    out.print(f"[bold]{escape(story.title)}[/]  {escape(story.about)}\n", soft_wrap=True)
    for number, turn in enumerate(story.turn, 1):
        out.print(f"[bold cyan]{number}. {escape(turn.user)}[/]", soft_wrap=True)
        for response in turn.response:
            if response.error:
                out.print(f"   [red]HTTP {response.error.status}[/]")
            for part in response.items:
                text = str(getattr(part, part.kind)).strip().replace("\n", "⏎")
                out.print(f"   [dim]{part.kind:10}[/] {escape(text[:120])}", soft_wrap=True)


@scenario.command()
@click.argument("casts", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--release", help="The release, where the truth beside the recording does not say it.")
@click.option("-v", "--verbose", is_flag=True, help="Also print every difference.")
def score(casts: tuple[Path, ...], release: str | None, verbose: bool) -> None:
    """Replay recordings and hold them against the truth record beside each (NAME.truth.json)."""
    from codexbridge.grammar.releases import table
    from codexbridge.lab import cast, replay, truth
    from codexbridge.lab import score as scoring

    grid = Table("recording", *scoring.METRICS, "unknown", box=None, header_style="bold")
    bad = 0
    with told():
        for path in casts:
            told_truth = truth.load(path.with_suffix(".truth.json"))
            version = release or told_truth.release
            events = replay.replay(cast.read(path), version)
            items = replay.items(events)
            result = scoring.judged(told_truth, events, table().find(version)[0].losses)
            bad += not result.perfect
            unknown = sum(item.__struct_config__.tag == "unknown" for item in items)
            grid.add_row(path.stem, *(figure(result.tallies[name]) for name in scoring.METRICS), str(unknown))
            if verbose:
                out.print(differences(result))
    out.print(grid)
    raise SystemExit(1 if bad else 0)


def figure(tally: object) -> str:
    """A figure as ``9/10``, coloured, and blank where there was nothing to count."""
    right, of = tally.right, tally.of  # type: ignore[attr-defined]
    if not of:
        return "[dim]·[/]"
    return f"[{'green' if right == of else 'red'}]{right}/{of}[/]"


def differences(result: object) -> Table:
    """The differences of a score as a table."""
    grid = Table("turn", "what", "item", "expected", "got", "loss", show_edge=False, header_style="bold")
    for one in result.differences:  # type: ignore[attr-defined]
        want, got = (escape(text.replace("\n", "⏎")[:300]) for text in (one.expected, one.got))
        colour = "yellow" if one.loss else "red"
        grid.add_row(str(one.turn + 1), f"[{colour}]{one.what}[/]", one.kind, want, got, one.loss)
    return grid
