"""A release that the table does not have: which look reads it best, and the row that it would get.

Every look is tried as the nearest row of that look drives it (its delivery and traits with it), on recordings of
the release. What counts, in this order: lines that no rule explains, faults against the truth, items found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from codexbridge.grammar.look import names
from codexbridge.grammar.releases import Release, Table, table, version_key
from codexbridge.lab.fixture import Fixture, toml_value
from codexbridge.lab.judge import Unexplained, unexplained
from codexbridge.lab.losses import LOSSES
from codexbridge.lab.marks import agreed, remaining
from codexbridge.lab.replay import items
from codexbridge.lab.score import Difference, judged


class Trial(msgspec.Struct, kw_only=True):
    """One look on one release's recordings."""

    look: str
    row: Release
    """As the release would be driven."""
    lines: int = 0
    unknown: int = 0
    items: int = 0
    faults: list[Difference] = []
    problems: list[str] = []
    """What kept it from being driven so."""
    unexplained: list[tuple[str, Unexplained]] = []
    """Scenario and line."""

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is better. A look that sees nothing at all explains everything that it sees, and is last."""
        silent = self.items == 0
        return (self.unknown if not silent else 1 << 30, len(self.faults) + 100 * bool(self.problems), -self.items)

    @property
    def good(self) -> bool:
        """Whether it was driven to the end, every line is explained, and what differs may well be losses."""
        return not self.problems and not self.unknown and len(self.faults) * 4 < self.items


def candidates(version: str, rows: Sequence[Release] | None = None) -> list[Release]:
    """For each look and delivery the row nearest to ``version``, as a row for ``version``."""
    every = list(rows if rows is not None else table().rows)
    key = version_key(version)
    below = [row for row in every if version_key(row.version) <= key]
    above = [row for row in every if version_key(row.version) > key]
    found: dict[tuple[str, str], Release] = {}
    # The nearest on either side first: a release is most like its neighbours.
    nearest = [*below[-1:], *above[:1], *reversed(below[:-1]), *above[1:]]
    for row in nearest:
        if row.look in names():
            found.setdefault((row.look, row.delivery), row)
    return [msgspec.structs.replace(row, version=version, support="near") for row in found.values()]


def rank(version: str, fixtures: Sequence[Fixture]) -> list[Trial]:
    """Every look on recordings of a release, best first."""
    trials = [_try(row, fixtures) for row in candidates(version)]
    return sorted(trials, key=lambda trial: trial.rank)


def rank_live(
    version: str, scenario: str, folder: Path, limit: float = 30.0, on_start: Callable[[Release], object] | None = None
) -> list[Trial]:
    """Drive a release as each candidate row says, best first; the nearest rows are tried first.

    The flags and the configuration are part of the row, so a recording made with another row's does not tell. A row
    that brings everything through ends the search; where none can drive the release at all, it is recorded without
    the bridge, and every look is tried on that.

    Raises:
        LabError: the release cannot be had or started.
    """
    from codexbridge.lab.record import Wish, take

    trials: list[Trial] = []
    for row in candidates(version):
        if on_start:
            on_start(row)
        place = folder / f"{row.look}-{row.delivery}"
        taken = take(version, scenario, place, Wish(limit=limit), Table([row]))
        trial = _try(row, [taken.fixture])
        trial.problems = taken.problems
        trials.append(trial)
        if trial.good:
            break
    if all(trial.problems for trial in trials):
        nearest = candidates(version)[0]
        wish = Wish(limit=limit, blind=True)
        blind = take(version, scenario, folder / "blind", wish, Table([nearest])).fixture
        for number, row in enumerate(candidates(version)):
            problems, trials[number] = trials[number].problems, _try(row, [blind])
            trials[number].problems = problems
    return sorted(trials, key=lambda trial: trial.rank)


def _try(row: Release, fixtures: Sequence[Fixture]) -> Trial:
    trial = Trial(look=row.look, row=row)
    for given in fixtures:
        one = Fixture(given.folder, Table([row]))
        passed = one.play()
        core = passed.session
        trial.lines += sum(core.counts.values())
        trial.unknown += core.counts["unknown"]
        trial.items += sum(item.__struct_config__.tag != "unknown" for item in items(passed.events))
        trial.unexplained += [(one.folder.name, line) for line in unexplained(passed)]
        score = one.score(passed)
        trial.faults += score.faults if score else []
    return trial


def advice(look: str, lines: Sequence[tuple[str, Unexplained]], fixtures: Sequence[Fixture] = ()) -> list[str]:
    """What to write rules from: marks that stand for others, then each line (with its scenario) that begins something.

    A line that only goes on with the one before it is counted and not shown: it follows once that one is explained.
    """
    said: list[str] = []
    swaps = agreed(one.swap for _, one in lines if one.swap)
    said += [f"  {swap}: {times} lines" for swap, times in swaps.items()]
    if swaps:
        left = sum(remaining(look, swaps, fixture.play(look).transcript) for fixture in fixtures)
        rest = f", which leaves {left} lines unexplained" if fixtures else ""
        said.append(f"  So begin a look: looks/{look}.toml with these marks in its [glyphs] and [body]{rest}.")
    hidden, before = 0, ("", -9)
    for name, one in lines:
        follows = name == before[0] and one.number - before[1] <= _APART and one.text.startswith(" ")
        before = (name, one.number)
        if follows or one.swap in swaps:
            hidden += 1
            continue
        said.append(f"  {name}:{one.number}: {one.text}")
        if one.rule:
            said.append(f"      nearest: {one.rule}: {one.why}")
    return [*said, f"  and {hidden} lines that go on with one of these, or have such a mark"] if hidden else said


_APART = 2
"""Lines between two of which there is at most one that is blank."""


class Losses(msgspec.Struct, frozen=True):
    """What the row of a release would say that it loses, for a person to confirm or to refuse."""

    shown: tuple[str, ...]
    """Of those that the row has, which the recordings show."""
    more: tuple[str, ...]
    """Others that would explain what still differs, the one that explains most first."""
    unseen: tuple[str, ...]
    """The row's others, taken over from a neighbour: nothing in the recordings needs them."""


def losses(row: Release, fixtures: Sequence[Fixture]) -> Losses:
    """Hold the losses of a row against recordings of the release that it is for.

    One is added only if it makes differences go away, and kept only if differences come back without it.
    """
    pairs = []
    for given in fixtures:
        one = Fixture(given.folder, Table([row]))
        truth = one.truth()
        if truth is not None:
            pairs.append((truth, one.play().events, one.case.losses))

    def faults(names: Sequence[str]) -> int:
        return sum(len(judged(truth, events, {*known, *names}).faults) for truth, events, known in pairs)

    more: list[str] = []
    left = faults(row.losses)
    while left:
        best = min(LOSSES, key=lambda name: faults([*row.losses, *more, name]))
        after = faults([*row.losses, *more, best])
        if after >= left:
            break
        more.append(best)
        left = after
    shown = list(row.losses)
    for name in row.losses:
        fewer = [other for other in shown if other != name]
        if faults([*fewer, *more]) <= left:
            shown = fewer
    return Losses(tuple(shown), tuple(more), tuple(name for name in row.losses if name not in shown))


def row_text(row: Release, exact: bool = False) -> str:
    """A row as it stands in ``releases.toml``; ``exact`` once a live run has proved it."""
    row = msgspec.structs.replace(row, support="exact" if exact else "near")
    fields = msgspec.to_builtins(row)
    defaults = msgspec.to_builtins(Release(version="", look=""))
    lines = [f"{key} = {toml_value(value)}" for key, value in fields.items() if value != defaults.get(key)]
    return "\n".join(["[[release]]", *lines])
