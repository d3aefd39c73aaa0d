"""Make a fixture of a scripted scenario: drive the real release through the bridge, keep what it wrote."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from codexbridge.grammar.releases import Table, table
from codexbridge.lab import cast as casts
from codexbridge.lab import live, record_raw, scenario
from codexbridge.lab.errors import LabError
from codexbridge.lab.fixture import Case, Fixture
from codexbridge.lab.keep import keep
from codexbridge.session.api import AnyEvent


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How to record: the size, seconds for a turn, and how often to try where the run itself went wrong."""

    columns: int | None = None
    """None: the size that the release's row asks for."""
    rows: int | None = None
    limit: float = 90.0
    attempts: int = 1
    blind: bool = False
    """Where the bridge cannot drive the release, record it without: keys are typed and nothing is understood."""


class Taken(msgspec.Struct, kw_only=True):
    """A fixture, and how the run went."""

    fixture: Fixture
    events: list[AnyEvent]
    problems: list[str]
    notes: list[str] = []


def take(
    release: str,
    name: str,
    folder: Path,
    wish: Wish | None = None,
    releases: Table | None = None,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> Taken:
    """Record ``release`` playing the scenario ``name`` into ``folder``, without goldens.

    A run in which something went wrong is tried again, and kept as it is after the last attempt. ``releases`` takes
    the place of the package's table; ``on_event`` is called with what happens, when it does.

    Raises:
        LabError: the release or the scenario cannot be had, or Codex cannot be started.
    """
    wish = wish or Wish()
    story = scenario.load(name)
    row, _ = (releases or table()).find(release)
    if wish.attempts < 1:
        raise LabError("a recording takes at least one attempt")
    with tempfile.TemporaryDirectory(prefix="codexbridge-take-") as base:
        path = Path(base) / "session.cast"
        for _ in range(wish.attempts):
            options = live.Options(limit=wish.limit, record=path, releases=releases)
            if wish.columns:
                options = msgspec.structs.replace(options, columns=wish.columns)
            if wish.rows:
                options = msgspec.structs.replace(options, rows=wish.rows)
            run = live.run(release, story, options, on_event=on_event)
            if not run.problems:
                break
        truth = path.with_suffix(".truth.json")
        run.truth.save(truth)
        problems, events, recorder = run.problems, run.events, "bridge"
        if problems and wish.blind:
            width, height = casts.read(path).header[:2]
            told = record_raw.record(release, name, path, (width, height), wish.limit)
            problems = [f"the bridge could not drive it ({problems[0]}); recorded without it: {told}"]
            events, recorder = [], "raw"
        size = casts.read(path).header
        case = Case(
            release=release,
            scenario=name,
            columns=size.columns,
            rows=size.rows,
            flags=list(row.flags),
            recorder=recorder,
            exit=run.status,
        )
        fixture = keep(path, folder, case, truth=truth, releases=releases)
        return Taken(fixture=fixture, events=events, problems=problems, notes=run.notes)
