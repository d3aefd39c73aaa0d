"""The core: one object that is fed bytes, commands and the time, and gives events and bytes to write.

See :mod:`codexbridge.session.api` for how it is driven. It has no clock and does no I/O; every wait is a
deadline. What Codex draws never raises; misuse by the caller does.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from codexbridge.grammar.cells import Cell, CellEvent, Segmenter
from codexbridge.grammar.live import LiveView, OpenDialog, read
from codexbridge.grammar.look import Look, load
from codexbridge.grammar.releases import Release, Table, table
from codexbridge.items.model import CommandExecution, Error
from codexbridge.items.text import message_lines, plain
from codexbridge.items.tracker import Step, Tracker
from codexbridge.session.api import (
    Answer,
    AnyCommand,
    AnyEvent,
    Close,
    DialogOpened,
    Exited,
    Interrupt,
    Keys,
    Ready,
    Resize,
    SendMessage,
    Started,
    Status,
    TurnCompleted,
    TurnStarted,
    Unrecognized,
    Wedged,
)
from codexbridge.session.dialogs import Desk, Dialogs, Lookout
from codexbridge.session.interrupts import Interrupts
from codexbridge.session.keyboard import Keyboard
from codexbridge.session.notice import LastWord
from codexbridge.session.outbox import Outbox
from codexbridge.session.post import Post
from codexbridge.session.readback import ReadBack
from codexbridge.session.second import SecondReadings
from codexbridge.session.traits import traits, wary
from codexbridge.session.turns import Timing, Turns, figure
from codexbridge.terminal.records import Frame, Osc, Record
from codexbridge.terminal.terminal import Terminal
from codexbridge.transcript.collectors import collector
from codexbridge.transcript.lines import Change, Committed, Live, Lost, Replaced

_EARLY = 3.0
"""Seconds that what may stand above its message waits for the echo."""
_GREETING = 2.0
"""Seconds after which a release that greets is taken as ready without its greeting."""

_BESIDE = 3
"""Rows at the bottom of the screen, one of which is the status row."""
_READ = ("explored", "parsed")
"""Kinds of running cells that show what commands do, and not the commands."""
_STEPS = 8
"""Most steps of the machines at one time: each may make way for another."""

_UNREAD = "[more came at once than the pane shows, and it could not be scrolled back to]"


class Session:
    """One Codex, seen through its terminal.

    ``version`` is what the installed Codex says it is; ``releases`` defaults to the table of the package, and
    ``columns`` to the width that its row gives. ``resumed`` says that Codex goes on with a conversation, whose history
    it may draw again: that is not told again.
    """

    def __init__(
        self,
        version: str,
        *,
        columns: int | None = None,
        rows: int | None = None,
        releases: Table | None = None,
        look: str | None = None,
        desk: Desk | None = None,
        resumed: bool = False,
        at: float = 0.0,
    ) -> None:
        self.release: Release
        known = releases or table()
        self.release, support = known.find(version)
        self.look: Look = load(look or self.release.look).fitted(self.release.traits)
        size = columns or self.release.columns, rows or self.release.rows
        row = self.release
        self.terminal = Terminal(*size, row.frames, tabs="cells", controls=row.controls, functions=row.functions)
        self.look.columns = columns or self.release.columns
        self.collector = collector(self.release.delivery)
        self.segmenter = Segmenter(self.look)
        self.tracker = Tracker(self.look)
        facts = self.release.traits
        self.traits = traits(self.look.traits, facts)
        if version != self.release.version:
            above = known.above(version)
            self.traits = wary(self.traits, traits(load(above.look).traits, above.traits) if above else None)
        self.turns = Turns(bool(facts.get("notifies", False)), _timing(facts, self.traits.patience))
        self.outbox = Outbox(self.traits)
        self.dialogs = Dialogs(desk or Desk())
        self.lookout = Lookout(self.dialogs.desk)
        self.interrupts = Interrupts(self.traits)
        self.readback = ReadBack(self.release.traits.get("scroll"))
        self.drift: Counter[str] = self.tracker.drift
        self.word = LastWord(self.turns.timing.word, self.drift, bool(facts.get("misdraws", False)))
        self.second = SecondReadings(self.look, self.traits, self.tracker.new_id, self.word)
        self.view = LiveView()
        self.frames = 0
        self._keyboard = Keyboard(self.terminal)
        self._post = Post(self.outbox, self._keyboard, self._say)
        self._now = at
        self._settle_at: float | None = None
        self._ready = False
        self._seen_at: float | None = None
        """When the composer was there first."""
        self._closing = False
        self._exited = False
        self._wedged = False
        self._early: list[CellEvent] = []
        """Of a cell that stands above the echo of the message that it is about."""
        self._early_until = at
        self._answers: list[CellEvent] = []
        """What may answer a message whose echo has not been seen yet, and might never be: its turn begins before it."""
        self._last: list[CellEvent] = []
        """The end of the turn's last message, where cells that are drawn below it may have come before it."""
        self._flushing = False
        self._restored = resumed
        """What Codex draws is the conversation before this start, until a message of ours is echoed."""
        self.frame: Frame | None = None
        """What the screen shows."""
        self._title_busy = False
        self._say(Started(at=at, version=version, look=self.look.name, row=self.release.version, support=support))

    # ---- inputs -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, at: float) -> None:
        """Feed what the pty gave.

        However the bytes are cut, the machines that time drives see the same: what was due came before them, and
        after that each whole frame is a step, not each piece.
        """
        self._overdue(at)
        self._now = at
        self.turns.touched(at)
        self.readback.touched(at)
        self._settle_at = at + self.turns.timing.quiet
        self._take(self.terminal.feed(data))
        self._keyboard.reply()

    def receive_eof(self, at: float, status: int | None) -> None:
        """The child ended with ``status`` (negative: by that signal; None: unknown)."""
        if self._exited:
            return
        self._now = at
        self._exited = True
        self.second.end()
        self._take(self.terminal.settle())
        if self.turns.running:
            if self.interrupts.wanted:
                self.turns.interrupted()
            self._end_turn()
        for event in self.segmenter.close():
            self._cell(event)
        self._place_answers()
        self._belated()
        self._steps(self.tracker.settle())
        self.second.release()
        if not self._closing and self.interrupts.quit(at):
            # The turn was over a moment before the key that stops it came, and an idle Codex takes it for a farewell.
            self._wedge("it ended when its turn was stopped", None)
            return
        frame = self.frame
        seen = tuple(row.text for row in frame.rows if row.text.strip())[-40:] if frame else ()
        self._say(Exited(at=at, status=status, expected=self._closing, screen=seen))

    def notified(self, payload: str, at: float) -> None:
        """Codex told its ``notify`` program ``payload``."""
        self._overdue(at)
        self._now = at
        self.word.notified(payload, self.turns.running)
        self._advance()

    def command(self, command: AnyCommand, at: float) -> None:
        """Take a command; raises ValueError for one that makes no sense (an answer to no open dialog)."""
        self._overdue(at)
        self._now = at
        if isinstance(command, SendMessage):
            self._post.accept(command, at)
        elif isinstance(command, Interrupt):
            if self.turns.running:
                self.interrupts.want()
                self.dialogs.interrupt()
        elif isinstance(command, Keys):
            self._keyboard.strike(command.keys)
        elif isinstance(command, Answer):
            self.dialogs.answer(command)
        elif isinstance(command, Resize):
            self.terminal.resize(command.columns, command.rows)
        elif isinstance(command, Close):
            self._closing = True
            self._keyboard.press("ctrl-d")
        self._advance()

    def tick(self, at: float) -> None:
        """The deadline passed."""
        self._now = at
        if self._settle_at is not None and at >= self._settle_at:
            self._settle_at = None
            self._take(self.terminal.settle())
            self._keyboard.reply()
        self._advance()

    # ---- outputs ------------------------------------------------------------------------------------------

    def events(self) -> list[AnyEvent]:
        """What happened since the last call, in order."""
        return self.second.events()

    def data_to_send(self) -> bytes:
        """What to write to the pty."""
        return self._keyboard.take()

    def deadline(self) -> float | None:
        """When to call :meth:`tick`, or None for no time at all."""
        times = [
            self._settle_at,
            self.turns.deadline(),
            *self.outbox.deadlines(),
            *self.dialogs.deadlines(),
            *self.interrupts.deadlines(),
            *self.readback.deadlines(),
            self._seen_at + _GREETING if self._seen_at is not None and not self._ready else None,
            *self.second.deadlines(),
            *self.word.deadlines(),
            self.turns.stall(),
            self._unasked(),
            self._early_until if self._early else None,
        ]
        future = [time for time in times if time is not None and time > self._now]
        due = [time for time in times if time is not None and time <= self._now]
        if due and self._settle_at is not None and self._settle_at <= self._now:
            return self._now
        return min(future) if future else None

    @property
    def counts(self) -> Counter[str]:
        """Committed lines by ``item``, ``chrome`` and ``unknown``."""
        return self.segmenter.counts

    # ---- the way up ---------------------------------------------------------------------------------------

    def _say(self, event: AnyEvent) -> None:
        self.second.put(event)

    def _take(self, records: list[Record]) -> None:
        for record in records:
            if isinstance(record, Osc):
                self._signal(record)
            elif isinstance(record, Frame):
                self.frame = record
                self.frames += 1
                busy = self.look.signals.get("title_busy")
                self._title_busy = bool(busy and busy.fullmatch(record.title))
                self._quote(record)
                if self.second.takes(record, self._now):
                    # The overlay is not the live region.
                    self._advance()
                    continue
            for kept in self.second.filter(record, self._now):
                for change in self.collector.receive(kept):
                    self._change(change)
            if isinstance(record, Frame):
                self._advance()

    def _quote(self, frame: Frame) -> None:
        """The status row of some releases quotes the arguments of the call that runs."""
        pattern = self.look.signals.get("call")
        for row in frame.rows[-_BESIDE:] if pattern else ():
            found = pattern.match(row.text) if pattern else None
            if found is not None:
                self.tracker.quoted(found["arguments"])

    def _signal(self, record: Osc) -> None:
        if record.number == 9:
            self.second.quoted(record.payload)
            self.turns.tells = True
            self.turns.told()

    def _change(self, change: Change) -> None:
        if isinstance(change, Committed):
            for event in self.segmenter.feed(change.lines):
                self._cell(event)
        elif isinstance(change, Lost):
            if change.lost:
                self.readback.lost(self._now)
            else:
                self.readback.found(self._now)
        elif isinstance(change, Replaced):
            for event in self.segmenter.replace(change.first, change.last, change.lines):
                self._cell(event)
        elif isinstance(change, Live):
            self._live(read(self.look, change.lines, _typed(change.frame)))

    def _cell(self, event: CellEvent) -> None:
        cell = event.cell
        self.turns.grown(self._now)
        if "duration" in cell.match.groups and cell.kind in ("chrome", "turn_end"):
            self.turns.lasted(cell.match.groups["duration"])
        if cell.kind == "turn_end":
            if event.what == "closed":
                self.turns.told()
            return
        if cell.kind == "chrome":
            self._steps(self.tracker.cell(event))
            return
        if cell.rule.early and not (self.turns.running or self._exited or self._restored or self._flushing):
            self._early.append(event)
            self._early_until = self._now + _EARLY
            return
        message: SendMessage | None = None
        if cell.kind == "user_message" and event.what == "opened":
            # What came before the echo belongs to the turn before.
            self._place_answers()
            message = self._post.opened()
            self._restored = self._restored and message is None
        if self._restored:
            return
        if cell.kind == "user_message" and event.what == "opened":
            if self.turns.running and not self.turns.busy and not (message and message.steer):
                # The turn before ended and this echo is the first that is seen of it.
                self._end_turn(before=cell)
            if not self.turns.running:
                self._begin_turn(message.id if message else None)
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
            self._post.closed(cell, self._now)
        if cell.kind == "interrupted" and event.what == "closed":
            self.turns.interrupted()
        elif cell.kind not in ("error", "notice", "user_message"):
            self.turns.work()
        if cell.kind == "unknown" and event.what == "closed":
            lines = tuple(line.text for line in cell.lines)
            self._say(Unrecognized(at=self._now, lines=lines, look=self.look.name))
        steps = self.tracker.cell(event)
        self._heed(steps)
        self.second.cell(event, steps, self.turns.number, self._now)
        if cell.kind == "user_message" and event.what == "closed":
            self._belated()

    def _unplaced(self, cell: Cell) -> bool:
        """Whether the cell may belong to a turn that has not begun: a message was entered, its echo is to come."""
        if self.turns.running or self._exited or self._flushing or self.outbox.state != "entered":
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
        self._flush(last)

    def _place_answers(self) -> None:
        """It is known to which turn the answers belong: the one that runs now, or the last."""
        answers, self._answers = self._answers, []
        self._flush(answers)

    def _belated(self) -> None:
        """What stood above the echo of its message."""
        early, self._early = self._early, []
        self._flush(early)

    def _flush(self, events: list[CellEvent]) -> None:
        self._flushing = True
        for event in events:
            self._cell(event)
        self._flushing = False

    def _heed(self, steps: list[Step]) -> None:
        """Steps mean something to the turn and to the message on its way, too."""
        for step in steps:
            if step.what == "completed" and isinstance(step.item, Error) and not step.item.recoverable:
                self.turns.failed(step.item.message)
            command = step.item if isinstance(step.item, CommandExecution) else None
            if command is not None and (command.by_user or self.outbox.ran(command.command)):
                self.outbox.misread("Codex ran the text as a command", self._now)

    def _steps(self, steps: list[Step]) -> None:
        self._heed(steps)
        self.second.sourced(steps)
        self.second.steps(steps, self.turns.number, self._now)

    def _live(self, view: LiveView) -> None:
        changed = view.status != self.view.status or view.reconnecting != self.view.reconnecting
        self.second.looked(view.status if changed and not view.reconnecting else "")
        if changed and view.status:
            self._say(Status(at=self._now, text=view.status, reconnecting=view.reconnecting))
        self.view = view
        self.turns.busy = view.busy or self._title_busy
        self.turns.shows_running = bool(view.running)
        # A group that is being explored is announced when it has been read: only then its commands are known.
        running = [cell for cell in view.running if not self.second.reads_commands or cell.kind not in _READ]
        if view.running:
            # What runs came after the message before it: that message is whole.
            for event in self.segmenter.close():
                self._cell(event)
            self._steps(self.tracker.live(running))
        self.turns.blocked = view.dialog is not None or self.second.active
        self._ask(view.dialog)

    def _ask(self, dialog: OpenDialog | None) -> None:
        if dialog is None and self.dialogs.hidden and self.lookout.deadline(self.view, True, 0.0) is not None:
            return
        for said in self.dialogs.see(dialog, self._now):
            if isinstance(said, DialogOpened):
                self.tracker.asked(said.subject)
            self._say(said)

    def _unasked(self) -> float | None:
        """When a screen without a composer counts as a dialog that no rule knows."""
        if self.frame is None or self.second.active or self.dialogs.open is not None or self._wedged or self._closing:
            return None
        if self.traits.paste == "bracketed" and not self.terminal.modes.bracketed_paste:
            # It has given the terminal back, and is about to end.
            return None
        return self.lookout.deadline(self.view, self._ready, self.turns.last)

    def _begin_turn(self, message_id: str | None) -> None:
        self.second.turn()
        self.word.turn()
        number = self.turns.begin(self._now, message_id)
        self._say(TurnStarted(at=self._now, turn=number, message_id=message_id))

    def _end_turn(self, before: Cell | None = None) -> None:
        """End the running turn; ``before`` is a cell already open that does not belong to it."""
        if before is None:
            self._flush(self.segmenter.close())
        self._place_last()
        self.second.turn_over()
        self.interrupts.done()
        silent = not self.turns.acted and before is None and not self._exited
        message_id = self.turns.message_id
        status, error = self.turns.end(silent)
        self._steps(self.tracker.turn_ended(status))
        self.word.turn_over(status == "completed")
        left = self.view.footer.get("context_left")
        self._say(
            TurnCompleted(
                at=self._now,
                turn=self.turns.number,
                status=status,
                error=error,
                duration=self.turns.duration,
                tokens=figure(self.view.footer.get("tokens")),
                context_left=int(left) if left else None,
            )
        )
        if silent and not self.traits.fails_silently:
            self._wedge(error, message_id)
        elif status == "failed" and self.traits.wedges_after_error:
            self._wedge("after an error this Codex sends no more messages", None)

    def _wedge(self, reason: str, lost: str | None) -> None:
        """Codex has stopped listening: nothing more goes in, and whoever runs it must start it again."""
        if not self._wedged and not self._closing:
            self._wedged = True
            self._post.again(lost)
            self._say(Wedged(at=self._now, reason=reason, lost=(lost,) if lost else ()))

    def undelivered(self) -> list[SendMessage]:
        """Take the messages out that have not reached the model, in their order: for the session that comes next."""
        return self.outbox.take()

    # ---- the way down -------------------------------------------------------------------------------------

    def _overdue(self, at: float) -> None:
        """What was due before ``at`` comes first, however late the caller gets to it."""
        due = self.deadline()
        if due is not None and due < at and not self._exited:
            self.tick(at)

    def _advance(self) -> None:
        """Let time-driven machines take their next step, until none has anything more to do."""
        for _ in range(_STEPS):
            before = self._standing()
            if self._exited:
                return
            self._step()
            if self._standing() == before:
                return

    def _standing(self) -> object:
        """What one machine waits for another to do."""
        return (self._ready, self.turns.running, self.second.active, self.second.holds, self.outbox.state)

    def _step(self) -> None:
        if self._early and self._now >= self._early_until:
            # No echo came: it is about nothing that was sent.
            self._belated()
        if self._answers and self.outbox.state != "entered":
            self._place_answers()
        self._look_ready()
        self._read_again()
        self._read_back()
        if self._settle_at is None and not self.readback.active:
            self._listen()
            if self.turns.over(self._now) and not self._awaits_word():
                self._end_turn()
        if self.frame is not None and (limit := self._unasked()) is not None and self._now >= limit:
            self._ask(self.lookout.guess([row.text for row in self.frame.rows]))
        if words := self.dialogs.words(self._now):
            self._keyboard.paste(words)
        self._keyboard.press(*self.dialogs.step(self._now))
        if self.turns.stalled(self._now):
            self.interrupts.want()
        if not self.turns.blocked:
            ending = self.turns.ending
            self._keyboard.press(*self.interrupts.step(self.view.busy, self.turns.last, self._now, ending))
        if self.turns.gave_up and self.turns.running and self.interrupts.failed(self._now):
            # It cannot be stopped either. What the turn did stays done, so its message is not given again.
            self._end_turn()
            self._wedge("a turn without a sign of life cannot be stopped", None)
        rests = self._ready and not self._wedged and self._settle_at is None
        rests = rests and not self.second.active and not self.second.holds
        rests = rests and not self.readback.active
        may_send = rests and not self.turns.running and not self.turns.busy
        if message := self._post.step(self.view, may_send, self.turns.running, self._now):
            self._restored = False
            self._begin_turn(message.id)
            self.turns.acted = True
            self._post.unseen(message, self._now)
            self._place_answers()
            self._belated()

    def _listen(self) -> None:
        """Where no notification ends the turn, it is over when the message stands in the history that Codex told of."""
        if self.word.pending and not self.turns.tells and self.turns.running:
            drawn = self._last_message()
            if drawn is not None and self.word.of(drawn) is not None:
                self.turns.told()

    def _awaits_word(self) -> bool:
        """Whether the turn ends with a message whose source is still to be told."""
        drawn = self._last_message() if self.turns.completes else None
        return drawn is not None and self.word.awaited(drawn, self._now)

    def _last_message(self) -> str | None:
        """The message at the end of the history, as drawn, while nothing follows it."""
        cell = self.segmenter.open
        return plain(message_lines(cell)) if cell is not None and cell.kind == "agent_message" else None

    def _look_ready(self) -> None:
        """The composer is there, and the history has begun: what is sent before that, some releases draw over."""
        if not self._ready and self.view.composer is not None:
            self._seen_at = self._now if self._seen_at is None else self._seen_at
            greeted = bool(self.segmenter.cells) or self._now >= self._seen_at + _GREETING
            if greeted or not self.traits.greets:
                self._ready = True
                self._say(Ready(at=self._now))
        if self._ready:
            self._keyboard.unfocus()

    def _read_again(self) -> None:
        """Drive the second readings."""
        free = self.view.dialog is None and self.outbox.state == "idle" and self._ready
        if self.second.step(free, self._now) and self.frame is not None:
            for change in self.collector.receive(self.frame):
                self._change(change)
        free = self.view.dialog is None and self.outbox.state == "idle" and self._ready
        self.second.settle(free, self.turns.running, self._now, streams=self._streams())
        self._keyboard.press(*self.second.keys())
        self.turns.blocked = self.view.dialog is not None or self.second.active

    def _streams(self) -> bool:
        """Whether a message is still coming in: the status row is gone for as long as its lines do."""
        cell = self.segmenter.open
        return cell is not None and cell.kind == "agent_message" and self.turns.running and not self.view.busy

    def _read_back(self) -> None:
        """Scroll a pane back to what it moved past."""
        self._keyboard.press(*self.readback.step(self._now))
        if self.readback.failed:
            self.readback.failed = False
            for event in self.segmenter.close():
                self._cell(event)
            self._say(Unrecognized(at=self._now, lines=(_UNREAD,), look=self.look.name))
            self.drift["lines not read back"] += 1
            for change in self.collector.give_up():
                self._change(change)


def _typed(frame: Frame) -> str | None:
    """The text of the row in which a cursor is shown, if one is."""
    row = frame.cursor[1]
    return frame.rows[row].text if frame.cursor_visible and row < len(frame.rows) else None


def _timing(facts: dict[str, object], patience: float) -> Timing:
    idle = facts.get("idle")
    timing = Timing(idle=float(idle)) if isinstance(idle, (int, float)) else Timing()
    return msgspec.structs.replace(timing, stall=patience)
