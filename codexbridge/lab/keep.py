"""Turn a recording into a fixture: normalised, with its truth beside it and a goldens' folder to fill."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from codexbridge.grammar.releases import Table
from codexbridge.lab import cast as casts
from codexbridge.lab.fixture import Case, Fixture, save_case
from codexbridge.lab.golden import goldens
from codexbridge.lab.judge import judge, signature
from codexbridge.lab.normalise import RULES, Normaliser, Rule

KINDS = ("create", "fix", "trim")


def keep(
    source: Path,
    folder: Path,
    case: Case,
    *,
    truth: Path | None = None,
    rules: Iterable[Rule] = (),
    releases: Table | None = None,
) -> Fixture:
    """Write the evidence of a fixture into ``folder``, which is made anew; ``rules`` go before the usual ones.

    Goldens are not written: see :func:`bless`.

    Raises:
        LabError: ``source`` is no recording.
    """
    normaliser = Normaliser([*rules, *RULES])
    recording = normaliser.cast(casts.read(source))
    said = normaliser.text(truth.read_text("utf-8")) if truth else ""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write(recording, partial / "session.cast")
    if said:
        (partial / "truth.json").write_bytes(said.encode())
    case.normalised = normaliser.applied()
    save_case(case, partial / "case.toml")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return Fixture(folder, releases)


def bless(fixture: Fixture, kinds: Iterable[str] = KINDS, *, despite: bool = False) -> tuple[list[str], list[str]]:
    """Replay a fixture and write its goldens of these kinds, unless they contradict the truth.

    ``despite`` writes what contradicts it into ``case.toml`` as known, and goes on; ``trim`` also takes out of it what
    was known and is gone. Gives what was written and what stood in the way.
    """
    passed = fixture.play()
    verdict = judge(fixture, passed)
    if despite and (verdict.faults or verdict.unknown > fixture.case.unknown):
        fixture.case.known = sorted({signature(fault) for fault in verdict.all_faults})
        fixture.case.unknown = verdict.unknown
        save_case(fixture.case, fixture.folder / "case.toml")
        verdict = judge(fixture, passed)
    in_the_way = verdict.reasons()
    if in_the_way:
        return [], in_the_way
    done = fixture.accept(goldens(passed), kinds)
    if "trim" in kinds and (verdict.stale or verdict.unknown < fixture.case.unknown):
        fixture.case.known = [name for name in fixture.case.known if name not in verdict.stale]
        fixture.case.unknown = verdict.unknown
        save_case(fixture.case, fixture.folder / "case.toml")
        done.append(f"trim {fixture.name}/case.toml: {', '.join(verdict.stale) or 'unknown'}")
    return done, []


def write(recording: casts.Cast, path: Path) -> None:
    """Write a recording, markers and resizes included."""
    with casts.Writer(path, recording.header) as writer:
        for event in recording.events:
            writer.event(event)
