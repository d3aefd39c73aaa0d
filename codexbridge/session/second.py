"""What comes out of the core, in order, and the second readings that make it whole.

The main view shows some things in part only: an output by its first lines, a message as a drawing, a reasoning without
its heading. Those are held back until they were read a second time, in the transcript overlay or in raw mode, or until
the frame that shows their heading was drawn; what must keep its order waits behind them. A reading that fails
lets them out as the main view had them.

The core drives it so::

    if second.step(free, at): ...        # the main view is back: show it
    second.settle(free, running, at)
    press(*second.keys())
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from codexbridge.grammar.cells import CellEvent
from codexbridge.grammar.look import Look
from codexbridge.grammar.rawtext import raw_commands
from codexbridge.items.model import AgentMessage, CommandExecution, McpToolCall, Reasoning, UserMessage
from codexbridge.items.preview import agree
from codexbridge.items.restated import is_certain
from codexbridge.items.text import is_dressed, is_wide
from codexbridge.items.tracker import Step
from codexbridge.session.api import (
    AnyEvent,
    ItemCompleted,
    ItemStarted,
    ItemUpdated,
    TurnCompleted,
    TurnStarted,
    Unrecognized,
    Wedged,
)
from codexbridge.session.gate import Gate, told
from codexbridge.session.headings import Headings
from codexbridge.session.notice import LastWord
from codexbridge.session.reading import Reading
from codexbridge.session.restating import Restating
from codexbridge.session.traits import Traits
from codexbridge.terminal.records import Frame, Record

_ORDERED = (ItemStarted, ItemUpdated, ItemCompleted, TurnStarted, TurnCompleted, Unrecognized, Wedged)
"""Events that keep their order behind an item that waits to be made whole."""


class SecondReadings:
    """The way out of the core. ``new_id`` gives ids for commands that only a second reading tells apart, ``word`` is
    what Codex tells apart from the screen."""

    def __init__(self, look: Look, traits: Traits, new_id: Callable[[], str], word: LastWord) -> None:
        self._word = word
        self._commands = look.pager if traits.reading == "raw" else None
        """How commands are told in a raw history, if that is where they are read."""
        self._columns = look.columns
        self._dresses = traits.dresses
        self._disturbed = -2
        """Number of the last message that came in while the history was restated."""
        self._headings = Headings(look.signals.get("own_status"))
        self._gate = Gate(new_id)
        self._overlay = Reading(look.pager if traits.reading == "overlay" else None)
        self._raw = Restating(traits.raw)
        self._out: deque[AnyEvent] = deque()
        self._keys: list[str] = []
        self._preview = ""
        self._ended = False

    # ---- in -----------------------------------------------------------------------------------------------

    def put(self, event: AnyEvent) -> None:
        """Say ``event``: now, or after what is held if it must keep its order."""
        if not isinstance(event, _ORDERED) or not self._gate.pass_on(event):
            self._out.append(event)

    def cell(self, event: CellEvent, steps: list[Step], turn: int, at: float) -> None:
        """Say the steps that ``event`` caused, unless they must be read a second time."""
        kind, closed = event.cell.kind, event.what == "closed"
        self.sourced(steps)
        reads = self._raw.able and not self._ended
        if kind == "agent_message" and at == self._raw.back:
            self._disturbed = event.cell.number
        unsure = is_wide(event.cell, self._columns) or (self._dresses and is_dressed(event.cell))
        unsure = reads and (unsure or (event.cell.number == self._disturbed and len(event.cell.lines) > 1))
        if kind == "reasoning" and closed:
            self._reasoning(steps, turn, at, reads and any(_may_differ(step, unsure) for step in steps))
            return
        # A command that is left running has no end, so that a reading cannot tell it from what follows.
        if closed and self.reads_commands and kind != "command_left":
            group = kind in ("explored", "ran_group")
            if kind == "parsed" and steps and self._gate.hold_run(steps, turn, at):
                self._overlay.want(at)
                return
            broken = unsure and self._commands is not None and any(_is_command(step) for step in steps)
            if group or broken or any(_in_part(step) for step in steps):
                self._gate.hold(steps, turn, at, group, len(steps) if kind == "ran_group" else 0)
                (self._overlay if self._overlay.pager is not None else self._raw).want(at)
                return
            self._gate.saw([step.item for step in steps])
        if reads and any(_may_differ(step, unsure) for step in steps):
            self._gate.hold_text(steps, turn, at)
            self._raw.want(at)
            return
        self.steps(steps, turn, at)

    def _reasoning(self, steps: list[Step], turn: int, at: float, differs: bool) -> None:
        # Drawn by the same frame as its heading, which comes after it: wait for that where none is known.
        self._gate.hold_text(steps, turn, at, source=differs, heading=True)
        if self._headings.known or self._ended:
            self._gate.settle_headings(self._headings.lost)
        if differs:
            self._raw.want(at)
        elif not self._gate.unheaded and not self._gate.reads:
            self.release()

    def steps(self, steps: Sequence[Step], turn: int, at: float) -> None:
        """Say steps that need no second reading."""
        for step in steps:
            self.put(told(step, turn, at))

    def sourced(self, steps: Sequence[Step]) -> None:
        """At the end of a turn its last message is told, whole or, by a notification, its beginning."""
        for step in steps:
            if step.what != "completed" or not isinstance(step.item, AgentMessage):
                continue
            if not self._word.give(step.item) and self._preview:
                step.item.text = agree(step.item.text, self._preview)

    def turn(self) -> None:
        """A turn begins: what was quoted and what the status row said belong to the one before."""
        self._preview = ""
        self._headings.turn()

    def quoted(self, text: str) -> None:
        """A notification quotes the beginning of the turn's last message."""
        self._preview = text

    def looked(self, status: str = "") -> None:
        """The live region was drawn; ``status`` is what its status row says, if that is new."""
        self._headings.status(status)
        self._headed()

    def turn_over(self) -> None:
        """A turn ends: no heading comes any more."""
        self._headed()

    def end(self) -> None:
        """Codex ended: nothing can be read any more."""
        self._ended = True

    # ---- the screen ---------------------------------------------------------------------------------------

    def takes(self, frame: Frame, at: float) -> bool:
        """Whether ``frame`` shows the overlay, and no main view."""
        if self._overlay.active:
            self._overlay.frame(frame, at)
        if self._overlay.active:
            return True
        if self._overlay.is_page(frame):
            self._keys += self._overlay.stray(at)
            return True
        return False

    def filter(self, record: Record, at: float) -> list[Record]:
        """What of ``record``, and of those kept before it, belongs to the history as it is drawn."""
        return self._raw.filter(record, at)

    # ---- time ---------------------------------------------------------------------------------------------

    def step(self, free: bool, at: float) -> bool:
        """Take the overlay's next step. ``free``: nothing else has the composer. True: the main view is back."""
        overlay = self._overlay
        if overlay.state == "idle" and self._gate.waiting and overlay.pager is not None:
            overlay.want(at)
        elif overlay.state == "idle" and self._gate.reads:
            self._let_out()
        if overlay.pager is None or overlay.state == "idle":
            return False
        was_active = overlay.active
        self._keys += overlay.step(free and not self._raw.active, at)
        return was_active and not overlay.active

    def settle(self, free: bool, running: bool, at: float, streams: bool = False) -> None:
        """Make whole what was read by now, and go on reading; ``running``: a turn runs, so that there is no hurry;
        ``streams``: a message comes in."""
        overlay, raw = self._overlay, self._raw
        if overlay.fresh or overlay.over:
            if self._gate.settle(overlay.shown(), last=overlay.over):
                self._keys += overlay.close(at)
                self._let_out()
            else:
                self._keys += overlay.more(at)
        was_pending = raw.pending
        self._keys += raw.step(free and overlay.state == "idle", at, running, streams)
        if raw.fresh:
            raw.fresh = False
            self._gate.settle_texts(raw.lines)
            if self._commands is not None:
                self._gate.settle(raw_commands(raw.lines, self._commands), last=True)
        if was_pending and not raw.pending and overlay.state == "idle":
            self._let_out()

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        return [*self._overlay.deadlines(), *self._raw.deadlines()]

    # ---- out ----------------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a second reading has the screen."""
        return self._overlay.active or self._raw.active

    @property
    def holds(self) -> bool:
        """Whether something waits to be read a second time."""
        return self._gate.shut

    @property
    def reads_commands(self) -> bool:
        """Whether commands that the history shows in part can be read whole."""
        by_raw = self._commands is not None and self._raw.able and not self._ended
        return self._overlay.pager is not None or by_raw

    def keys(self) -> list[str]:
        """Keys to press, since the last call."""
        keys, self._keys = self._keys, []
        return keys

    def events(self) -> list[AnyEvent]:
        """What came out since the last call, in order."""
        events = list(self._out)
        self._out.clear()
        return events

    def release(self) -> None:
        """Let everything out that is held, whether it was read or not."""
        for event in self._gate.release():
            self.put(event)

    # ---- within -------------------------------------------------------------------------------------------

    def _headed(self) -> None:
        """Give headings to what waits for them, and let it out if it waits for nothing else."""
        self._gate.settle_headings(self._headings.lost)
        if self._gate.shut and not self._gate.reads:
            self.release()

    def _let_out(self) -> None:
        if not self._raw.pending:
            self.release()


def _is_command(step: Step) -> bool:
    return step.what == "completed" and isinstance(step.item, CommandExecution)


def _in_part(step: Step) -> bool:
    """Whether a step completes a command of which the history does not show everything."""
    item = step.item
    if step.what != "completed" or not isinstance(item, CommandExecution):
        return False
    return bool(item.elided or item.elided_command or (item.status == "failed" and item.exit_code is None))


def _may_differ(step: Step, unsure: bool) -> bool:
    """Whether a step completes a text whose source may be other than what was restored from its drawing, or longer;
    ``unsure``: by the look of its cell."""
    item = step.item
    if step.what != "completed":
        return False
    if isinstance(item, McpToolCall):
        return item.elided > 0
    if isinstance(item, UserMessage):
        return unsure
    if not isinstance(item, (AgentMessage, Reasoning)):
        return False
    return item.source != "notice" and (unsure or not is_certain(item.text))
