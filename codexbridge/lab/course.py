"""Did the conversation run its course? Turns with their outcomes, and the life of each item.

The events of the core by themselves must be in order whatever the truth is: a turn begins and ends once, an item is
completed once, after its start and in the turn that it began in. What comes for it later corrects it, and is never
read from a worse source than it was. Against the truth, each turn must end as it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from codexbridge.items.model import AnyItem
from codexbridge.lab.compare import Check
from codexbridge.lab.truth import Entry, TurnTruth
from codexbridge.session.api import AnyEvent, ItemCompleted, ItemStarted, ItemUpdated, TurnCompleted, TurnStarted


class Disorder(NamedTuple):
    """Something that cannot be in any conversation. ``turn`` counts from 1; 0 is before the first."""

    turn: int
    subject: str
    """The id of an item, or a turn."""
    what: str


def disorder(events: Iterable[AnyEvent]) -> list[Disorder]:
    """All of it, in the order of events."""
    return list(_Course().run(events))


class _Course:
    def __init__(self) -> None:
        self.begun: dict[str, tuple[int, str]] = {}
        self.done: dict[str, AnyItem] = {}
        self.started: list[int] = []
        self.ended: list[int] = []

    def run(self, events: Iterable[AnyEvent]) -> Iterator[Disorder]:
        for event in events:
            match event:
                case TurnStarted(turn=turn) | TurnCompleted(turn=turn):
                    for what in self._turn(turn, isinstance(event, TurnStarted)):
                        yield Disorder(turn, f"turn {turn}", what)
                case ItemStarted(turn=turn, item=item) | ItemUpdated(turn=turn, item=item):
                    said = self._later(event, item) if item.id in self.done else self._running(event, item)
                    for what in said:
                        yield Disorder(turn, item.id, f"{_name(item)} {what}")
                    self.begun.setdefault(item.id, (turn, _kind(item)))
                case ItemCompleted(turn=turn, item=item):
                    for what in self._completed(turn, item):
                        yield Disorder(turn, item.id, f"{_name(item)} {what}")
                    self.done[item.id] = item
        for identity, (turn, kind) in self.begun.items():
            if identity not in self.done:
                yield Disorder(turn, identity, f"{identity} ({kind}) is never completed")
        for turn in self.started:
            if turn not in self.ended:
                yield Disorder(turn, f"turn {turn}", "never ends")

    def _turn(self, turn: int, begins: bool) -> Iterator[str]:
        if begins:
            if self.started and self.started[-1] not in self.ended:
                yield f"begins before turn {self.started[-1]} has ended"
            if turn in self.started:
                yield "begins twice"
            self.started.append(turn)
            return
        if turn not in self.started:
            yield "ends and never began"
        if turn in self.ended:
            yield "ends twice"
        self.ended.append(turn)

    def _running(self, event: AnyEvent, item: AnyItem) -> Iterator[str]:
        if isinstance(event, ItemStarted) and item.id in self.begun:
            yield "is started twice"
        if isinstance(event, ItemUpdated) and item.id not in self.begun:
            yield "is updated before its start"
        if item.status != "in_progress":
            yield f"is {item.status} before its completion"

    def _later(self, event: AnyEvent, item: AnyItem) -> Iterator[str]:
        """A correction of what was completed."""
        if isinstance(event, ItemStarted):
            yield "is started after its completion"
        if item.status == "in_progress":
            yield "is in progress after its completion"
        before = self.done[item.id]
        if before.source != "screen" and item.source == "screen":
            yield f"was read from {before.source} and is corrected from the screen"
        self.done[item.id] = item

    def _completed(self, turn: int, item: AnyItem) -> Iterator[str]:
        if item.id in self.done:
            yield "is completed twice"
        if item.status == "in_progress":
            yield "is completed and still in progress"
        began = self.begun.get(item.id, (turn, _kind(item)))
        if began != (turn, _kind(item)):
            yield f"was started in turn {began[0]} as {began[1]}"
        if turn in self.ended:
            yield "is completed after its turn"


def outcome(turn: TurnTruth) -> str:
    """How a turn ended: ``completed``, ``interrupted`` or ``failed``."""
    last = _last(turn)
    if turn.interrupted or (last is not None and last.kind in _CALLS and last.output is None):
        # The model never hears of a call that was stopped; what was stopped last stopped the turn.
        return "interrupted"
    return "failed" if last is not None and (last.kind == "error" or last.state == "dropped") else "completed"


def outcomes(
    turns: Sequence[TurnTruth], numbers: dict[int, int], events: Iterable[AnyEvent], losses: frozenset[str]
) -> Iterator[tuple[int, Check]]:
    """How each turn of the truth ended, held against what the core says.

    ``numbers`` gives the core's number for the turns whose message was found, by their place in ``turns``.
    """
    said = {event.turn: event.status for event in events if isinstance(event, TurnCompleted)}
    for place, turn in enumerate(turns):
        if place not in numbers:
            continue
        want, have, last = outcome(turn), str(said.get(numbers[place], "no end")), _last(turn)
        if want == "interrupted" and have == "completed" and last is not None and _said(last):
            # Some releases cannot be stopped while a message streams: the model has said it to its end.
            want = have
        loss = "error" if want == "failed" and "error" in losses else ""
        if "endless_retry" in losses and last is not None and last.kind == "error" and last.text.startswith("401"):
            loss = "endless_retry"
        yield place, Check("turns", want == have, want, have, loss)


_CALLS = ("command_execution", "file_change", "mcp_tool_call")


def _last(turn: TurnTruth) -> Entry | None:
    return next((entry for entry in reversed(turn.entries) if entry.state != "not_offered"), None)


def _said(entry: Entry) -> bool:
    return entry.kind == "agent_message" and entry.state == "said"


def _kind(item: AnyItem) -> str:
    return str(item.__struct_config__.tag)


def _name(item: AnyItem) -> str:
    return f"{item.id} ({_kind(item)})"
