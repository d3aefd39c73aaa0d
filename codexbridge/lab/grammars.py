"""Goldens of the looks written out (``fixtures/grammars``): which differ, and accepting that they do."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Literal

import msgspec

from codexbridge.grammar.flat import flat
from codexbridge.grammar.look import load, names
from codexbridge.lab import fixture

State = Literal["same", "missing", "differs", "stale", "created", "fixed", "trimmed"]


class Golden(msgspec.Struct, frozen=True):
    """One look held against its golden."""

    look: str
    state: State
    diff: str = ""
    """From the golden to what the look is now, as ``diff -u`` shows it."""

    @property
    def good(self) -> bool:
        return self.state not in ("missing", "differs", "stale")


def path_of(look: str, root: Path | None = None) -> Path:
    """The golden file of ``look``."""
    return (root or fixture.root() / "grammars") / f"{look}.flat"


def check(kinds: Sequence[str] = (), root: Path | None = None) -> list[Golden]:
    """Every look and every golden, by name; goldens of these ``kinds`` (create, fix, trim) are written."""
    found = []
    there = {path.stem: path for path in path_of("", root).parent.glob("*.flat")}
    for name in sorted({*names(), *there}):
        path = path_of(name, root)
        now = flat(load(name)) if name in names() else None
        known = path.read_text("utf-8") if name in there else None
        found.append(_one(name, path, known, now, kinds))
    return found


def _one(name: str, path: Path, known: str | None, now: str | None, kinds: Sequence[str]) -> Golden:
    if known == now:
        return Golden(name, "same")
    if now is None:
        if "trim" in kinds:
            path.unlink()
        return Golden(name, "trimmed" if "trim" in kinds else "stale")
    done, wanted, kind = ("created", "missing", "create") if known is None else ("fixed", "differs", "fix")
    if kind in kinds:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, "utf-8")
    lines = unified_diff((known or "").splitlines(), now.splitlines(), str(path.name), "now", lineterm="", n=1)
    return Golden(name, done if kind in kinds else wanted, "\n".join(lines))  # type: ignore[arg-type]
