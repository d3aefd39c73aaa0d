"""Turn a recording into a fixture: normalised, with its truth beside it and a goldens' folder to fill."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from codexbridge.lab import cast as casts
from codexbridge.lab.fixture import Case, Fixture, save_case
from codexbridge.lab.normalise import RULES, Normaliser, Rule

_KINDS = frozenset({"create", "fix", "trim"})


def keep(source: Path, folder: Path, case: Case, *, truth: Path | None = None, rules: Iterable[Rule] = ()) -> Fixture:
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
    return Fixture(folder)


def bless(fixture: Fixture) -> list[str]:
    """Replay a fixture and write its goldens, unless they contradict the truth; gives what contradicts it."""
    passed = fixture.play()
    score = fixture.score(passed)
    faults = [f"{fault.what} {fault.kind} in turn {fault.turn + 1}" for fault in score.faults] if score else []
    unknown = passed.session.counts["unknown"]
    if unknown > fixture.case.unknown:
        faults.append(f"{unknown} lines that no rule explains")
    if not faults:
        from codexbridge.lab.golden import goldens

        fixture.accept(goldens(passed), _KINDS)
    return faults


def write(recording: casts.Cast, path: Path) -> None:
    """Write a recording, markers and resizes included."""
    with casts.Writer(path, recording.header) as writer:
        for event in recording.events:
            writer.event(event)
