"""``codexbridge dis``: a recording as control functions and frames."""

from __future__ import annotations

from pathlib import Path

import click

from codexbridge.cli.console import told


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--frames", "only_frames", is_flag=True, help="Only what the terminal reports: frames, insertions ...")
@click.option("--controls", "only_controls", is_flag=True, help="Only text and control functions.")
@click.option("--since", default=0.0, help="Begin at this second.")
@click.option("--until", default=float("inf"), help="End at this second.")
def dis(path: Path, only_frames: bool, only_controls: bool, since: float, until: float) -> None:
    """Show PATH, a fixture folder or an asciicast, as control functions and frames."""
    from codexbridge.lab import cast, fixture
    from codexbridge.lab.dis import disassemble

    with told():
        recording = cast.read(fixture.recorded(path)[0])
    if since > until:
        raise click.UsageError(f"--since {since:g} is after --until {until:g}")
    for entry in disassemble(recording):
        if not since <= entry.at <= until:
            continue
        if only_frames and entry.kind in ("text", "control"):
            continue
        if only_controls and entry.kind == "record":
            continue
        sign = {"record": "═", "text": " ", "control": " ", "input": "<", "resize": "#", "marker": "#"}
        click.echo(f"{entry.at:9.3f} {sign.get(entry.kind, '?')} {entry.text}")
