"""The core: one object that is fed bytes, commands and the time, and gives events and bytes to write.

See :mod:`codexbridge.session.api` for how it is driven. It has no clock and does no I/O; every wait is a
deadline. What Codex draws never raises; misuse by the caller does.
"""

from __future__ import annotations

from collections import Counter, deque

import msgspec

from codexbridge.grammar.cells import Cell, CellEvent, Segmenter
from codexbridge.grammar.live import LiveView, read
from codexbridge.grammar.look import Look, load
from codexbridge.grammar.rawtext import raw_commands
from codexbridge.grammar.releases import Release, Table, table
from codexbridge.items.large import fit
from codexbridge.items.model import AgentMessage, CommandExecution, Error
from codexbridge.items.preview import agree
from codexbridge.items.restated import is_certain
from codexbridge.items.text import message_lines, plain
from codexbridge.items.tracker import Step, Tracker
from codexbridge.session.api import (
    Answer,
    AnyCommand,
    AnyEvent,
    Close,
    Delivery,
    DialogOpened,
    Exited,
    Interrupt,
    ItemCompleted,
    ItemStarted,
    ItemUpdated,
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
from codexbridge.session.dialogs import Desk, Dialogs
from codexbridge.session.gate import Gate
from codexbridge.session.headings import Headings
from codexbridge.session.interrupts import Interrupts
from codexbridge.session.outbox import Clear, Outbox, Paste, Press, Unseen
from codexbridge.session.readback import ReadBack
from codexbridge.session.reading import Reading
from codexbridge.session.restating import Restating
from codexbridge.session.traits import traits
from codexbridge.session.turns import Timing, Turns
from codexbridge.terminal.keys import encode_focus, encode_key, encode_paste
from codexbridge.terminal.records import Frame, Osc, Record
from codexbridge.terminal.terminal import Terminal
from codexbridge.transcript.collectors import collector
from codexbridge.transcript.lines import Change, Committed, Live, Lost, Replaced

_GREETING = 2.0
"""Seconds after which a release that greets is taken as ready without its greeting."""

_UNREAD = "[more came at once than the pane shows, and it could not be scrolled back to]"

_STEPS: dict[str, type[ItemStarted | ItemUpdated | ItemCompleted]] = {
    "started": ItemStarted,
    "updated": ItemUpdated,
    "completed": ItemCompleted,
}
_ORDERED = (ItemStarted, ItemUpdated, ItemCompleted, TurnStarted, TurnCompleted, Unrecognized, Wedged)
"""Events that keep their order behind an item that waits to be made whole."""


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
        self.release, support = (releases or table()).find(version)
        self.look: Look = load(look or self.release.look).fitted(self.release.traits)
        size = (columns or self.release.columns, rows or self.release.rows)
        self.terminal = Terminal(*size, self.release.frames, self.release.controls)
        self.look.columns = columns or self.release.columns
        self.collector = collector(self.release.delivery)
        self.segmenter = Segmenter(self.look)
        self.tracker = Tracker(self.look)
        facts = self.release.traits
        self.turns = Turns(bool(facts.get("notifies", False)), _timing(facts))
        self.traits = traits(self.look.traits, facts)
        self.outbox = Outbox(self.traits)
        self.dialogs = Dialogs(desk or Desk())
        self.interrupts = Interrupts(self.traits)
        self.readback = ReadBack(self.release.traits.get("scroll"))
        self.headings = Headings(self.look.signals.get("own_status"))
        self.gate = Gate(self.tracker.new_id)
        self.reading = Reading(self.look.pager if self.traits.reading == "overlay" else None)
        self.restating = Restating(self.traits.raw)
        self.view = LiveView()
        self.frames = 0
        self.drift: Counter[str] = self.tracker.drift
        self._events: deque[AnyEvent] = deque()
        self._unheaded: list[AnyEvent] | None = None
        self._out = bytearray()
        self._now = at
        self._settle_at: float | None = None
        self._ready = False
        self._seen_at: float | None = None
        """When the composer was there first."""
        self._unfocused = False
        self._echo: SendMessage | None = None
        self._closing = False
        self._exited = False
        self._wedged = False
        self._restored = resumed
        """What Codex draws is the conversation before this start, until a message of ours is echoed."""
        self._last_sent: SendMessage | None = None
        self._sign = at
        """When the history last grew."""
        self._given_up = False
        self.frame: Frame | None = None
        """What the screen shows."""
        self._title_busy = False
        self._preview = ""
        """What the last notification said."""
        self._say(Started(at=at, version=version, look=self.look.name, row=self.release.version, support=support))

    # ---- inputs -------------------------------------------------------------------------------------------

    def receive(self, data: bytes, at: float) -> None:
        """Feed what the pty gave."""
        self._now = at
        self.turns.touched(at)
        self.readback.touched(at)
        self._settle_at = at + self.turns.timing.quiet
        self._take(self.terminal.feed(data))
        self._out += self.terminal.data_to_send()
        self._advance()

    def receive_eof(self, at: float, status: int | None) -> None:
        """The child ended with ``status`` (negative: by that signal; None: unknown)."""
        if self._exited:
            return
        self._now = at
        self._exited = True
        self._take(self.terminal.settle())
        if self.turns.running:
            self._end_turn()
        for event in self.segmenter.close():
            self._cell(event)
        self._let_out(at_once=True)
        frame = self.frame
        seen = tuple(row.text for row in frame.rows if row.text.strip())[-40:] if frame else ()
        self._say(Exited(at=at, status=status, expected=self._closing, screen=seen))

    def command(self, command: AnyCommand, at: float) -> None:
        """Take a command; raises ValueError for one that makes no sense (an answer to no open dialog)."""
        self._now = at
        if isinstance(command, SendMessage):
            self.outbox.queue.append(command)
            self._say(Delivery(at=at, message_id=command.id, state="accepted"))
        elif isinstance(command, Interrupt):
            if self.turns.running:
                self.interrupts.want()
        elif isinstance(command, Keys):
            for key in command.keys:
                if key.startswith("text:"):
                    self._out += key[5:].encode()
                else:
                    self._press(key)
        elif isinstance(command, Answer):
            self.dialogs.answer(command)
        elif isinstance(command, Resize):
            self.terminal.resize(command.columns, command.rows)
        elif isinstance(command, Close):
            self._closing = True
            self._press("ctrl-d")
        self._advance()

    def tick(self, at: float) -> None:
        """The deadline passed."""
        self._now = at
        if self._settle_at is not None and at >= self._settle_at:
            self._settle_at = None
            self._take(self.terminal.settle())
            self._out += self.terminal.data_to_send()
        self._advance()

    # ---- outputs ------------------------------------------------------------------------------------------

    def events(self) -> list[AnyEvent]:
        """What happened since the last call, in order."""
        events = list(self._events)
        self._events.clear()
        return events

    def data_to_send(self) -> bytes:
        """What to write to the pty."""
        data = bytes(self._out)
        self._out.clear()
        return data

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
            *self.reading.deadlines(),
            self._patience(),
            *self.restating.deadlines(),
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
        if self._unheaded is not None and isinstance(event, _ORDERED):
            self._unheaded.append(event)
            return
        if isinstance(event, _ORDERED) and self.gate.pass_on(event):
            return
        self._events.append(event)

    def _head(self) -> None:
        """Let reasonings out that waited for the frame that shows their heading."""
        waiting, self._unheaded = self._unheaded, None
        for event in waiting or ():
            if isinstance(event, ItemCompleted):
                event = msgspec.structs.replace(event, item=self.headings.restore(event.item))
            self._say(event)

    def _take(self, records: list[Record]) -> None:
        for record in records:
            if isinstance(record, Osc):
                self._signal(record)
            elif isinstance(record, Frame):
                self.frame = record
                self.frames += 1
                busy = self.look.signals.get("title_busy")
                self._title_busy = bool(busy and busy.fullmatch(record.title))
                if self.reading.active:
                    self.reading.frame(record, self._now)
                if self.reading.active:
                    # The overlay is not the live region.
                    continue
                if self.reading.is_page(record):
                    self._press(*self.reading.stray(self._now))
                    continue
            for kept in self.restating.filter(record, self._now):
                for change in self.collector.receive(kept):
                    self._change(change)

    def _signal(self, record: Osc) -> None:
        if record.number == 9:
            self._preview = record.payload
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
            self._live(read(self.look, change.lines))

    def _cell(self, event: CellEvent) -> None:
        cell = event.cell
        self._sign = self._now
        if "duration" in cell.match.groups and cell.kind in ("chrome", "turn_end"):
            self.turns.lasted(cell.match.groups["duration"])
        if cell.kind == "turn_end":
            if event.what == "closed":
                self.turns.told()
            return
        if cell.kind == "chrome":
            return
        message: SendMessage | None = None
        if cell.kind == "user_message" and event.what == "opened":
            message = self.outbox.echoed()
            self._last_sent = message or self._last_sent
            self._restored = self._restored and message is None
        if self._restored:
            return
        if cell.kind == "user_message" and event.what == "opened":
            if self.turns.running and not self.turns.busy and not (message and message.steer):
                # The turn before ended and this echo is the first that is seen of it.
                self._end_turn(before=cell)
            if not self.turns.running:
                self._begin_turn(message.id if message else None)
            self._echo = message
        if cell.kind == "user_message" and event.what == "closed" and self._echo is not None:
            self._delivered(self._echo, cell)
        if cell.kind == "interrupted" and event.what == "closed":
            self.turns.interrupted()
        elif cell.kind not in ("error", "notice", "user_message"):
            self.turns.work()
        if cell.kind == "unknown" and event.what == "closed":
            lines = tuple(line.text for line in cell.lines)
            self._say(Unrecognized(at=self._now, lines=lines, look=self.look.name))
        steps = self.tracker.cell(event)
        self._agree(steps)
        if cell.kind == "reasoning" and event.what == "closed":
            if self.headings.known:
                steps = [Step(step.what, self.headings.restore(step.item)) for step in steps]
            else:
                # Drawn by the same frame as its heading, which comes after it: wait for that.
                self._unheaded = self._unheaded or []
        if self._reads_commands and event.what == "closed":
            group = cell.kind in ("explored", "ran_group")
            if group or any(self._in_part(step) for step in steps):
                self._head()
                self.gate.hold(steps, group, len(steps) if cell.kind == "ran_group" else 0)
                (self.reading if self.reading.pager is not None else self.restating).want(self._now)
                return
            self.gate.saw([step.item for step in steps])
        if self.restating.able and not self._exited and any(_may_differ(step) for step in steps):
            self.gate.hold_message(steps)
            self.restating.want(self._now)
            return
        self._steps(steps)

    def _agree(self, steps: list[Step]) -> None:
        """What the notification at the end of a turn quotes of its last message is the source of its beginning."""
        for step in steps:
            if step.what == "completed" and isinstance(step.item, AgentMessage) and self._preview:
                step.item.text = agree(step.item.text, self._preview)

    def _in_part(self, step: Step) -> bool:
        """Whether a step completes a command of which the history does not show everything."""
        item = step.item
        if step.what != "completed" or not isinstance(item, CommandExecution):
            return False
        return bool(item.elided or item.elided_command or (item.status == "failed" and item.exit_code is None))

    def _steps(self, steps: list[Step]) -> None:
        for step in steps:
            if step.what == "completed" and isinstance(step.item, Error) and not step.item.recoverable:
                self.turns.failed(step.item.message)
            fit(step.item)
            if isinstance(step.item, CommandExecution) and step.item.by_user:
                self.outbox.misread("Codex ran the text as a command", self._now)
            self._say(_STEPS[step.what](at=self._now, turn=self.turns.number, item=step.item))

    def _live(self, view: LiveView) -> None:
        changed = view.status != self.view.status or view.reconnecting != self.view.reconnecting
        if changed and view.status and not view.reconnecting:
            self.headings.status(view.status)
        self._head()
        if changed and view.status:
            self._say(Status(at=self._now, text=view.status, reconnecting=view.reconnecting))
        self.view = view
        self.turns.busy = view.busy or self._title_busy
        # A group that is being explored is announced when it has been read: only then its commands are known.
        running = [cell for cell in view.running if not self._reads_commands or cell.kind != "explored"]
        if view.running:
            # What runs came after the message before it: that message is whole.
            for event in self.segmenter.close():
                self._cell(event)
            self._steps(self.tracker.live(running))
        self.turns.blocked = view.dialog is not None or self._second
        for said in self.dialogs.see(view.dialog, self._now):
            if isinstance(said, DialogOpened):
                self.tracker.asked(said.subject)
            self._say(said)

    def _begin_turn(self, message_id: str | None) -> None:
        self._preview = ""
        self.headings.turn()
        number = self.turns.begin(self._now, message_id)
        self._given_up = False
        self._say(TurnStarted(at=self._now, turn=number, message_id=message_id))

    def _end_turn(self, before: Cell | None = None) -> None:
        """End the running turn; ``before`` is a cell already open that does not belong to it."""
        if before is None:
            for event in self.segmenter.close():
                self._cell(event)
        self._head()
        self.interrupts.done()
        silent = not self.turns.acted and before is None and not self._exited
        message_id = self.turns.message_id
        status, error = self.turns.end()
        if silent:
            status, error = "failed", "Codex took the message and did nothing with it"
        elif self._given_up:
            status, error = "failed", f"no sign of life in {self.traits.patience:.0f} s: the turn was stopped"
        self._steps(self.tracker.turn_ended(status))
        left = self.view.footer.get("context_left")
        self._say(
            TurnCompleted(
                at=self._now,
                turn=self.turns.number,
                status=status,
                error=error,
                duration=self.turns.duration,
                context_left=int(left) if left else None,
            )
        )
        if silent:
            self._wedge(error, (message_id,) if message_id else ())
        elif status == "failed" and self.traits.wedges_after_error:
            self._wedge("after an error this Codex sends no more messages", ())

    def _patience(self) -> float | None:
        """When a turn that shows nothing counts as one that will never end."""
        if not self.traits.patience or not self.turns.running or self.turns.blocked or self.view.running:
            return None
        return self._sign + self.traits.patience

    def _wedge(self, reason: str, lost: tuple[str, ...]) -> None:
        """Codex has stopped listening: nothing more goes in, and whoever runs it must start it again."""
        if not self._wedged and not self._closing:
            self._wedged = True
            if self._last_sent is not None and self._last_sent.id in lost:
                self.outbox.queue.appendleft(self._last_sent)
            self._say(Wedged(at=self._now, reason=reason, lost=lost))

    def undelivered(self) -> list[SendMessage]:
        """Take the messages out that have not reached the model, in their order: for the session that comes next."""
        return self.outbox.take()

    # ---- the way down -------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Let time-driven machines take their next step."""
        if self._exited:
            return
        self._look_ready()
        self._read()
        self._restate()
        self._read_back()
        if self.turns.over(self._now) and self._settle_at is None and not self.readback.active:
            self._end_turn()
        self._press(*self.dialogs.step(self._now))
        if (limit := self._patience()) is not None and self._now >= limit and not self._given_up:
            self._given_up = True
            self.interrupts.want()
        if not self.turns.blocked:
            self._press(*self.interrupts.step(self.view.busy, self.turns.last, self._now))
        rests = self._ready and not self._wedged and self._settle_at is None
        rests = rests and not self._second and not self.gate.shut
        rests = rests and not self.readback.active
        may_send = rests and not self.turns.running and not self.turns.busy
        while actions := self.outbox.step(self.view, may_send, self.turns.running, self._now):
            for action in actions:
                if isinstance(action, Paste):
                    self._out += self._typed(action.text)
                elif isinstance(action, Press):
                    self._press(*action.keys)
                elif isinstance(action, Unseen):
                    self._unseen()
                elif isinstance(action, Clear):
                    # The cursor may stand at either end: after a refused command it is put to the front.
                    self._press(*["backspace"] * action.characters, *["delete"] * action.characters)
                else:
                    self._say(
                        Delivery(at=self._now, message_id=action.message.id, state="rejected", reason=action.reason)
                    )

    @property
    def _second(self) -> bool:
        """Whether a second reading has the screen."""
        return self.reading.active or self.restating.active

    @property
    def _reads_commands(self) -> bool:
        """Whether commands that the history shows in part can be read whole."""
        by_raw = self.traits.reading == "raw" and self.restating.able and not self._exited
        return self.reading.pager is not None or by_raw

    def _look_ready(self) -> None:
        """The composer is there, and the history has begun: what is sent before that, some releases draw over."""
        if not self._ready and self.view.composer is not None:
            self._seen_at = self._now if self._seen_at is None else self._seen_at
            greeted = bool(self.segmenter.cells) or self._now >= self._seen_at + _GREETING
            if greeted or not self.traits.greets:
                self._ready = True
                self._say(Ready(at=self._now))
        if self._ready and not self._unfocused and self.terminal.modes.focus_reporting:
            # Codex notifies only a terminal that lost the focus; the notification tells the end of a turn.
            self._unfocused = True
            self._out += encode_focus(False)

    def _restate(self) -> None:
        """Drive the raw reading: have the history restated for the messages that are held, and let them out."""
        free = self.reading.state == "idle" and self.outbox.state == "idle"
        was_pending = self.restating.pending
        may = free and self.view.dialog is None and self._ready
        self._press(*self.restating.step(may, self._now, within=self.turns.running))
        if self.restating.fresh:
            self.restating.fresh = False
            self.gate.settle_messages(self.restating.lines)
            if self.look.pager is not None and self.traits.reading == "raw":
                self.gate.settle(raw_commands(self.restating.lines, self.look.pager), last=True)
        if was_pending and not self.restating.pending and self.reading.state == "idle":
            self._let_out()
        self.turns.blocked = self.view.dialog is not None or self._second

    def _read(self) -> None:
        """Drive the second reading: open the overlay for what is held, read it, close it, let everything out."""
        reading = self.reading
        if reading.state == "idle" and self.gate.waiting and reading.pager is not None:
            reading.want(self._now)
        elif reading.state == "idle" and self.gate.shut:
            self._let_out()
        if reading.pager is None or reading.state == "idle":
            return
        may_open = self.view.dialog is None and self.outbox.state == "idle" and self._ready
        may_open = may_open and not self.restating.active
        was_active = reading.active
        self._press(*reading.step(may_open, self._now))
        if was_active and not reading.active and self.frame is not None:
            for change in self.collector.receive(self.frame):
                self._change(change)
        if reading.fresh or reading.over:
            if self.gate.settle(reading.shown(), last=reading.over):
                self._press(*reading.close(self._now))
                self._let_out()
            else:
                self._press(*reading.more(self._now))
        self.turns.blocked = self.view.dialog is not None or reading.active

    def _let_out(self, at_once: bool = False) -> None:
        if self.restating.pending and not at_once:
            return
        for entry in self.gate.release():
            if isinstance(entry, Step):
                self._steps([entry])
            else:
                self._say(entry)

    def _read_back(self) -> None:
        """Scroll a pane back to what it moved past."""
        self._press(*self.readback.step(self._now))
        if self.readback.failed:
            self.readback.failed = False
            for event in self.segmenter.close():
                self._cell(event)
            self._say(Unrecognized(at=self._now, lines=(_UNREAD,), look=self.look.name))
            self.drift["lines not read back"] += 1
            for change in self.collector.give_up():
                self._change(change)

    def _typed(self, text: str) -> bytes:
        """A text on its way into the composer: a paste, or keys where the release knows no paste."""
        return encode_paste(text, self.terminal.modes)

    def _unseen(self) -> None:
        """Codex works on the current message, whose echo was not seen."""
        message = self._last_sent = self.outbox.echoed()
        if message is not None:
            altered = self.outbox.prepared.altered
            self._restored = False
            self._begin_turn(message.id)
            self.turns.acted = True
            self._say(
                Delivery(
                    at=self._now,
                    message_id=message.id,
                    state="delivered",
                    reason="its echo was not seen",
                    altered=altered,
                )
            )

    def _delivered(self, message: SendMessage, cell: Cell) -> None:
        """The echo of ``message`` is whole."""
        self._echo = None
        altered = self.outbox.altered(plain(message_lines(cell)))
        self._say(Delivery(at=self._now, message_id=message.id, state="delivered", altered=altered))

    def _press(self, *keys: str) -> None:
        for key in keys:
            self._out += encode_key(key, self.terminal.modes)


def _may_differ(step: Step) -> bool:
    """Whether a step completes a message whose source may be other than what was restored from its drawing."""
    return step.what == "completed" and isinstance(step.item, AgentMessage) and not is_certain(step.item.text)


def _timing(traits: dict[str, object]) -> Timing:
    idle = traits.get("idle")
    return Timing(idle=float(idle)) if isinstance(idle, (int, float)) else Timing()
