"""What the commands share: consoles, and how an error is told to a person."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import click
from rich.console import Console
from rich.table import Table

from codexbridge.lab.errors import LabError, WrongUsage
from codexbridge.platform.redact import Redactor, secrets_of

out = Console(highlight=False)
"""Results go here."""
err = Console(stderr=True, highlight=False)
"""Progress and complaints go here, so that results can be piped."""


_WIDE = 200


def table(grid: Table) -> None:
    """Print a table whole: where there is no terminal to fit, its lines are as long as they are."""
    (out if out.is_terminal else Console(file=out.file, width=_WIDE, highlight=False)).print(grid)


def complain(problem: str) -> None:
    """Tell a person what is wrong, in one line on standard error and without any secret of the environment."""
    with suppress(OSError):
        click.echo(f"error: {Redactor(secrets_of(os.environ.items()))(problem)}", err=True)


def leave(status: int) -> NoReturn:
    """Exit with ``status``, even where standard error or output cannot be written, which Python would make 120."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(status)
    sys.exit(status)


@contextmanager
def told() -> Iterator[None]:
    """Turn a :class:`LabError` into one line on stderr and exit status 1, or 2 where what was asked for is wrong."""
    try:
        yield
    except WrongUsage as error:
        raise click.UsageError(str(error)) from None
    except LabError as error:
        raise click.ClickException(str(error)) from None
