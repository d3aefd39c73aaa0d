"""One session, while it runs: messages in, events out, and when it is over.

The bridge owns what the core must not know: the hub, the sidecar, the idle timer, what `/inject` means, and how
the session ends. Starting and stopping the processes and servers around it is :mod:`codexbridge.runtime.serve`.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from codexbridge.platform import wake
from codexbridge.platform.diagnostics import Diagnostic
from codexbridge.platform.events import (
    AgentError,
    AgentThinkingCancelled,
    Payload,
    SessionCompleted,
    SessionFailed,
    SessionStarted,
    UserMessage,
)
from codexbridge.platform.project import Projector, ended_by_itself
from codexbridge.platform.redact import Redactor
from codexbridge.runtime import uploads
from codexbridge.runtime.driver import Driver
from codexbridge.runtime.hub import Hub
from codexbridge.runtime.inject_app import ShutdownRequest
from codexbridge.runtime.metrics import Metrics
from codexbridge.runtime.receipts import WAITING, Busy, Receipts
from codexbridge.runtime.settings import Settings
from codexbridge.runtime.sidecar import Sidecar
from codexbridge.session import api
from codexbridge.terminal.records import Frame

log = logging.getLogger(__name__)

SEED = "seed"
"""The message id of the first turn, which comes from the environment."""

_ANSWERED = 0.3
"""Seconds between a request for the end that came within a turn, and the end."""

_READY = 60.0
"""Seconds after which a Codex without a composer is reported."""


class Outcome(msgspec.Struct, frozen=True):
    """How the session ended. ``text`` is its result, or its error."""

    success: bool
    text: str
    quoted: bool = False
    """The text is that of whoever asked for the end: not for the log."""


class Bridge:
    """Takes inputs (:class:`codexbridge.runtime.inject_app.Inputs`) and watches the core; ``over`` says the end."""

    def __init__(
        self,
        settings: Settings,
        hub: Hub,
        projector: Projector,
        sidecar: Sidecar | None,
        metrics: Metrics | None = None,
    ) -> None:
        self.settings = settings
        self.hub = hub
        self.metrics = metrics or Metrics()
        self.driver: Driver | None = None
        self.ready = False
        self.turn_running = False
        self.last_turn: api.TurnCompleted | None = None
        self._projector = projector
        self._sidecar = sidecar
        self._correlator = wake.Correlator()
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[Outcome] = self._loop.create_future()
        self.receipts = Receipts(self._loop.time)
        self.allow_keys = settings.allow_keys
        self.waiting: Callable[[], int] = lambda: 0
        """How many messages the core has that are not delivered."""
        self.screen: Callable[[], Frame | None] = lambda: None
        """What Codex shows."""
        self.redactor = Redactor()
        """Takes secrets out of what is shown beside the stream."""
        self.restart: Callable[[api.Wedged], None] = lambda wedged: None
        """Called when Codex has stopped listening."""
        self._messages: asyncio.Queue[api.SendMessage] = asyncio.Queue()
        self._open = asyncio.Event()
        self._fetching = 0
        self._feeder: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._waiting_for_ready: asyncio.TimerHandle | None = None
        self._talked = False
        self._dialogs: dict[str, api.DialogOpened] = {}

    # ---- events out -----------------------------------------------------------------------------------------

    def emit(self, event: Payload) -> None:
        """Publish ``event``; the first that answers a message carries its id."""
        stamped = self._correlator.stamp(event)
        self.hub.publish(stamped)
        self.metrics.published(stamped)
        if not event.TRANSIENT:
            self.touch()

    async def tell(self, event: Payload) -> None:
        """Say how the session stands: to the sidecar, or on the stream where there is none that listens."""
        if self._sidecar is None or not await self._sidecar.post(event):
            self.emit(event)

    def touch(self) -> None:
        """Something happened: the session is not idle."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self.settings.idle and self.settings.mode == "interactive" and not self.over.done():
            self._idle = self._loop.call_later(self.settings.idle, self._idled)

    def _idled(self) -> None:
        self._idle = None
        if self.turn_running or (self.ready and self.queued):
            self.touch()
        else:
            self.finish(True, "Session closed due to inactivity")

    # ---- messages in ----------------------------------------------------------------------------------------

    def inject(self, body: dict[str, Any]) -> None:
        """Take a message: show that it came, then let it be delivered in its turn. A redelivery does nothing.

        Raises :exc:`Busy` where too many wait.
        """
        told = wake.classify(body, str(uuid.uuid4()))
        answers = body.get("request_id") in self._dialogs if isinstance(body.get("request_id"), str) else False
        if self.queued >= WAITING and not answers and not self.receipts.knows(told.event_id):
            raise Busy(self.queued)
        if not self.receipts.accept(told.event_id):
            log.info("message %s came before; ignored", told.event_id)
            return
        self._talked = True
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.emit(wake.thinking(told, self.settings.session_id, started_at))
        self._correlator.arm(told.event_id)
        if told.echo is not None:
            self.emit(told.echo)
        text = str(body["text"])
        if answers:
            self._answer(told.event_id, str(body["request_id"]), text)
            return
        if not text.strip():
            # Codex takes no empty message; whoever waits for an answer must not wait for ever.
            self._cancel("empty message")
            self.receipts.reject(told.event_id, "empty: there is nothing in it")
            return
        sender = body.get("sender_id")
        self._messages.put_nowait(
            api.SendMessage(
                id=told.event_id,
                text=text,
                sender=sender if isinstance(sender, str) else "",
                steer=body.get("steer") is True,
            )
        )

    def _answer(self, event_id: str, request_id: str, text: str) -> None:
        """Give ``text`` as the answer to an open dialog."""
        try:
            self.tell_core(api.Answer(dialog_id=request_id, choice=_choice(text, self._dialogs[request_id])))
        except ValueError as error:
            message = f"The answer was not understood: {error}"
            self.emit(AgentError(message=message, recoverable=True))
            self.receipts.reject(event_id, message)
        else:
            self.receipts.answered(event_id)

    def seed(self, text: str) -> None:
        """Begin with ``text``."""
        self._talked = True
        self.emit(UserMessage(text=text))
        self._messages.put_nowait(api.SendMessage(id=SEED, text=text))

    @property
    def queued(self) -> int:
        """Messages that are not delivered yet."""
        return self._messages.qsize() + self._fetching + self.waiting()

    def tell_core(self, command: api.AnyCommand) -> None:
        """Raises ValueError for a command that makes no sense, and where Codex does not run."""
        if self.driver is None:
            raise ValueError("Codex does not run")
        self.touch()
        self.driver.command(command)

    def keepalive(self) -> None:
        """Somebody is watching."""
        self.touch()

    def shutdown(self, request: ShutdownRequest) -> None:
        """Somebody asked for the end."""
        text = request.summary if request.success else request.error or request.summary
        # A tool of Codex's may have asked: let it see the answer, and Codex draw it.
        wait = _ANSWERED if self.turn_running else 0.0
        self._loop.call_later(wait, self.finish, request.success, text, text != ShutdownRequest().summary)

    async def _feed(self) -> None:
        """Hand messages to the core in their order, uploads resolved."""
        while True:
            message = await self._messages.get()
            if self._sidecar is not None and uploads.has_tokens(message.text):
                self._fetching = 1
                text, images = await uploads.expand(message.text, self.settings.workspace, self._sidecar.upload)
                message = msgspec.structs.replace(message, text=text, images=images)
                self._fetching = 0
            self._fetching = 1
            await self._open.wait()
            self._fetching = 0
            if self.driver is not None:
                self.driver.command(message)

    def _cancel(self, reason: str) -> AgentThinkingCancelled | None:
        event = self._correlator.cancel(self.settings.session_id, reason)
        if event is not None:
            self.emit(event)
        return event

    # ---- the course of the session --------------------------------------------------------------------------

    async def begin(self, driver: Driver) -> None:
        """Codex runs: let messages through. Call :meth:`end` in the end."""
        self.resume(driver, [])
        self._feeder = asyncio.create_task(self._feed())
        self._waiting_for_ready = self._loop.call_later(_READY, self._not_ready)
        self.touch()

    def pause(self) -> None:
        """Codex is being started again: messages wait."""
        self._open.clear()
        self.driver = None
        self.turn_running = False

    def resume(self, driver: Driver, messages: Sequence[api.SendMessage]) -> None:
        """Codex runs (again): let messages through, ``messages`` first."""
        self.driver = driver
        driver.start()
        for message in messages:
            driver.command(message)
        self._open.set()

    async def announce(self) -> None:
        """Say that the session has started."""
        started = SessionStarted(agent_id=self.settings.agent_id, session_id=self.settings.session_id)
        await self.tell(started)

    def observe(self, event: api.AnyEvent) -> None:
        """What the core said, after it was published."""
        self.metrics.observed(event)
        self.receipts.observe(event)
        if isinstance(event, api.Ready):
            self.ready = True
            if self._waiting_for_ready is not None:
                self._waiting_for_ready.cancel()
        elif isinstance(event, api.TurnStarted):
            self.turn_running = True
        elif isinstance(event, api.TurnCompleted):
            self._turn_completed(event)
        elif isinstance(event, api.Delivery) and event.state == "rejected":
            if self.settings.mode == "oneshot" and event.message_id == SEED:
                self.finish(False, f"the prompt was not delivered: {event.reason or 'Codex did not take it'}")
        elif isinstance(event, api.DialogClosed):
            self._dialogs.pop(event.dialog_id, None)
        elif isinstance(event, api.DialogOpened):
            if event.answerable:
                self._dialogs[event.dialog_id] = event
            elif self.settings.mode == "oneshot" and not event.choice:
                # Nobody is there who could answer.
                self.finish(False, f"Codex asks something and waits ({event.subject}): {event.text}")
        elif isinstance(event, api.Wedged):
            self._wedged(event)
        elif isinstance(event, api.Exited) and not event.expected:
            self.finish(False, ended_by_itself(event))

    def loggable(self, text: str) -> str:
        """``text`` for the log: without what was talked about, once there was talk.

        Errors quote the screen, commands and dialogs after a colon; before the first message these are Codex's
        own words, and what a person needs who looks why it does not start.
        """
        return text.split(":", 1)[0] if self._talked and not log.isEnabledFor(logging.DEBUG) else text

    def finish(self, success: bool, text: str, quoted: bool = False) -> None:
        """The session is over; only the first word counts."""
        if not self.over.done():
            self.over.set_result(Outcome(success, text, quoted))

    async def end(self) -> None:
        """Stop timers and take the typing indicator away."""
        for timer in (self._idle, self._waiting_for_ready):
            if timer is not None:
                timer.cancel()
        if self._feeder is not None:
            self._feeder.cancel()
        self.receipts.close("the session ended before it was delivered")
        if self._cancel("graceful_shutdown") is not None:
            await asyncio.sleep(0.05)
        if self._idle is not None:
            self._idle.cancel()

    async def conclude(self, outcome: Outcome) -> None:
        """The last event of the session."""
        event: Payload = SessionCompleted(result=outcome.text) if outcome.success else SessionFailed(error=outcome.text)
        await self.tell(event)

    def _turn_completed(self, event: api.TurnCompleted) -> None:
        self.turn_running = False
        self.last_turn = event
        if self._projector.stop is not None:
            self.finish(False, self._projector.stop.message)
        elif self.settings.mode == "oneshot":
            if event.status == "completed":
                self.finish(True, "oneshot complete")
            else:
                self.finish(False, event.error or f"the turn was {event.status}")

    def _wedged(self, event: api.Wedged) -> None:
        if self.over.done():
            return
        lost = f"; {len(event.lost)} message had no effect and is given again" if event.lost else ""
        message = f"Codex stopped listening ({event.reason}) and is started again{lost}."
        self.emit(AgentError(message=message, recoverable=True))
        self.restart(event)

    def _not_ready(self) -> None:
        self._waiting_for_ready = None
        message = f"Codex has not come up within {_READY:.0f} s; messages wait until it does."
        self.emit(AgentError(message=message, recoverable=True))


_YES = frozenset({"accept", "approve", "approved", "allow", "yes", "y", "ok"})
_NO = frozenset({"decline", "declined", "deny", "denied", "reject", "no", "n"})


def _choice(text: str, dialog: api.DialogOpened) -> str:
    """The choice that a person's answer names: by its key, its label, or a plain yes or no; else its words."""
    words = " ".join(text.split()).lower()
    for choice, label in dialog.options:
        if words in (choice.lower(), label.lower()):
            return choice
    if dialog.free:
        return text if words not in ("decline", "cancel") else words
    first = words.strip(".!").split(" ")[0].strip(",.:;!") if words else ""
    return "accept" if first in _YES else "decline" if first in _NO else words


def publisher(bridge: Bridge) -> Callable[[Payload], None]:
    """What the driver publishes to: the stream, and the log for what a person should see there too."""

    def publish(event: Payload) -> None:
        bridge.emit(event)
        if isinstance(event, AgentError):
            log.warning("%s", bridge.loggable(event.message))
        elif isinstance(event, Diagnostic):
            log.debug("%s", event)

    return publish
