"""A core with a witness: it reports where they differ, and sends what the release never drew.

:class:`Witnessed` has the shape of the core that it wraps, and no clock either. An item that comes through is held
back for a moment when the witness knows of something before it that the screen has not shown; what then is still not
there is sent in its place, once, marked ``source: "rollout"``. Should the screen show it after all, that is not sent
again. What the screen shows is never replaced.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from codexbridge.items.model import AnyItem, CommandExecution, UserMessage
from codexbridge.lab import mend
from codexbridge.lab.drift import Turns, differences
from codexbridge.lab.score import Alignment, align
from codexbridge.lab.truth import Entry, Truth, TurnTruth
from codexbridge.runtime.driver import Core
from codexbridge.session import api
from codexbridge.session.api import AnyCommand, AnyEvent

GRACE = 0.4
"""Seconds that an event waits for the screen, or for the witness, to catch up."""

_COUNTED = 2.0
"""Seconds that the end of a turn waits for its tokens, where they were asked for: they are written last."""

_WINDOW = 16
"""Items that are paired anew with each further one; more only where they cannot be told apart yet."""
_AHEAD = 8
"""How much more the witness may have than the screen for an item to be paired."""

_LENIENT = ("command_parsed", "reasoning_heading", "reasoning_merged", "reasoning_parts", "parallel_order")
"""Ways of drawing that must never be taken for not drawing."""

_WITNESSED = frozenset(
    (
        "agent_message",
        "command_execution",
        "file_change",
        "image_view",
        "mcp_tool_call",
        "reasoning",
        "todo_list",
        "web_search",
    )
)


class Witnessed:
    """Wraps a core. ``read`` gives what the witness has by now, or None while there is none; it must not wait."""

    def __init__(
        self,
        core: Core,
        read: Callable[[], Truth | None],
        *,
        losses: Sequence[str] = (),
        verify: bool = False,
        repair: bool = False,
        usage: bool = False,
    ) -> None:
        self.core = core
        self.repaired = 0
        """Items that were sent, or filled, from the witness."""
        self._read = read
        self._losses = tuple(losses)
        self._verify = verify
        self._repair = repair
        self._usage = usage
        self._queue: deque[tuple[AnyEvent, float]] = deque()
        self._now = 0.0
        self._counts = True
        """Whether the witness counts tokens, as far as is known."""
        self._came = 0.0
        """When the event came that is looked at."""
        self._over = False
        self._absent = False
        """A turn ended without a witness: the next ones do not wait for it to appear."""
        self._turns = Turns()
        self._user = ""
        self._items: list[AnyItem] = []
        """Completed items of the running turn, as they were sent."""
        self._running: dict[str, AnyItem] = {}
        self._sent: list[AnyItem] = []
        """Items of the running turn that came from the witness alone."""
        self._finished: set[str] = set()
        """Ids that were completed from the witness before the core did."""
        self._before = 0
        self._differences: list[dict[str, str]] = []
        self._settled = (0, 0)
        """Entries and items of the turn that are paired for good."""

    # ---- the shape of a core -----------------------------------------------------------------------------

    def receive(self, data: bytes, at: float) -> None:
        self._now = at
        self.core.receive(data, at)

    def receive_eof(self, at: float, status: int | None) -> None:
        self._now = at
        self._over = True
        self.core.receive_eof(at, status)

    def notified(self, payload: str, at: float) -> None:
        self._now = at
        self.core.notified(payload, at)

    def command(self, command: AnyCommand, at: float) -> None:
        self._now = at
        self.core.command(command, at)

    def tick(self, at: float) -> None:
        self._now = at
        self.core.tick(at)

    def data_to_send(self) -> bytes:
        return self.core.data_to_send()

    def deadline(self) -> float | None:
        times = [self.core.deadline()]
        if self._queue:
            times.append(max(self._queue[0][1] + GRACE, self._now + 0.02) if self._late() else self._now + 0.05)
        return min((time for time in times if time is not None), default=None)

    def events(self) -> list[AnyEvent]:
        self._queue.extend((event, self._now) for event in self.core.events())
        out: list[AnyEvent] = []
        while self._queue:
            event, came = self._queue[0]
            self._came = came
            found = self._take(event, patient=not self._over and self._now - came < GRACE)
            if found is None:
                break
            self._queue.popleft()
            out += found
        return out

    def _late(self) -> bool:
        return self._now - self._queue[0][1] >= GRACE

    # ---- events ------------------------------------------------------------------------------------------

    def _take(self, event: AnyEvent, patient: bool) -> list[AnyEvent] | None:
        """What is to be sent for ``event``; None to wait a little longer."""
        match event:
            case api.TurnStarted():
                self._turns.begin()
                self._items, self._sent, self._user = [], [], ""
                self._before = self.repaired
                self._settled, self._differences = (0, 0), []
            case api.ItemStarted():
                self._running[event.item.id] = event.item
            case api.ItemCompleted():
                return self._completed(event, patient)
            case api.TurnCompleted():
                return self._ended(event, patient)
        return [event]

    def _completed(self, event: api.ItemCompleted, patient: bool) -> list[AnyEvent] | None:
        item = event.item
        if item.id in self._finished:
            # It was sent from the witness before the core gave it up.
            return []
        if isinstance(item, UserMessage):
            self._user = self._user or item.text
        turn = self._turn() if self._repair or self._verify else None
        if item.__struct_config__.tag not in _WITNESSED:
            return self._send(event)
        if turn is None:
            # The witness may not have begun to write: what it knows of before this item would come too late.
            return None if patient and self._repair and not self._absent else self._send(event)
        found = self._align(turn, [*self._items, item], whole=False)
        places = found.of(item)
        gap: list[int] = []
        if places is not None:
            gap = [n for n in _lost(found) if n < places[0]]
            if gap and isinstance(item, CommandExecution) and item.parsed:
                # A reading of a command looks like many a command: it must not jump ahead.
                return self._send(event)
        if places is None:
            if any(mend.same(item, other) for other in self._sent):
                return []
            return None if patient and self._repair else self._send(event)
        entries = [found.expected[n].entry for n in places]
        whole = mend.filled(item, entries)
        waits = mend.lacks(item) and whole is item
        if not self._repair:
            gap, whole = [], item
        elif (gap or waits) and patient:
            return None
        out = [sent for n in gap for sent in self._mend(event.turn, found, n)]
        if whole is not item:
            self.repaired += 1
        out += self._send(msgspec.structs.replace(event, item=whole))
        if len(self._items) - self._settled[1] > _WINDOW:
            self._settle(turn, entries[-1])
        return out

    def _settle(self, turn: TurnTruth, entry: Entry) -> None:
        """Pair no more what comes before ``entry``: a turn of a thousand items is not to be paired a thousand times."""
        place = next((n for n, one in enumerate(turn.entries) if one is entry), None)
        if place is not None:
            self._compare(turn, place + 1)
            self._settled = (place + 1, len(self._items))

    def _compare(self, turn: TurnTruth, last: int) -> None:
        """Note where what is not settled differs, up to the entry before ``last``."""
        entries, done = self._settled
        if self._verify:
            part = msgspec.structs.replace(turn, entries=turn.entries[entries:last])
            # The user's message is in the first part alone.
            said = self._items if not done else [UserMessage(id="", text=turn.user), *self._items[done:]]
            self._differences += differences(part, said, self._losses)

    def _ended(self, event: api.TurnCompleted, patient: bool) -> list[AnyEvent] | None:
        if not (self._repair or self._verify):
            return [event]
        turn = self._turn()
        if turn is None:
            if patient and not self._absent:
                return None
            self._absent = self._read() is None
            return [event]
        self._absent = False
        found = self._align(turn, self._items, whole=True)
        gap = _lost(found)
        unseen = any(found.of(item) is None for item in found.items)
        if patient and (gap or unseen):
            return None
        uncounted = self._usage and self._counts and not turn.counted
        if uncounted and not self._over and self._now - self._came < _COUNTED:
            return None
        out: list[AnyEvent] = []
        if self._repair:
            for n in gap:
                out += self._mend(event.turn, found, n)
        if self._verify:
            self._compare(turn, len(turn.entries))
            out.append(
                api.Drift(
                    at=self._now,
                    turn=event.turn,
                    repaired=self.repaired - self._before,
                    differences=tuple(self._differences),
                )
            )
        self._running.clear()
        self._counts = bool(turn.usage)
        if self._usage and turn.usage:
            truth = self._read()
            usage = api.Usage(**turn.usage, model=truth.model if truth is not None else "")
            event = msgspec.structs.replace(event, usage=usage)
        return [*out, event]

    def _mend(self, turn: int, found: Alignment, place: int) -> list[AnyEvent]:
        """Send what the screen never drew. A command that was seen running keeps its id."""
        entry = found.expected[place].entry
        if not mend.answered(entry) or entry.state != "said":
            return []
        identity = f"rollout_{self.repaired}"
        item = mend.item_of(entry, identity)
        if item is None:
            return []
        for known in self._running.values():
            if isinstance(item, CommandExecution) and mend.same(known, item):
                item = msgspec.structs.replace(item, id=known.id)
                self._finished.add(known.id)
                break
        self.repaired += 1
        self._sent.append(item)
        return self._send(api.ItemCompleted(at=self._now, turn=turn, item=item))

    def _send(self, event: api.ItemCompleted) -> list[AnyEvent]:
        self._running.pop(event.item.id, None)
        self._items.append(event.item)
        return [event]

    def _turn(self) -> TurnTruth | None:
        truth = self._read()
        return None if truth is None else self._turns.find(truth, self._user)

    def _align(self, turn: TurnTruth, items: Sequence[AnyItem], whole: bool) -> Alignment:
        entries, done = self._settled
        last = len(turn.entries) if whole else entries + len(items) - done + _AHEAD
        rest = msgspec.structs.replace(turn, entries=turn.entries[entries:last])
        return align(Truth(witness="rollout", turns=[rest]), items[done:], (*self._losses, *_LENIENT))


def _lost(found: Alignment) -> list[int]:
    """What the witness knows and no item stands for. Nothing twice comes before nothing lost."""
    paired = {n for _, many in found.pairs for n in many}
    unpaired = [item for n, item in enumerate(found.items) if n not in paired]
    # A reading (Read, List, Search) that nothing explains may be of any command.
    doubtful = any(isinstance(item, CommandExecution) and item.parsed for item in unpaired)
    lost = []
    for n in found.missing:
        kind = found.expected[n].kind
        if kind in _WITNESSED and not (doubtful and kind == "command_execution"):
            lost.append(n)
    return lost
