"""What was said and done: cells of the history as items, in turns.

A cell mostly says by itself to which turn it belongs. Some have to wait until that is known: what stands above the echo
of its message, what may answer a message whose echo has not been seen, the end of a message that is drawn too early.
"""

from __future__ import annotations

from codexbridge.grammar.cells import Cell, CellEvent, Segmenter
from codexbridge.grammar.live import LiveView
from codexbridge.grammar.look import Look
from codexbridge.grammar.releases import Release
from codexbridge.items.model import CommandExecution, Error
from codexbridge.items.text import message_lines, plain
from codexbridge.items.tracker import Step, Tracker
from codexbridge.session.api import AnyEvent, SendMessage, TurnCompleted, TurnStarted, Unrecognized, Wedged
from codexbridge.session.interrupts import Interrupts
from codexbridge.session.keyboard import Keyboard
from codexbridge.session.notice import LastWord
from codexbridge.session.outbox import Outbox
from codexbridge.session.post import Post
from codexbridge.session.second import SecondReadings
from codexbridge.session.traits import Traits
from codexbridge.session.turns import Turns, figure, timing

_EARLY = 3.0
"""Seconds that what may stand above its message waits for the echo."""


class Conversation:
    """Cells in, events out by ``second``. ``now`` is the time, which the session sets before anything else.

    ``resumed`` says that Codex goes on with a conversation, whose history it may draw again.
    """

    def __init__(
        self, look: Look, release: Release, traits: Traits, keyboard: Keyboard, *, resumed: bool, at: float
    ) -> None:
        facts = release.traits
        self.now = at
        self.look = look
        self.traits = traits
        self.segmenter = Segmenter(look)
        self.tracker = Tracker(look)
        self.turns = Turns(bool(facts.get("notifies", False)), timing(facts, traits.patience))
        self.outbox = Outbox(traits)
        self.post = Post(self.outbox, keyboard, self.say)
        self.interrupts = Interrupts(traits)
        self.word = LastWord(self.turns.timing.word, self.tracker.drift, bool(facts.get("misdraws", False)))
        self.second = SecondReadings(look, traits, self.tracker.new_id, self.word)
        self.view = LiveView()
        """What the live region says."""
        self.closing = False
        self.exited = False
        self.wedged = False
        self.restored = resumed
        """What Codex draws is the conversation before this start, until a message of ours is echoed."""
        self._early: list[CellEvent] = []
        """Of a cell that stands above the echo of the message that it is about."""
        self._early_until = at
        self._answers: list[CellEvent] = []
        """What may answer a message whose echo has not been seen yet, and might never be: its turn begins before it."""
        self._last: list[CellEvent] = []
        """The end of the turn's last message, where cells that are drawn below it may have come before it."""
        self._flushing = False

    # ---- cells --------------------------------------------------------------------------------------------

    def say(self, event: AnyEvent) -> None:
        """Give ``event`` out, in its order."""
        self.second.put(event)

    def cell(self, event: CellEvent) -> None:
        """Take what became of a cell."""
        cell = event.cell
        self.turns.grown(self.now)
        if "duration" in cell.match.groups and cell.kind in ("chrome", "turn_end"):
            self.turns.lasted(cell.match.groups["duration"])
        if cell.kind == "turn_end":
            if event.what == "closed":
                self.turns.told()
            return
        if cell.kind == "chrome":
            self.steps(self.tracker.cell(event))
            return
        if cell.rule.early and not (self.turns.running or self.exited or self.restored or self._flushing):
            self._early.append(event)
            self._early_until = self.now + _EARLY
            return
        message: SendMessage | None = None
        if cell.kind == "user_message" and event.what == "opened":
            # What came before the echo belongs to the turn before.
            self.place_answers()
            message = self.post.opened()
            self.restored = self.restored and message is None
        if self.restored:
            return
        if cell.kind == "user_message" and event.what == "opened":
            if self.turns.running and not self.turns.busy and not (message and message.steer):
                # The turn before ended and this echo is the first that is seen of it.
                self.end_turn(before=cell)
            if not self.turns.running:
                self.begin_turn(message.id if message else None)
        if self._last and cell.kind in ("agent_message", "user_message") and event.what == "opened":
            self._place_last()
        if self._is_last(event):
            self._last.append(event)
            return
        if self._unplaced(cell):
            self.outbox.answered()
            self._answers.append(event)
            return
        if cell.kind == "user_message" and event.what == "closed":
            self.post.closed(cell, self.now)
        if cell.kind == "interrupted" and event.what == "closed":
            self.turns.interrupted()
        elif cell.kind not in ("error", "notice", "user_message"):
            self.turns.work()
        if cell.kind == "unknown" and event.what == "closed":
            lines = tuple(line.text for line in cell.lines)
            self.say(Unrecognized(at=self.now, lines=lines, look=self.look.name))
        steps = self.tracker.cell(event)
        self._heed(steps)
        self.second.cell(event, steps, self.turns.number, self.now)
        if cell.kind == "user_message" and event.what == "closed":
            self.belated()

    def _unplaced(self, cell: Cell) -> bool:
        """Whether the cell may belong to a turn that has not begun: a message was entered, its echo is to come."""
        if self.turns.running or self.exited or self._flushing or self.outbox.state != "entered":
            return False
        if cell.kind == "user_message":
            return False
        return bool(self._answers) or cell.kind not in ("error", "notice", "unknown")

    def _is_last(self, event: CellEvent) -> bool:
        """Whether a message is over that Codex told to be the turn's last, and yet another cell follows it."""
        if not self.look.trails or event.what != "closed" or event.cell.kind != "agent_message" or self._flushing:
            return False
        return self.turns.running and self.word.of(plain(message_lines(event.cell)).strip("\n")) is not None

    def _place_last(self) -> None:
        last, self._last = self._last, []
        self.flush(last)

    def place_answers(self) -> None:
        """It is known to which turn the answers belong: the one that runs now, or the last."""
        answers, self._answers = self._answers, []
        self.flush(answers)

    def belated(self) -> None:
        """What stood above the echo of its message."""
        early, self._early = self._early, []
        self.flush(early)

    def flush(self, events: list[CellEvent]) -> None:
        """Take cells that wait no more."""
        self._flushing = True
        for event in events:
            self.cell(event)
        self._flushing = False

    def _heed(self, steps: list[Step]) -> None:
        """Steps mean something to the turn and to the message on its way, too."""
        for step in steps:
            if step.what == "completed" and isinstance(step.item, Error) and not step.item.recoverable:
                self.turns.failed(step.item.message)
            command = step.item if isinstance(step.item, CommandExecution) else None
            if command is not None and (command.by_user or self.outbox.ran(command.command)):
                self.outbox.misread("Codex ran the text as a command", self.now)

    def steps(self, steps: list[Step]) -> None:
        """Give out what became of items, beside cells."""
        self._heed(steps)
        self.second.sourced(steps)
        self.second.steps(steps, self.turns.number, self.now)

    # ---- turns --------------------------------------------------------------------------------------------

    def begin_turn(self, message_id: str | None) -> None:
        """A turn begins, with that message if it is one of ours."""
        self.second.turn()
        self.word.turn()
        number = self.turns.begin(self.now, message_id)
        self.say(TurnStarted(at=self.now, turn=number, message_id=message_id))

    def end_turn(self, before: Cell | None = None) -> None:
        """End the running turn; ``before`` is a cell already open that does not belong to it."""
        if before is None:
            self.flush(self.segmenter.close())
        self._place_last()
        self.second.turn_over()
        self.interrupts.done()
        silent = not self.turns.acted and before is None and not self.exited
        message_id = self.turns.message_id
        status, error = self.turns.end(silent)
        self.steps(self.tracker.turn_ended(status))
        self.word.turn_over(status == "completed")
        left = self.view.footer.get("context_left")
        self.say(
            TurnCompleted(
                at=self.now,
                turn=self.turns.number,
                status=status,
                error=error,
                duration=self.turns.duration,
                tokens=figure(self.view.footer.get("tokens")),
                context_left=int(left) if left else None,
            )
        )
        if silent and not self.traits.fails_silently:
            self.wedge(error, message_id)
        elif status == "failed" and self.traits.wedges_after_error:
            self.wedge("after an error this Codex sends no more messages", None)

    def wedge(self, reason: str, lost: str | None) -> None:
        """Codex has stopped listening: nothing more goes in, and whoever runs it must start it again."""
        if not self.wedged and not self.closing:
            self.wedged = True
            self.post.again(lost)
            self.say(Wedged(at=self.now, reason=reason, lost=(lost,) if lost else ()))

    def unseen(self, message: SendMessage) -> None:
        """Codex works on ``message``, although its echo was not seen."""
        self.restored = False
        self.begin_turn(message.id)
        self.turns.acted = True
        self.post.unseen(message, self.now)
        self.place_answers()
        self.belated()

    def listen(self) -> None:
        """Where no notification ends the turn, it is over when the message stands in the history that Codex told of."""
        if self.word.pending and not self.turns.tells and self.turns.running:
            drawn = self._last_message()
            if drawn is not None and self.word.of(drawn) is not None:
                self.turns.told()

    def awaits_word(self) -> bool:
        """Whether the turn ends with a message whose source is still to be told."""
        drawn = self._last_message() if self.turns.completes else None
        return drawn is not None and self.word.awaited(drawn, self.now)

    def _last_message(self) -> str | None:
        """The message at the end of the history, as drawn, while nothing follows it."""
        cell = self.segmenter.open
        return plain(message_lines(cell)) if cell is not None and cell.kind == "agent_message" else None

    @property
    def streams(self) -> bool:
        """Whether a message is still coming in: the status row is gone for as long as its lines do."""
        cell = self.segmenter.open
        return cell is not None and cell.kind == "agent_message" and self.turns.running and not self.view.busy

    # ---- time ---------------------------------------------------------------------------------------------

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        return [self._early_until] if self._early else []

    def step(self) -> None:
        """Give up waiting for what will not come."""
        if self._early and self.now >= self._early_until:
            # No echo came: it is about nothing that was sent.
            self.belated()
        if self._answers and self.outbox.state != "entered":
            self.place_answers()

    def end(self) -> None:
        """Codex ended: nothing is waited for any more."""
        self.place_answers()
        self.belated()
        self.steps(self.tracker.settle())
        self.second.release()
