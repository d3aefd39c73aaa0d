"""The release table: one row per checked Codex release."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a live run found out about one release. See ``releases.toml`` for how rows are made."""

    version: str
    look: str
    """File name in ``looks/`` without its ending."""
    delivery: Literal["inline", "fullscreen", "rewrite"] = "inline"
    frames: Literal["sync", "cursor", "erase", "quiet"] = "sync"
    """What ends a picture: a synchronized update, the cursor hidden again after a redraw, lines erased
    before the next one, or quiet time."""
    controls: Literal["obeyed", "drawn"] = "drawn"
    """What a tab or a lone carriage return in a text does: what it does in any terminal, or it takes a cell, as it
    does in the picture that the program keeps of the screen."""
    functions: tuple[str, ...] = ()
    """Sequences (without ESC) that the program uses besides renditions, where it passes those of a text on: others are
    not carried out. Empty: all are."""
    columns: int = 1600
    rows: int = 40
    """Size of the pseudo-terminal: wide, so that nothing has to wrap, and of no more than 65,535 cells, which the
    full-screen views of releases before 0.155 cannot address."""
    flags: tuple[str, ...] = ()
    """Launch flags: ``--no-daemon``, ``--no-alt-screen``, ``-a full-auto``."""
    config: dict[str, Any] = {}
    """Tables merged into config.toml for a clean start, beyond the ones that every release gets."""
    losses: tuple[str, ...] = ()
    """What the release itself loses or misdraws on its screen, by name (see docs/losses.md)."""
    traits: dict[str, Any] = {}
    """How it behaves at the composer: ``interrupt``, ``submit_delay``, ``trims``, ``bang``, ``raw_mode`` ..."""
    support: Literal["exact", "near"] = "near"


def version_key(version: str) -> tuple[Any, ...]:
    """Order versions as releases are ordered: numbers by value, a pre-release before its release.

    >>> version_key("0.9.0") < version_key("0.10.0-alpha.1") < version_key("0.10.0")
    True
    """
    main, _, pre = version.partition("-")
    numbers = tuple(int(part) for part in main.split("."))
    rest = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()
    # The date-numbered releases (0.1.2504172351) come before 0.2 by their second number already.
    return (numbers, not pre, rest)


class Table:
    """Rows in version order."""

    def __init__(self, rows: list[Release]) -> None:
        self.rows = sorted(rows, key=lambda row: version_key(row.version))
        self._keys = [version_key(row.version) for row in self.rows]

    def find(self, version: str) -> tuple[Release, Literal["exact", "near"]]:
        """The row for ``version``: its own, or the nearest lower one (the lowest for anything older) as ``near``.

        A version that cannot be read as one takes the newest row.
        """
        try:
            key = version_key(version)
        except ValueError:
            return self.rows[-1], "near"
        index = bisect_right(self._keys, key) - 1
        row = self.rows[max(index, 0)]
        return row, row.support if row.version == version else "near"

    def above(self, version: str) -> Release | None:
        """The row of the next higher version, if there is one."""
        try:
            index = bisect_right(self._keys, version_key(version))
        except ValueError:
            return None
        return self.rows[index] if index < len(self.rows) else None


@cache
def table() -> Table:
    """The table that ships with the package."""
    text = files("codexbridge.grammar").joinpath("releases.toml").read_text("utf-8")
    return Table([msgspec.convert(row, Release) for row in tomllib.loads(text)["release"]])
