"""One release looked at from all sides, live: the row of the release table that it earns.

The look is the one whose rules leave the fewest lines unexplained on a recording of the release; flags are those of
its own help; what it offers beside the history was tried; losses are those that the run against the truth needs and,
where they say that something is not drawn, those that the bytes of the recording bear out. ``exact`` is a row whose
run came out equal to the truth but for these losses, without a dialog and without an unexplained line.
"""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import Any

import msgspec

from codexbridge import __version__
from codexbridge.grammar.look import load as load_look
from codexbridge.grammar.releases import Release, Table, table, version_key
from codexbridge.lab import cast as casts
from codexbridge.lab import drawn, features, live, npm, scenario
from codexbridge.lab.errors import LabError
from codexbridge.lab.features import INLINE
from codexbridge.lab.losses import LOSSES
from codexbridge.lab.propose import candidates
from codexbridge.lab.replay import items, replay
from codexbridge.lab.score import METRICS, Score, judged, score
from codexbridge.lab.truth import Truth
from codexbridge.session.api import DialogOpened, Exited, Ready, Unrecognized
from codexbridge.session.core import Session

SCENARIO = "probe"
_MEASURED = ("notify", "notifies", "title", "reports", "reading", "raw", "copy", "restates")
# Losses that could explain nearly anything are believed only where no other does.
_VAGUE = (
    "markdown_html",
    "markdown_lists",
    "order",
    "output_layout",
    "exit",
    "wrapped_words",
    "mcp_status",
    "reasoning_merged",
)


_ERROR = re.compile(r"(?:error|\w*Error)\b.*:", re.IGNORECASE)

# They would explain anything in a message; a release has them only where a person has put them into its row.
_BY_HAND = {"markdown_html", "markdown_lists", "wrapped_words", "output_layout"}


class Finding(msgspec.Struct, kw_only=True):
    """What a live run found out about one release."""

    version: str
    row: Release
    checked: str = __version__
    """Which codexbridge looked."""
    seconds: float = 0.0
    lines: dict[str, int] = {}
    """Committed lines by ``item``, ``chrome`` and ``unknown``."""
    unknown: list[str] = []
    figures: dict[str, tuple[int, int]] = {}
    """Metric -> right, of; before losses are taken off."""
    faults: list[str] = []
    """What no loss explains."""
    evidence: dict[str, str] = {}
    """Loss -> what was said and what was drawn of it."""
    unproven: list[str] = []
    """Losses that say something is not drawn, though its text was on the screen."""
    dialogs: list[str] = []
    problems: list[str] = []
    error: str = ""
    """Why there was no run at all."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about one release."""

    version: str
    out: Path
    """Findings and recordings go there."""
    keep: bool = True
    """Leave a release that was fetched for this in the cache."""
    limit: float = 90.0


def path_of(out: Path, version: str) -> Path:
    """Where a finding lies."""
    return out / f"{version}.json"


def load(out: Path, version: str) -> Finding | None:
    """What was found before, if anything."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path_of(out, version).read_bytes(), type=Finding)
    return None


def verify(job: Job) -> Finding:
    """Run one release and save what was found. What goes wrong is in the finding."""
    began = time.monotonic()
    there = job.version in npm.cached()
    row = table().find(job.version)[0]
    # A release is asked to tell, whatever its neighbour does.
    row = msgspec.structs.replace(row, version=job.version, support="near", traits={**row.traits, "notify": True})
    finding = Finding(version=job.version, row=row)
    job.out.mkdir(parents=True, exist_ok=True)
    try:
        _examine(job, finding)
    except (LabError, OSError, ValueError) as error:
        finding.error = str(error).splitlines()[0] if str(error) else type(error).__name__
    finally:
        if not (job.keep or there):
            npm.remove(job.version)
    finding.seconds = round(time.monotonic() - began, 1)
    file = path_of(job.out, job.version)
    part = file.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(finding), indent=1))
    part.replace(file)
    return finding


def _examine(job: Job, finding: Finding) -> None:
    program = npm.executable(job.version)
    known = features.flags(program)
    row = _flagged(finding.row, known, INLINE in finding.row.flags)
    recording = job.out / f"{job.version}.cast"
    run, watch = _run(job, row, recording)
    if watch.features.alternate and row.delivery != "fullscreen" and INLINE in known - set(row.flags):
        row = _flagged(row, known, True)
        run, watch = _run(job, row, recording)
    if run.counts.get("unknown") or _losses(run, row)[1].faults:
        better = _look(row, recording, run.truth)
        if (better.look, better.delivery) != (row.look, row.delivery):
            row = _flagged(better, known, INLINE in better.flags)
            run, watch = _run(job, row, recording)
    finding.problems = run.problems
    if not any(isinstance(event, Ready) for event in run.events):
        exits = [event for event in run.events if isinstance(event, Exited)]
        said = [line.strip() for line in exits[-1].screen if _ERROR.match(line.strip())] if exits else []
        finding.error = said[0] if said else "; ".join(run.problems) or "it never became ready"
        return
    run.truth.save(recording.with_suffix(".truth.json"))
    finding.dialogs = [event.text for event in run.events if isinstance(event, DialogOpened)]
    finding.unknown = [line for event in run.events if isinstance(event, Unrecognized) for line in event.lines]
    finding.lines = run.counts
    losses, rest = _losses(run, row)
    finding.evidence = _evidence(losses, rest)
    shown = drawn.drawn(casts.read(recording))
    finding.unproven = [loss for loss in losses if drawn.proven(loss, run.truth, shown) is False]
    finding.faults = [
        f"{one.what} {one.kind}, turn {one.turn + 1}: {_short(one.expected)} / {_short(one.got)}" for one in rest.faults
    ]
    bare = judged(run.truth, run.events)
    finding.figures = {name: (bare.tallies[name].right, bare.tallies[name].of) for name in METRICS}
    good = not (finding.faults or finding.unknown or finding.unproven or run.problems)
    finding.row = msgspec.structs.replace(
        row, losses=tuple(losses), traits=_traits(row, watch.features), support="exact" if good else "near"
    )


def _flagged(row: Release, known: set[str], inline: bool) -> Release:
    """``row`` with the flags that its release knows: no daemon, and no alternate screen where ``inline`` asks so."""
    wanted = [flag for flag, asked in ((features.DAEMON, True), (INLINE, inline)) if asked and flag in known]
    others = [flag for flag in row.flags if flag not in (features.DAEMON, INLINE)]
    return msgspec.structs.replace(row, flags=(*others, *wanted))


def _run(job: Job, row: Release, recording: Path) -> tuple[live.Run, features.Watch]:
    watches: list[features.Watch] = []

    def begin(core: Session) -> None:
        watches.append(features.Watch(core.collector))
        core.collector = watches[-1]

    ends: list[tuple[int, int, dict[str, int]]] = []

    async def after(bench: live.Bench) -> None:
        ends.append((len(bench.result.events), len(bench.result.problems), dict(bench.core.counts)))
        await features.explore(bench, watches[-1])

    options = live.Options(record=recording, releases=Table([row]), limit=job.limit, before=begin, after=after)
    story = scenario.load(SCENARIO)
    # Commands should not wait for the start-up files of somebody's shell.
    bare = job.out / "home"
    bare.mkdir(parents=True, exist_ok=True)
    story.wants.environment["HOME"] = str(bare)
    run = live.run(job.version, story, options)
    if ends:
        # What is tried afterwards leaves traces of its own.
        events, problems, run.counts = ends[0]
        run.events, run.problems = run.events[:events], run.problems[:problems]
    return run, watches[-1]


def _look(row: Release, recording: Path, truth: Truth) -> Release:
    """The row of the look that reads the recording best."""
    cast = casts.read(recording)
    best: tuple[tuple[int, int, int], Release] | None = None
    others = [one for one in candidates(row.version) if (one.look, one.delivery) != (row.look, row.delivery)]
    for one in [row, *others]:
        core = Session(one.version, columns=cast.header.columns, rows=cast.header.rows, releases=Table([one]))
        found = items(replay(cast, one.version, session=core))
        faults = score(truth, found, LOSSES).faults
        silent = not any(item.__struct_config__.tag != "unknown" for item in found)
        rank = (1 << 30 if silent else core.counts["unknown"], len(faults), -len(found))
        if best is None or rank < best[0]:
            best = rank, one
    assert best is not None
    return best[1]


def _losses(run: live.Run, row: Release) -> tuple[list[str], Score]:
    """The fewest losses that explain what can be explained, and the score with them."""
    needed = [name for name in LOSSES if name not in _BY_HAND or name in row.losses]
    whole = judged(run.truth, run.events, needed)
    for name in sorted(needed, key=lambda name: (name not in _VAGUE, name)):
        fewer = [other for other in needed if other != name]
        if len(judged(run.truth, run.events, fewer).faults) <= len(whole.faults):
            needed = fewer
    return sorted(needed), judged(run.truth, run.events, needed)


def _evidence(losses: list[str], found: Score) -> dict[str, str]:
    """For each loss the first difference that it explains."""
    told: dict[str, str] = {}
    for one in found.differences:
        if one.loss and one.loss not in told:
            told[one.loss] = f"turn {one.turn + 1}, {one.kind}: {_short(one.expected)} came out as {_short(one.got)}"
    absent = {loss: f"a {drawn.ABSENT[loss]} of the run is in no row" for loss in losses if loss in drawn.ABSENT}
    return {loss: told.get(loss) or absent.get(loss, "") for loss in losses}


def _traits(row: Release, seen: features.Features) -> dict[str, Any]:
    """The row's traits with those that were measured."""
    kept = {name: value for name, value in row.traits.items() if name not in _MEASURED}
    usually = load_look(row.look).traits
    found: dict[str, Any] = {name: True for name in _MEASURED if getattr(seen, name, False) is True}
    if bool(usually.get("notify")) == seen.notify:
        found.pop("notify", None)
    elif not seen.notify:
        found["notify"] = False
    if seen.raw:
        found["raw"] = list(features.RAW)
    usual = usually.get("reading", "none")
    reading = "raw" if seen.raw else "overlay" if seen.overlay else "none"
    if reading != usual:
        found["reading"] = reading
    return kept | found


def _short(text: str, limit: int = 100) -> str:
    flat = text.replace("\n", "⏎")
    return repr(flat if len(flat) <= limit else flat[: limit - 1] + "…")


def merged(findings: list[Finding]) -> list[Release]:
    """The table with the rows of what was found; rows of other releases stay."""
    rows = {row.version: row for row in table().rows}
    rows |= {one.version: one.row for one in findings if not one.error}
    return sorted(rows.values(), key=lambda row: version_key(row.version))
