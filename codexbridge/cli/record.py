"""``codexbridge record``: make a fixture, from a scripted scenario or from a session by hand."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from codexbridge.cli.console import err, told

if TYPE_CHECKING:
    from codexbridge.lab.fixture import Fixture
    from codexbridge.lab.normalise import Rule


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.argument("arguments", nargs=-1)
@click.option("--release", help="Release of Codex, from npm; by hand, the codex of CODEX_PATH is the default.")
@click.option("--scenario", help="Record this scenario; without it the session is yours to type.")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True), help="Take an asciicast that exists.")
@click.option("--input", "record_input", is_flag=True, help="By hand: record what you type as well.")
@click.option("--columns", type=int, help="Scenario: width of the terminal.")
@click.option("--rows", type=int, help="Scenario: height of the terminal.")
@click.option("--limit", default=90.0, show_default=True, help="Scenario: seconds for a turn.")
def record(
    folder: Path | None,
    arguments: tuple[str, ...],
    release: str | None,
    scenario: str | None,
    source: Path | None,
    record_input: bool,
    columns: int | None,
    rows: int | None,
    limit: float,
) -> None:
    """Record a session into FOLDER, a fixture: the asciicast, what was normalised, and goldens.

    With --scenario a real release plays against the scripted model, and FOLDER is by default its place among the
    fixtures. Otherwise Codex runs in your own terminal, with the flags that its row of the release table asks for and
    with ARGUMENTS, until you leave it. To record every scenario on many releases: codexbridge regress --live
    --accept create --accept fix.
    """
    from codexbridge.lab import fixture, keep, selection

    _usage(folder, release, scenario, source, by_hand=bool(arguments or record_input), sized=bool(columns or rows))
    with told():
        release = selection.version(release) if release else None
        if scenario:
            assert release is not None
            made = _scripted(folder or fixture.folder_of(release, scenario), release, scenario, columns, rows, limit)
        elif source:
            assert folder is not None
            made = _taken(folder, source, release)
        else:
            assert folder is not None
            made = _by_hand(folder, release, arguments, record_input)
        done, in_the_way = keep.bless(made)
    rules = ", ".join(f"{rule.name} ({rule.count}x)" for rule in made.case.normalised) or "nothing"
    err.print(f"{made.folder}: normalised {escape(rules)}", soft_wrap=True)
    for line in done:
        err.print(f"[green]{escape(line)}[/]", soft_wrap=True)
    for line in in_the_way:
        err.print(f"[red]{escape(line)}[/]", soft_wrap=True)
    if in_the_way:
        err.print("no goldens were written; codexbridge regress --accept create writes them once this is right")
        sys.exit(1)


def _usage(
    folder: Path | None, release: str | None, scenario: str | None, source: Path | None, *, by_hand: bool, sized: bool
) -> None:
    """Refuse what does not go together, rather than pass over it."""
    if scenario and source:
        raise click.UsageError("--scenario and --from: a recording is made or taken, not both")
    if scenario and not release:
        raise click.UsageError("--scenario needs --release, such as --release 0.47.0")
    if not scenario and folder is None:
        raise click.UsageError("name the folder of the fixture: codexbridge record FOLDER")
    if sized and not scenario:
        raise click.UsageError("--columns and --rows are for --scenario; by hand your terminal has the size")
    if (scenario or source) and by_hand:
        raise click.UsageError("--input and arguments of Codex are for a session by hand")


def _scripted(
    folder: Path, release: str, scenario: str, columns: int | None, rows: int | None, limit: float
) -> Fixture:
    from codexbridge.cli.fetching import fetch
    from codexbridge.lab.record import Wish, take
    from codexbridge.lab.scenario import load
    from codexbridge.session.api import AnyEvent, TurnStarted

    fetch(release)
    turns = len(load(scenario).turn)

    def tell(event: AnyEvent) -> None:
        if isinstance(event, TurnStarted):
            err.print(f"[dim]turn {event.turn} of {turns}[/]")

    err.print(f"Codex {release} plays {scenario} ...", soft_wrap=True)
    taken = take(release, scenario, folder, Wish(columns=columns, rows=rows, limit=limit), on_event=tell)
    for problem in taken.problems:
        err.print(f"[red]{escape(problem)}[/]", soft_wrap=True)
    return taken.fixture


def _taken(folder: Path, source: Path, release: str | None) -> Fixture:
    """A recording that exists already, such as one that was interrupted."""
    from codexbridge.lab import cast
    from codexbridge.lab.errors import LabError
    from codexbridge.lab.fixture import Case
    from codexbridge.lab.keep import keep
    from codexbridge.lab.replay import release_of

    recording = cast.read(source)
    found = release or release_of(recording)
    if found is None:
        raise LabError(f"{source} does not say which release it is of; give --release, such as 0.47.0")
    case = Case(release=found, columns=recording.header.columns, rows=recording.header.rows, recorder="hand")
    truth = source.with_suffix(".truth.json")
    made = keep(source, folder, case, truth=truth if truth.is_file() else None, rules=_literals())
    _refuse_what_shows(made)
    return made


def _by_hand(folder: Path, release: str | None, arguments: tuple[str, ...], record_input: bool) -> Fixture:
    from codexbridge.cli.fetching import fetch
    from codexbridge.grammar.releases import table
    from codexbridge.lab import npm
    from codexbridge.lab.errors import LabError
    from codexbridge.lab.fixture import Case
    from codexbridge.lab.hand import Hand
    from codexbridge.lab.keep import keep
    from codexbridge.runtime import version
    from codexbridge.runtime.errors import StartError

    environment = dict(os.environ)
    if release:
        fetch(release)
        program = npm.executable(release)
        argv = [*program.argv, *arguments]
        environment |= program.environment
    else:
        try:
            codex = version.find(os.environ.get("CODEX_PATH") or "codex", environment)
            release = version.installed(codex, environment)
        except StartError as error:
            # This command takes a release from npm instead.
            remedy = "in CODEX_PATH, or take a release from npm with --release"
            raise LabError(str(error).replace("with --codex", remedy)) from None
        argv = [str(codex), *arguments]
    # Without them some releases draw what the bridge does not read; a flag that was given stays as it is.
    flags = [flag for flag in table().find(release)[0].flags if flag.startswith("--") and flag not in arguments]
    argv[len(argv) - len(arguments) : len(argv) - len(arguments)] = flags
    raw = folder.with_name(f"{folder.name}.raw.cast")
    raw.parent.mkdir(parents=True, exist_ok=True)
    hand = Hand(raw, release, record_input=record_input)
    columns, rows = hand.columns, hand.rows
    how = f", with {' '.join(flags)}" if flags else ""
    err.print(f"recording Codex {release} at {columns}x{rows}{how} into {raw} until you leave it", soft_wrap=True)
    status = hand.run(argv, environment)
    case = Case(release=release, columns=columns, rows=rows, flags=[*flags, *arguments], recorder="hand", exit=status)
    made = keep(raw, folder, case, rules=_literals())
    _refuse_what_shows(made)
    # It holds what has just been taken out.
    raw.unlink()
    return made


def _refuse_what_shows(made: Fixture) -> None:
    """Take a fixture away again whose screens show what had to go."""
    import shutil

    from codexbridge.lab.errors import LabError
    from codexbridge.lab.normalise import RULES, Normaliser

    shown = Normaliser([*_literals(), *RULES]).shown(made.cast())
    if not shown:
        return
    shutil.rmtree(made.folder)
    what = ", ".join(f"{name} (at {at:.1f} s)" for at, name in shown)
    raise LabError(f"{made.folder} was not kept: its screens still show {what}, drawn in pieces")


def _literals() -> list[Rule]:
    from codexbridge.lab.normalise import own_literals

    return own_literals(os.environ, Path.home(), getpass.getuser(), socket.gethostname())
