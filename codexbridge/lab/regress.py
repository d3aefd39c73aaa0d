"""Releases x scenarios, recorded or live: does Codex still come through?

A recorded cell replays a fixture. A live cell drives the real release, keeps the recording as a fixture in the
results' folder, and judges that in the same way: live and recorded share everything from the bytes up.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from codexbridge.grammar.releases import Release, Table, table, version_key
from codexbridge.lab import cast as casts
from codexbridge.lab import fixture as fixtures
from codexbridge.lab import golden, show
from codexbridge.lab.errors import LabError
from codexbridge.lab.fixture import Fixture
from codexbridge.lab.judge import Unexplained, Verdict, judge
from codexbridge.lab.normalise import Normaliser
from codexbridge.lab.replay import Replay, accounts
from codexbridge.lab.score import Difference
from codexbridge.session import api

Mode = Literal["recorded", "live"]


class Job(NamedTuple):
    """One cell."""

    release: str
    scenario: str

    @property
    def name(self) -> str:
        return f"{self.release}/{self.scenario}"


class Shown(msgspec.Struct):
    """An item beside the recording: when it was completed, and its text."""

    at: float
    kind: str
    text: str


class Result(msgspec.Struct, kw_only=True):
    """What became of a cell."""

    release: str
    scenario: str
    mode: Mode
    state: Literal["passed", "failed", "error", "missing"]
    """``missing``: there is no recording; ``error``: the release could not be had or started."""
    reasons: list[str] = []
    """Why it did not pass, one line each."""
    look: str = ""
    row: str = ""
    support: str = ""
    seconds: float = 0.0
    counts: dict[str, int] = {}
    tallies: dict[str, tuple[int, int]] = {}
    """Metric -> right, of."""
    losses: dict[str, int] = {}
    known: list[str] = []
    """Differences that ``case.toml`` knows, and that are there."""
    stale: list[str] = []
    """Those that it knows, and that are gone."""
    differences: list[Difference] = []
    unexplained: list[Unexplained] = []
    goldens: dict[str, str] = {}
    """Golden that differs -> both sides."""
    notes: list[str] = []
    items: list[Shown] = []
    transcript: list[tuple[str, str, str]] = []
    """``item``, ``chrome`` or ``unknown``; the rule; the line."""
    folder: str = ""
    """The fixture folder with the recording."""

    @property
    def name(self) -> str:
        return f"{self.release}/{self.scenario}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells have in common."""

    mode: Mode = "recorded"
    out: Path
    """Results, and in live runs recordings, go below it."""
    limit: float = 90.0
    """Seconds for a turn of a live run."""
    columns: int | None = None
    """Live: the terminal's size, where it is not to be what the release's row asks for."""
    rows_high: int | None = None
    attempts: int = 1
    blind: bool = False
    """Record without the bridge what it cannot drive."""
    rows: tuple[Release, ...] = ()
    """Rows that go before those of the table."""

    @property
    def releases(self) -> Table:
        """The table with :attr:`rows`."""
        named = {row.version for row in self.rows}
        return Table([*self.rows, *(row for row in table().rows if row.version not in named)])


def jobs(releases: list[str], scenarios: list[str], mode: Mode) -> list[Job]:
    """The cells of a run, scenarios of one release together; recorded runs have those with a recording."""
    every = [Job(release, scenario) for release in sorted(releases, key=version_key) for scenario in scenarios]
    if mode == "live":
        return every
    return [job for job in every if (fixtures.folder_of(*job) / "case.toml").is_file()]


def execute(job: Job, plan: Plan) -> Result:
    """Run one cell; what goes wrong is in the result."""
    began = time.monotonic()
    try:
        result = _live(job, plan) if plan.mode == "live" else _recorded(job, plan)
    except LabError as error:
        result = Result(release=job.release, scenario=job.scenario, mode=plan.mode, state="error", reasons=[str(error)])
    result.seconds = time.monotonic() - began
    save(result, plan.out)
    return result


def _recorded(job: Job, plan: Plan) -> Result:
    folder = fixtures.folder_of(*job)
    if not (folder / "session.cast").is_file():
        reason = "no recording; make one with: codexbridge regress --live --accept create"
        return Result(release=job.release, scenario=job.scenario, mode="recorded", state="missing", reasons=[reason])
    one = Fixture(folder, plan.releases)
    passed = one.play()
    verdict = judge(one, passed)
    result = _result(job, "recorded", one, passed, verdict)
    old, new = one.goldens(), golden.goldens(passed)
    if not old:
        result.reasons.append("no goldens yet; write them with --accept create")
    for name in golden.changed(old, new) if old else []:
        what = "missing" if name not in old else "left over" if name not in new else "differs"
        result.reasons.append(f"golden {name} {what}")
        if name in old and name in new:
            result.goldens[name] = golden.sides(name, old[name], new[name])
    if verdict.stale:
        gone = ", ".join(verdict.stale)
        result.notes.append(f"known differences that are gone (--accept trim takes them out): {gone}")
    return _settled(result)


def _live(job: Job, plan: Plan) -> Result:
    from codexbridge.lab.record import Wish, take

    wish = Wish(columns=plan.columns, rows=plan.rows_high, limit=plan.limit, attempts=plan.attempts, blind=plan.blind)
    taken = take(job.release, job.scenario, plan.out / "live" / job.release / job.scenario, wish, plan.releases)
    one = taken.fixture
    passed = one.play()
    verdict = judge(one, passed)
    result = _result(job, "live", one, passed, verdict)
    result.reasons += taken.problems
    result.notes += taken.notes
    # The recording was normalised, the live run was not.
    then, again = (Normaliser().text(golden.lifecycle_text(events)) for events in (taken.events, passed.events))
    if taken.events and then != again:
        result.reasons.append("the recording does not give the items that the live run gave")
        result.goldens["live run"] = golden.sides("items.jsonl", then, again)
    kept = fixtures.folder_of(*job) / "items.jsonl"
    if kept.is_file():
        old, new = kept.read_bytes().decode(), golden.goldens(passed)["items.jsonl"]
        if old != new:
            result.notes.append("items differ from the golden of the recorded run")
            result.goldens["items.jsonl"] = golden.sides("items.jsonl", old, new)
    return _settled(result)


def _result(job: Job, mode: Mode, one: Fixture, passed: Replay, verdict: Verdict) -> Result:
    started = passed.events[0]
    assert isinstance(started, api.Started)
    score = verdict.score
    done = [event for event in passed.events if isinstance(event, api.ItemCompleted)]
    return Result(
        release=job.release,
        scenario=job.scenario,
        mode=mode,
        state="passed",
        reasons=verdict.reasons(),
        look=passed.session.look.name,
        row=started.row,
        support=started.support,
        counts=dict(passed.session.counts),
        tallies={name: (tally.right, tally.of) for name, tally in score.tallies.items()} if score else {},
        losses=dict(score.losses) if score else {},
        known=[name for name in one.case.known if name not in verdict.stale],
        stale=verdict.stale,
        differences=list(score.differences) if score else [],
        unexplained=verdict.unexplained,
        items=[Shown(round(event.at, 3), _kind(event), show.item(event.item)) for event in done],
        transcript=[(account.what, account.rule, account.line.text) for account in accounts(passed)],
        folder=str(one.folder),
    )


def _settled(result: Result) -> Result:
    if result.reasons:
        result.state = "failed"
    return result


def _kind(event: api.ItemCompleted) -> str:
    return str(event.item.__struct_config__.tag)


# ---- results on disk --------------------------------------------------------------------------------------------


def path_of(job: Job, out: Path) -> Path:
    """Where a cell's result lies."""
    return out / "results" / job.release / f"{job.scenario}.json"


def save(result: Result, out: Path) -> None:
    """Write a result, at once or not at all."""
    path = path_of(Job(result.release, result.scenario), out)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(result))
    partial.replace(path)


def load(job: Job, out: Path) -> Result | None:
    """A cell's result from an earlier run, unless there is none or it told nothing."""
    try:
        result = msgspec.json.decode(path_of(job, out).read_bytes(), type=Result)
    except (OSError, msgspec.MsgspecError):
        return None
    return None if result.state in ("error", "missing") else result


# ---- figures ----------------------------------------------------------------------------------------------------


class Figures(msgspec.Struct, kw_only=True):
    """One release's figures over its scenarios."""

    release: str
    look: str = ""
    support: str = ""
    passed: int = 0
    cells: int = 0
    lines: int = 0
    unknown: int = 0
    known: int = 0
    tallies: dict[str, tuple[int, int]] = {}
    losses: list[str] = []
    seconds: float = 0.0

    def share(self, metric: str) -> str:
        """``1.000``, or ``-`` where nothing was measured."""
        right, of = self.tallies.get(metric, (0, 0))
        return f"{right / of:.3f}" if of else "-"


def figures(results: list[Result]) -> list[Figures]:
    """Figures per release, in version order."""
    found: dict[str, Figures] = {}
    for result in sorted(results, key=lambda one: version_key(one.release)):
        sums = found.setdefault(result.release, Figures(release=result.release))
        sums.look = result.look or sums.look
        sums.support = result.support or sums.support
        sums.cells += 1
        sums.passed += result.state == "passed"
        sums.lines += sum(result.counts.values())
        sums.unknown += result.counts.get("unknown", 0)
        sums.known += len(result.known)
        sums.seconds += result.seconds
        for name, (right, of) in result.tallies.items():
            before = sums.tallies.get(name, (0, 0))
            sums.tallies = {**sums.tallies, name: (before[0] + right, before[1] + of)}
        sums.losses = sorted({*sums.losses, *result.losses})
    return list(found.values())


def recording(result: Result) -> casts.Cast | None:
    """The recording of a cell, where there is one."""
    path = Path(result.folder) / "session.cast"
    return casts.read(path) if result.folder and path.is_file() else None


def figures_text(every: Sequence[Fixture]) -> str:
    """``fixtures/matrix.txt``: what every fixture gives, a line each, so that a review sees what a change moves."""
    lines = []
    for one in every:
        kinds = Counter(
            line["item"]["kind"]
            for line in map(json.loads, (one.goldens().get("items.jsonl") or "").splitlines())
            if line["what"] == "completed"
        )
        items = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no goldens"
        known = f"; known: {len(one.case.known)}" if one.case.known else ""
        unknown = f"; unknown lines: {one.case.unknown}" if one.case.unknown else ""
        lines.append(f"{one.name}: {items}{unknown}{known}\n")
    return "".join(lines)


def write_matrix() -> None:
    """Write ``fixtures/matrix.txt`` anew."""
    (fixtures.root() / "matrix.txt").write_bytes(figures_text(fixtures.find()).encode())
