"""A release that the table does not have: which look reads it best, and the row that it would get.

Every look is tried as the nearest row of that look drives it (its delivery and traits with it), on recordings of
the release. What counts, in this order: lines that no rule explains, faults against the truth, items found.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codexbridge.grammar.look import names
from codexbridge.grammar.releases import Release, Table, table, version_key
from codexbridge.lab.fixture import Fixture, toml_value
from codexbridge.lab.judge import Unexplained, unexplained
from codexbridge.lab.replay import items, play
from codexbridge.lab.score import Difference, score
from codexbridge.session.core import Session


class Trial(msgspec.Struct, kw_only=True):
    """One look on one release's recordings."""

    look: str
    row: Release
    """As the release would be driven."""
    lines: int = 0
    unknown: int = 0
    items: int = 0
    faults: list[Difference] = []
    unexplained: list[tuple[str, Unexplained]] = []
    """Scenario and line."""

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is better. A look that sees nothing at all explains everything that it sees, and is last."""
        silent = self.items == 0
        return (self.unknown if not silent else 1 << 30, len(self.faults), -self.items)


def candidates(version: str, rows: Sequence[Release] | None = None) -> list[Release]:
    """For each look and delivery the row nearest to ``version``, as a row for ``version``."""
    every = list(rows if rows is not None else table().rows)
    key = version_key(version)
    below = [row for row in every if version_key(row.version) <= key]
    above = [row for row in every if version_key(row.version) > key]
    found: dict[tuple[str, str], Release] = {}
    for row in [*reversed(below), *above]:
        if row.look in names():
            found.setdefault((row.look, row.delivery), row)
    return [msgspec.structs.replace(row, version=version, support="near") for row in found.values()]


def rank(version: str, fixtures: Sequence[Fixture]) -> list[Trial]:
    """Every look on the recordings of a release, best first."""
    trials = [_try(row, fixtures) for row in candidates(version)]
    return sorted(trials, key=lambda trial: trial.rank)


def _try(row: Release, fixtures: Sequence[Fixture]) -> Trial:
    trial = Trial(look=row.look, row=row)
    for one in fixtures:
        recording = one.cast()
        size = recording.header
        core = Session(row.version, columns=size.columns, rows=size.rows, releases=Table([row]))
        passed = play(recording, row.version, session=core)
        found = items(passed.events)
        trial.lines += sum(core.counts.values())
        trial.unknown += core.counts["unknown"]
        trial.items += sum(item.__struct_config__.tag != "unknown" for item in found)
        trial.unexplained += [(one.folder.name, line) for line in unexplained(passed)]
        truth = one.truth()
        if truth is not None:
            trial.faults += score(truth, found, {*row.losses, *one.case.losses}).faults
    return trial


def row_text(row: Release) -> str:
    """A row as it stands in ``releases.toml``."""
    fields = msgspec.to_builtins(row)
    defaults = msgspec.to_builtins(Release(version="", look=""))
    lines = [f"{key} = {toml_value(value)}" for key, value in fields.items() if value != defaults.get(key)]
    return "\n".join(["[[release]]", *lines])
