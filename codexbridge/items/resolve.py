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
from codexbridge.items.text import letters

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
    run: int = 0
    """Number of a run of readings: the history shows what the commands do, in pieces that need not be commands, and
    perhaps not all of it; the commands are those that the second reading shows without anything between. 0: none."""
    told: int = 0
    """Commands of the run that were told before; -1: nobody knows."""


def resolve(wanted: Sequence[Wanted], shown: Sequence[Shown]) -> dict[int, list[Shown]] | None:
    """Which commands each cell stands for, by its index; None when more has to be read to know."""
    result: dict[int, list[Shown]] = {}
    place = len(shown) - 1
    for index in range(len(wanted) - 1, -1, -1):
        cell = wanted[index]
        if not cell.items or (not index and not cell.held):
            # What stands before the first one that waits only says where that begins.
            continue
        if cell.run:
            found = _run(cell, shown, place)
            if found is None:
                return None
            result[index], place = found
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
        one, place = _choice(cell, shown, place)
        taken = [one]
        if cell.count:
            while len(taken) < cell.count:
                if place < 0:
                    return None
                one, place = _choice(None, shown, place)
                taken.insert(0, one)
        elif cell.group:
            before = wanted[index - 1] if index else None
            while not taken[0].alone:
                if taken[0].alone is None or place < 0:
                    return None
                if before is not None and before.items and not before.group and _may_be(before, shown, place):
                    break
                one, place = _choice(None, shown, place)
                taken.insert(0, one)
        result[index] = taken
    return result


def _run(cell: Wanted, shown: Sequence[Shown], place: int) -> tuple[list[Shown], int] | None:
    """The commands of a run that are new, and the place before it; None when more has to be read to know."""
    while place >= 0:
        run: list[Shown] = []
        while not run or not run[0].alone:
            if place < 0 or (run and run[0].alone is None):
                return None
            one, place = _choice(None, shown, place)
            run.insert(0, one)
        if any(_reads(item, one) for item in cell.items for one in run):
            return run[max(cell.told, 0) :], place
        # Something newer than what the history has shown.
    return None


def _reads(item: CommandExecution, shown: Shown) -> bool:
    """Whether a reading that the history shows may be of the command ``shown``: its words, quoted otherwise."""
    text = letters("".join([shown.first, *shown.indented]))
    return any(letters(part.get("target", "").split(" in ")[0]) in text for part in item.parsed)


def _rivals(shown: Sequence[Shown], place: int) -> range:
    """The places of those of which, with that at ``place``, only one is a command."""
    first = place
    while shown[place].end >= 0 and first > 0 and shown[first - 1].end == shown[place].end:
        first -= 1
    return range(first, place + 1)


def _may_be(cell: Wanted, shown: Sequence[Shown], place: int) -> bool:
    return any(_fits(cell, shown[rival]) for rival in _rivals(shown, place))


def _choice(cell: Wanted | None, shown: Sequence[Shown], place: int) -> tuple[Shown, int]:
    """The command at ``place``, and the place before it.

    Of several that fit it is the one whose output begins as that of the cell does; else the first, since outputs
    quote commands more often than messages do.
    """
    rivals = _rivals(shown, place)
    fit = [rival for rival in rivals if cell is None or _fits(cell, shown[rival])] or [place]
    head = _output_head(cell)
    alike = [rival for rival in fit if head and [*shown[rival].indented, *shown[rival].output, ""][0].strip() == head]
    return shown[(alike or fit)[0]], rivals[0] - 1


def _output_head(cell: Wanted | None) -> str:
    """How the output of the one command of a cell begins, as far as it is known."""
    item = cell.items[0] if cell is not None and len(cell.items) == 1 and not cell.group else None
    if item is None or not item.aggregated_output or "\n" in item.command or item.elided_command:
        return ""
    return item.aggregated_output.split("\n")[0].strip()


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
    command, output = shown.split(_lines(item, shown))
    same = command.count("\n") >= item.command.count("\n") and _core(command) == _core(item.command)
    if item.command and not item.elided_command and same:
        # Both show it whole: the history came first.
        command = item.command
    if item.elided < 0 and _nothing_more(output, item.aggregated_output):
        output = item.aggregated_output
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


def _nothing_more(shown: str, drawn: str) -> bool:
    """Whether each line of ``shown`` is, at most, the beginning of the same one of ``drawn``: pages are drawn cell by
    cell and may lose marks that combine, the history is written as it is."""
    one, other = shown.rstrip("\n").split("\n"), drawn.rstrip("\n").split("\n")
    return len(one) == len(other) and all(_core(b).startswith(_core(a)) for a, b in zip(one, other, strict=True))


def expanded(shown: Sequence[Shown]) -> list[AnyItem]:
    """The commands of a group, without ids."""
    return [whole(CommandExecution(id="", command=""), one) for one in shown]


def _lines(item: CommandExecution, shown: Shown) -> int | None:
    """How many lines the command of ``item`` has, None where that cannot be told by how it was drawn."""
    if not item.command:
        return None
    rows = item.command.split("\n")
    if item.elided_command:
        # What is left out was counted in rows of the screen: those are lines where none was broken.
        wrapped = len(_core(shown.first)) > len(_core(rows[0]))
        return None if wrapped else len(rows) + item.elided_command
    wanted, seen = _core(item.command), _core(shown.first)
    for count, row in enumerate(["", *shown.indented], 1):
        seen += _core(row)
        if len(seen) >= len(wanted):
            return count if seen == wanted else len(rows)
    return len(rows)


_PART = regex.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def _seconds(text: str) -> float | None:
    parts = _PART.findall(text)
    return round(sum(float(number) * _SECONDS[unit] for number, unit in parts), 3) if parts else None
