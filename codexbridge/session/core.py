"""The core: one object that is fed bytes, commands and the time, and gives events and bytes to write.

See :mod:`codexbridge.session.api` for how it is driven. It has no clock and does no I/O; every wait is a
deadline. What Codex draws never raises; misuse by the caller does.
"""

from __future__ import annotations

from collections import Counter

from codexbridge.grammar.live import LiveView, OpenDialog, read
from codexbridge.grammar.look import Look, load
from codexbridge.grammar.releases import Release, Table, table
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
    Unrecognized,
)
from codexbridge.session.conversation import Conversation
from codexbridge.session.dialogs import Desk, Dialogs, Lookout
from codexbridge.session.keyboard import Keyboard
from codexbridge.session.readback import ReadBack
from codexbridge.session.traits import traits, wary
from codexbridge.terminal.records import Frame, Osc, Record
from codexbridge.terminal.terminal import Terminal
from codexbridge.transcript.collectors import collector
from codexbridge.transcript.lines import Change, Committed, Live, Lost, Replaced

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
        self.traits = traits(self.look.traits, self.release.traits)
        if version != self.release.version:
            above = known.above(version)
            self.traits = wary(self.traits, traits(load(above.look).traits, above.traits) if above else None)
        self._keyboard = Keyboard(self.terminal)
        self.talk = talk = Conversation(self.look, self.release, self.traits, self._keyboard, resumed=resumed, at=at)
        self.segmenter, self.tracker, self.turns = talk.segmenter, talk.tracker, talk.turns
        self.outbox, self.interrupts = talk.outbox, talk.interrupts
        self.word, self.second = talk.word, talk.second
        self.drift: Counter[str] = self.tracker.drift
        self.dialogs = Dialogs(desk or Desk())
        self.lookout = Lookout(self.dialogs.desk)
        self.readback = ReadBack(self.release.traits.get("scroll"))
        self.frames = 0
        self.frame: Frame | None = None
        """What the screen shows."""
        self._settle_at: float | None = None
        self._ready = False
        self._seen_at: float | None = None
        """When the composer was there first."""
        self._title_busy = False
        self.talk.say(Started(at=at, version=version, look=self.look.name, row=self.release.version, support=support))

    # ---- inputs -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, at: float) -> None:
        """Feed what the pty gave.

        However the bytes are cut, the machines that time drives see the same: what was due came before them, and
        after that each whole frame is a step, not each piece.
        """
        self._overdue(at)
        self.talk.now = at
        self.turns.touched(at)
        self.readback.touched(at)
        self._settle_at = at + self.turns.timing.quiet
        self._take(self.terminal.feed(data))
        self._keyboard.reply()

    def receive_eof(self, at: float, status: int | None) -> None:
        """The child ended with ``status`` (negative: by that signal; None: unknown)."""
        if self.talk.exited:
            return
        self.talk.now = at
        self.talk.exited = True
        self.second.end()
        self._take(self.terminal.settle())
        if self.turns.running:
            if self.interrupts.wanted:
                self.turns.interrupted()
            self.talk.end_turn()
        for event in self.segmenter.close():
            self.talk.cell(event)
        self.talk.end()
        if not self.talk.closing and self.interrupts.quit(at):
            # The turn was over a moment before the key that stops it came, and an idle Codex takes it for a farewell.
            self.talk.wedge("it ended when its turn was stopped", None)
            return
        frame = self.frame
        seen = tuple(row.text for row in frame.rows if row.text.strip())[-40:] if frame else ()
        self.talk.say(Exited(at=at, status=status, expected=self.talk.closing, screen=seen))

    def notified(self, payload: str, at: float) -> None:
        """Codex told its ``notify`` program ``payload``."""
        self._overdue(at)
        self.talk.now = at
        self.word.notified(payload, self.turns.running)
        self._advance()

    def command(self, command: AnyCommand, at: float) -> None:
        """Take a command; raises ValueError for one that makes no sense (an answer to no open dialog)."""
        self._overdue(at)
        self.talk.now = at
        if isinstance(command, SendMessage):
            self.talk.post.accept(command, at)
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
            self.talk.closing = True
            self._keyboard.press("ctrl-d")
        self._advance()

    def tick(self, at: float) -> None:
        """The deadline passed."""
        self.talk.now = at
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
            *self.talk.deadlines(),
        ]
        future = [time for time in times if time is not None and time > self.talk.now]
        due = [time for time in times if time is not None and time <= self.talk.now]
        if due and self._settle_at is not None and self._settle_at <= self.talk.now:
            return self.talk.now
        return min(future) if future else None

    @property
    def view(self) -> LiveView:
        """What the live region says."""
        return self.talk.view

    @property
    def counts(self) -> Counter[str]:
        """Committed lines by ``item``, ``chrome`` and ``unknown``."""
        return self.segmenter.counts

    # ---- the way up ---------------------------------------------------------------------------------------

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
                if self.second.takes(record, self.talk.now):
                    # The overlay is not the live region.
                    self._advance()
                    continue
            for kept in self.second.filter(record, self.talk.now):
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
                self.talk.cell(event)
        elif isinstance(change, Lost):
            if change.lost:
                self.readback.lost(self.talk.now)
            else:
                self.readback.found(self.talk.now)
        elif isinstance(change, Replaced):
            for event in self.segmenter.replace(change.first, change.last, change.lines):
                self.talk.cell(event)
        elif isinstance(change, Live):
            self._live(read(self.look, change.lines, _typed(change.frame)))

    def _live(self, view: LiveView) -> None:
        changed = view.status != self.view.status or view.reconnecting != self.view.reconnecting
        self.second.looked(view.status if changed and not view.reconnecting else "")
        if changed and view.status:
            self.talk.say(Status(at=self.talk.now, text=view.status, reconnecting=view.reconnecting))
        self.talk.view = view
        self.turns.busy = view.busy or self._title_busy
        self.turns.shows_running = bool(view.running)
        # A group that is being explored is announced when it has been read: only then its commands are known.
        running = [cell for cell in view.running if not self.second.reads_commands or cell.kind not in _READ]
        if view.running:
            # What runs came after the message before it: that message is whole.
            for event in self.segmenter.close():
                self.talk.cell(event)
            self.talk.steps(self.tracker.live(running))
        self.turns.blocked = view.dialog is not None or self.second.active
        self._ask(view.dialog)

    def _ask(self, dialog: OpenDialog | None) -> None:
        if dialog is None and self.dialogs.hidden and self.lookout.deadline(self.view, True, 0.0) is not None:
            return
        for said in self.dialogs.see(dialog, self.talk.now):
            if isinstance(said, DialogOpened):
                self.tracker.asked(said.subject)
            self.talk.say(said)

    def _unasked(self) -> float | None:
        """When a screen without a composer counts as a dialog that no rule knows."""
        if (
            self.frame is None
            or self.second.active
            or self.dialogs.open is not None
            or self.talk.wedged
            or self.talk.closing
        ):
            return None
        if self.traits.paste == "bracketed" and not self.terminal.modes.bracketed_paste:
            # It has given the terminal back, and is about to end.
            return None
        return self.lookout.deadline(self.view, self._ready, self.turns.last)

    def undelivered(self) -> list[SendMessage]:
        """Take the messages out that have not reached the model, in their order: for the session that comes next."""
        return self.outbox.take()

    # ---- the way down -------------------------------------------------------------------------------------

    def _overdue(self, at: float) -> None:
        """What was due before ``at`` comes first, however late the caller gets to it."""
        due = self.deadline()
        if due is not None and due < at and not self.talk.exited:
            self.tick(at)

    def _advance(self) -> None:
        """Let time-driven machines take their next step, until none has anything more to do."""
        for _ in range(_STEPS):
            before = self._standing()
            if self.talk.exited:
                return
            self._step()
            if self._standing() == before:
                return

    def _standing(self) -> object:
        """What one machine waits for another to do."""
        return (self._ready, self.turns.running, self.second.active, self.second.holds, self.outbox.state)

    def _step(self) -> None:
        self.talk.step()
        self._look_ready()
        self._read_again()
        self._read_back()
        if self._settle_at is None and not self.readback.active:
            self.talk.listen()
            if self.turns.over(self.talk.now) and not self.talk.awaits_word():
                self.talk.end_turn()
        if self.frame is not None and (limit := self._unasked()) is not None and self.talk.now >= limit:
            self._ask(self.lookout.guess([row.text for row in self.frame.rows]))
        if words := self.dialogs.words(self.talk.now):
            self._keyboard.paste(words)
        self._keyboard.press(*self.dialogs.step(self.talk.now))
        if self.turns.stalled(self.talk.now):
            self.interrupts.want()
        if not self.turns.blocked:
            ending = self.turns.ending
            self._keyboard.press(*self.interrupts.step(self.view.busy, self.turns.last, self.talk.now, ending))
        if self.turns.gave_up and self.turns.running and self.interrupts.failed(self.talk.now):
            # It cannot be stopped either. What the turn did stays done, so its message is not given again.
            self.talk.end_turn()
            self.talk.wedge("a turn without a sign of life cannot be stopped", None)
        rests = self._ready and not self.talk.wedged and self._settle_at is None
        rests = rests and not self.second.active and not self.second.holds
        rests = rests and not self.readback.active
        may_send = rests and not self.turns.running and not self.turns.busy
        if message := self.talk.post.step(self.view, may_send, self.turns.running, self.talk.now):
            self.talk.unseen(message)

    def _look_ready(self) -> None:
        """The composer is there, and the history has begun: what is sent before that, some releases draw over."""
        if not self._ready and self.view.composer is not None:
            self._seen_at = self.talk.now if self._seen_at is None else self._seen_at
            greeted = bool(self.segmenter.cells) or self.talk.now >= self._seen_at + _GREETING
            if greeted or not self.traits.greets:
                self._ready = True
                self.talk.say(Ready(at=self.talk.now))
        if self._ready:
            self._keyboard.unfocus()

    def _read_again(self) -> None:
        """Drive the second readings."""
        free = self.view.dialog is None and self.outbox.state == "idle" and self._ready
        if self.second.step(free, self.talk.now) and self.frame is not None:
            for change in self.collector.receive(self.frame):
                self._change(change)
        free = self.view.dialog is None and self.outbox.state == "idle" and self._ready
        self.second.settle(free, self.turns.running, self.talk.now, streams=self.talk.streams)
        self._keyboard.press(*self.second.keys())
        self.turns.blocked = self.view.dialog is not None or self.second.active

    def _read_back(self) -> None:
        """Scroll a pane back to what it moved past."""
        self._keyboard.press(*self.readback.step(self.talk.now))
        if self.readback.failed:
            self.readback.failed = False
            for event in self.segmenter.close():
                self.talk.cell(event)
            self.talk.say(Unrecognized(at=self.talk.now, lines=(_UNREAD,), look=self.look.name))
            self.drift["lines not read back"] += 1
            for change in self.collector.give_up():
                self._change(change)


def _typed(frame: Frame) -> str | None:
    """The text of the row in which a cursor is shown, if one is."""
    row = frame.cursor[1]
    return frame.rows[row].text if frame.cursor_visible and row < len(frame.rows) else None
