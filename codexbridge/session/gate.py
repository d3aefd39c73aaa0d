"""Events in order, held back behind those whose items wait for a second reading."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from codexbridge.grammar.overlay import Shown
from codexbridge.items.large import fit
from codexbridge.items.model import AgentMessage, AnyItem, CommandExecution, McpToolCall, Reasoning, UserMessage
from codexbridge.items.resolve import Wanted, expanded, resolve, whole
from codexbridge.items.restated import find, result, undoubled
from codexbridge.items.tracker import Step
from codexbridge.session.api import AnyEvent, ItemCompleted, ItemStarted, ItemUpdated
from codexbridge.session.headings import headed

ItemEvent = ItemStarted | ItemUpdated | ItemCompleted

_STEPS: dict[str, type[ItemEvent]] = {"started": ItemStarted, "updated": ItemUpdated, "completed": ItemCompleted}


def told(step: Step, turn: int, at: float) -> ItemEvent:
    """``step`` as an event, its item cut to a size that can be sent."""
    fit(step.item)
    return _STEPS[step.what](at=at, turn=turn, item=step.item)


class Waiting(msgspec.Struct):
    """Steps that wait, and where they belong."""

    steps: list[Step]
    turn: int
    at: float


class Held(Waiting, kw_only=True):
    """Those of one cell of commands."""

    cell: Wanted
    tried: bool = False


class Told(Waiting, kw_only=True):
    """Those of one message or reasoning, which wait for its source, for its heading, or for both."""

    source: bool = True
    heading: bool = False
    lost: str = ""
    """The heading, once it is known."""


class Gate:
    """A queue that is open while nothing is held."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._queue: deque[AnyEvent | Held | Told] = deque()
        self._new_id = new_id
        self._run = 1
        """Number of the run of readings that goes on, while nothing else comes between."""
        self._told = 0
        """Commands of it that went out; -1: nobody knows how many."""
        self.cells: list[Wanted] = []
        """The cells since the first held one (and that before it), as the history has them."""

    @property
    def waiting(self) -> bool:
        """Whether something is held that no reading has been tried for."""
        return any(isinstance(entry, Held) and not entry.tried for entry in self._queue)

    @property
    def shut(self) -> bool:
        """Whether something is held."""
        return bool(self._queue)

    def hold(self, steps: Sequence[Step], turn: int, at: float, group: bool, count: int = 0) -> None:
        """Hold the steps of a cell back until it has been read, and everything that comes after it."""
        items = [step.item for step in steps if isinstance(step.item, CommandExecution)]
        cell = Wanted(items, group, held=True, count=count)
        self.cells.append(cell)
        self._queue.append(Held(list(steps), turn, at, cell=cell))

    def hold_run(self, steps: Sequence[Step], turn: int, at: float) -> bool:
        """Hold a piece of a run of readings back; False where the run cannot be read any more."""
        if self._told < 0:
            return False
        items = [step.item for step in steps if isinstance(step.item, CommandExecution)]
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Held) and last.cell.run == self._run and last.turn == turn and not last.tried:
            last.steps += steps
            last.cell.items += items
            return True
        cell = Wanted(items, True, held=True, run=self._run, told=self._told)
        self.cells.append(cell)
        self._queue.append(Held(list(steps), turn, at, cell=cell))
        return True

    def hold_text(self, steps: Sequence[Step], turn: int, at: float, **wants: Any) -> None:
        """Hold a message or a reasoning back, and everything that comes after it; ``wants`` as :class:`Told`."""
        self._queue.append(Told(list(steps), turn, at, **wants))

    @property
    def unheaded(self) -> bool:
        """Whether a reasoning waits for its heading."""
        return any(isinstance(entry, Told) and entry.heading for entry in self._queue)

    @property
    def reads(self) -> bool:
        """Whether something waits for a reading."""
        return any(isinstance(entry, Held) or (isinstance(entry, Told) and entry.source) for entry in self._queue)

    def settle_headings(self, lost: Callable[[AnyItem], str]) -> None:
        """The status row has said all it will say of the reasonings that wait; ``lost`` gives an item's heading."""
        for entry in self._queue:
            if isinstance(entry, Told) and entry.heading:
                entry.heading = False
                entry.lost = next(filter(None, (lost(step.item) for step in entry.steps)), "")

    def settle_texts(self, lines: Sequence[str]) -> None:
        """Give held messages (of the user's, too), reasonings and results of calls their source out of raw history."""
        before: int | None = None
        for entry in reversed(self._queue):
            if not isinstance(entry, Told) or not entry.source:
                continue
            for step in entry.steps:
                item = step.item
                if isinstance(item, McpToolCall) and item.elided:
                    place = result(lines, item, before)
                    if place is not None:
                        item.result, item.elided, item.source, before = place.text, 0, "raw", place.start
                if not isinstance(item, (AgentMessage, Reasoning, UserMessage)):
                    continue
                drawn = item.plain if isinstance(item, AgentMessage) else item.text
                place = find(lines, drawn, before) or find(lines, undoubled(drawn), before)
                if place is not None:
                    item.text, item.source, before = place.text, "raw", place.start

    def saw(self, items: Sequence[AnyItem]) -> None:
        """A cell that need not wait: the reading passes over it."""
        commands = [item for item in items if isinstance(item, CommandExecution)]
        self._run += 1
        self._told = 0
        if not self.shut:
            self.cells.clear()
        self.cells.append(Wanted(commands))

    def pass_on(self, event: AnyEvent) -> bool:
        """Queue ``event`` if something is held; False when it may go out at once."""
        if not self.shut:
            return False
        self._queue.append(event)
        return True

    def settle(self, shown: Sequence[Shown], last: bool) -> bool:
        """Make the held items whole by what was read; False when more must be read (never if it was the ``last``)."""
        found = resolve(self.cells, shown)
        if found is None:
            if not last:
                return False
            found = {}
        self.give_up()
        for index, cell in enumerate(self.cells):
            if cell.held and index in found:
                self._fill(cell, found[index])
            elif cell.held and cell.run == self._run:
                self._told = -1
            cell.held = cell.held and not cell.run
        return True

    def give_up(self) -> None:
        """What is held now goes out as it is."""
        for entry in self._queue:
            if isinstance(entry, Held):
                entry.tried = True

    def _fill(self, cell: Wanted, shown: list[Shown]) -> None:
        held = next(entry for entry in self._queue if isinstance(entry, Held) and entry.cell is cell)
        if not cell.group:
            held.steps = [
                Step(step.what, whole(step.item, shown[0])) if isinstance(step.item, CommandExecution) else step
                for step in held.steps
            ]
            return
        if cell.run == self._run:
            self._told += len(shown)
        items = expanded(shown)
        for place, item in enumerate(items):
            item.id = cell.items[place].id if place < len(cell.items) else self._new_id()
            item.lines = cell.items[0].lines
        held.steps = [Step("completed", item) for item in items]

    def release(self) -> list[AnyEvent]:
        """Everything that was held or queued, in order; the gate is open again."""
        out: list[AnyEvent] = []
        for entry in self._queue:
            if isinstance(entry, Told):
                for step in entry.steps:
                    headed(step.item, entry.lost)
            if isinstance(entry, Waiting):
                out.extend(told(step, entry.turn, entry.at) for step in entry.steps)
            else:
                out.append(entry)
        self._queue.clear()
        # The last cell bounds a group that may come next.
        self.cells = [Wanted(cell.items, cell.group, count=cell.count) for cell in self.cells[-1:]]
        return out
