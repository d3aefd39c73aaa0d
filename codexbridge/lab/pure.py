"""What pure commands print, from running them again: Codex tells the model only a part of a long output."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from codexbridge.lab import workspace
from codexbridge.lab.scenario import Part, Scenario
from codexbridge.lab.truth import Truth

_CALL = re.compile(r"call_(\d+)_(\d+)_(\d+)")
_LIMIT = 30.0


def fill(truth: Truth, scenario: Scenario) -> None:
    """Run every command that the scenario calls pure, in order and in a workspace of its own, and note its output.

    Noted is only an output of which the model was told less.
    """
    wanted = [
        (entry, part)
        for turn in truth.turns
        for entry in turn.entries
        if entry.output is not None and (part := _part(scenario, entry.call_id)) is not None and part.pure
    ]
    if not wanted:
        return
    with tempfile.TemporaryDirectory(prefix="codexbridge-pure-") as name:
        folder = workspace.make(scenario, Path(name) / "work")
        for entry, part in wanted:
            whole = _output(part.command or "", folder)
            if whole is not None and whole != entry.output:
                entry.whole = whole


def _part(scenario: Scenario, call_id: str) -> Part | None:
    found = _CALL.fullmatch(call_id)
    if found is None:
        return None
    turn, response, item = map(int, found.groups())
    try:
        return scenario.turn[turn].response[response].items[item]
    except IndexError:
        return None


def _output(command: str, folder: Path) -> str | None:
    try:
        done = subprocess.run(
            ["bash", "-lc", command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace")
