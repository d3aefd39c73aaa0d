"""What the programs have in common that try something on real releases: their arguments, a line for each, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

import click

from codexbridge.lab.bench import Bench
from codexbridge.lab.errors import LabError
from codexbridge.session.dialogs import Policy

Trial = tuple[bool, str]
"""Whether something is wrong, and the lines that say what came of it."""


def command(function: Callable[..., Any]) -> click.Command:
    """``function(versions, **options)`` as a program whose arguments are releases. Its own options go below this."""
    return click.command()(click.argument("versions", nargs=-1, required=True)(function))


only = click.option("--only", default="", help="Only trials whose name holds this.")
record = click.option("--record", type=click.Path(path_type=Path), help="Record the terminal there.")


def report(trials: Iterable[Trial]) -> NoReturn:
    """Say what came of each as it comes, and exit: with 1 if one was wrong or a release could not be had."""
    failed = False
    try:
        for wrong, said in trials:
            failed = failed or wrong
            print(said, flush=True)
    except LabError as error:
        raise SystemExit(f"error: {error}") from None
    raise SystemExit(1 if failed else 0)


def cases(only: str, versions: Iterable[str], *kinds: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Every release with one name of each kind, in order, where the names, a blank between them, hold ``only``."""
    for version, *names in product(versions, *kinds):
        if only in " ".join(names):
            yield version, *names


def policy(way: str) -> Policy:
    """The policy under which a question is answered in this ``way``: ``ask`` for all but the two that need nobody."""
    return "decline" if way == "decline" else "accept" if way == "accept" else "ask"


def with_screen(wrong: str, bench: Bench, rows: int = 8, characters: int = 500) -> str:
    """``wrong``, and if it says something also the last rows of the screen."""
    return f"{wrong}; screen: {' / '.join(bench.screen()[-rows:])[:characters]}" if wrong else ""
