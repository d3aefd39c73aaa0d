"""A group of reads, searches and listings, taken apart into the commands that it stands for.

Codex draws such commands as one cell that grows: ``Exploring`` while one of them runs, ``Explored`` between them. What
a frame adds to the cell is one more command; a cell that begins to run again and shows nothing new repeats a command
that it shows already. What nobody saw growing is taken as one command for each thing that was looked at.
"""

from __future__ import annotations

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.grammar.styles import style_at
from codexbridge.items.body import parts
from codexbridge.items.model import CommandExecution
from codexbridge.transcript.lines import Line

Reading = dict[str, str]
"""``{"type": "read" | "list" | "search" | "run", "target": ...}``"""

_ROW = regex.compile(r"(?<verb>Read|List|Search|Run)(?: (?<target>.*))?")


def readings(cell: Cell, look: Look) -> list[Reading]:
    """What was looked at, in order. Several files stand on one row, with faint commas between them."""
    found: list[Reading] = []
    for line in parts(cell, look).body:
        row = _ROW.fullmatch(line.text)
        if row is None:
            if found:
                found[-1]["target"] += " " + line.text.strip()
            continue
        kind, start = row["verb"].lower(), row.start("target")
        targets = _files(line, start) if kind == "read" else [row["target"] or ""]
        found += [{"type": kind, "target": target} for target in targets]
    return found


def _files(line: Line, start: int) -> list[str]:
    if start < 0:
        return [""]
    files, begin = [], start
    for comma in regex.finditer(", ", line.text, pos=start):
        if style_at(line, comma.start()).dim:
            files.append(line.text[begin : comma.start()])
            begin = comma.end()
    return [*files, line.text[begin:]]


def commands(readings: list[Reading]) -> list[CommandExecution]:
    """One command for each thing that was looked at; what they printed is not shown."""
    return [command([reading]) for reading in readings]


def command(readings: list[Reading]) -> CommandExecution:
    """The command that these readings are a reading of."""
    text = readings[0]["target"] if len(readings) == 1 and readings[0]["type"] == "run" else ""
    return CommandExecution(id="", command=text, parsed=readings, elided=-1)


class Exploring:
    """The group that grows now, if any."""

    def __init__(self) -> None:
        self.started: list[CommandExecution] = []
        """Commands that were seen to begin, with their ids."""
        self._seen: list[Reading] = []
        self._idle = False

    def live(self, cell: Cell, look: Look) -> CommandExecution | None:
        """Take the cell as a frame shows it; give the command that begins, if one does."""
        shown = readings(cell, look)
        if not shown:
            return None
        running = cell.match.groups.get("verb") == "Exploring"
        fresh = self._fresh(shown)
        again = running and self._idle and not fresh
        self._idle = not running
        self._seen = shown
        if not fresh and not again:
            return None
        item = command(fresh or shown[-1:])
        self.started.append(item)
        return item

    def close(self, cell: Cell, look: Look) -> tuple[list[CommandExecution], list[CommandExecution]]:
        """The history has the group: the commands that had begun, and those that nobody saw."""
        shown = readings(cell, look)
        known, rest = self.started, self._fresh(shown) if self.started else shown
        self.started, self._seen, self._idle = [], [], False
        return known, commands(rest)

    def _fresh(self, shown: list[Reading]) -> list[Reading]:
        """What was not there before."""
        seen = list(self._seen)
        fresh = []
        for reading in shown:
            if reading in seen:
                seen.remove(reading)
            else:
                fresh.append(reading)
        return fresh
