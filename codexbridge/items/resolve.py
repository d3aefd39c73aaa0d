"""Items that were announced in part, made whole by what a second reading shows.

Commands are matched from the end backwards: the overlay shows the same cells in the same order as the history, but
a group that Codex reads for the user (``Explored``) stands there as the commands that it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import category

import msgspec
import regex

from codexbridge.grammar.overlay import Shown
from codexbridge.items.model import AnyItem, CommandExecution

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Wanted(msgspec.Struct):
    """A cell of the history that shows one command, or a group of them.

    ``items`` are those that the history gave; ``held`` says that they wait for the reading. A cell that shows no
    command has no items: it separates groups.
    """

    items: list[CommandExecution]
    group: bool = False
    held: bool = False
    count: int = 0
    """Commands of the group, where the history says how many."""


def resolve(wanted: Sequence[Wanted], shown: Sequence[Shown]) -> dict[int, list[Shown]] | None:
    """Which commands each cell stands for, by its index; None when more has to be read to know."""
    result: dict[int, list[Shown]] = {}
    place = len(shown) - 1
    for index in range(len(wanted) - 1, -1, -1):
        cell = wanted[index]
        if not cell.items:
            continue
        start = place
        while place >= 0 and not _fits(cell, shown[place]):
            # Something newer than what the history has shown.
            place -= 1
        if place < 0 and cell.group:
            # A reading need not have the command's words in it.
            place = start
        if place < 0:
            return None
        taken = [shown[place]]
        place -= 1
        if cell.count:
            first = place + 2 - cell.count
            if first < 0:
                return None
            taken, place = list(shown[first : place + 2]), first - 1
        elif cell.group:
            before = wanted[index - 1] if index else None
            while not taken[0].alone:
                if taken[0].alone is None or place < 0:
                    return None
                if before is not None and before.items and not before.group and _fits(before, shown[place]):
                    break
                taken.insert(0, shown[place])
                place -= 1
        result[index] = taken
    return result


def _fits(cell: Wanted, shown: Shown) -> bool:
    if cell.count:
        return True
    if not cell.group:
        return _begins(cell.items[0], shown)
    for item in cell.items:
        for part in item.parsed:
            target = part.get("target", "").split(" in ")[0].strip()
            if not target or target in shown.first or any(target in row for row in shown.indented):
                return True
    return False


def _begins(item: CommandExecution, shown: Shown) -> bool:
    first = item.command.split("\n")[0]
    return shown.first.startswith(first) or _core(shown.first).startswith(_core(first))


def _core(text: str) -> str:
    """``text`` without what a terminal may place differently: blanks, and marks that combine."""
    return "".join(c for c in text if not c.isspace() and not category(c).startswith(("M", "C")))


def whole(item: CommandExecution, shown: Shown) -> CommandExecution:
    """``item`` with what ``shown`` says of it."""
    lines = item.command.count("\n") + 1 + item.elided_command if item.command else None
    command, output = shown.split(lines)
    if item.command and not item.elided_command and _core(command) == _core(item.command):
        # Both show it whole: the history came first.
        command = item.command
    return msgspec.structs.replace(
        item,
        command=command,
        aggregated_output=output,
        elided=0,
        elided_command=0,
        exit_code=shown.code,
        status="completed" if shown.ok else "failed",
        duration=_seconds(shown.duration),
        source="overlay",
    )


def expanded(shown: Sequence[Shown]) -> list[AnyItem]:
    """The commands of a group, without ids."""
    return [whole(CommandExecution(id="", command=""), one) for one in shown]


_PART = regex.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def _seconds(text: str) -> float | None:
    parts = _PART.findall(text)
    return round(sum(float(number) * _SECONDS[unit] for number, unit in parts), 3) if parts else None
