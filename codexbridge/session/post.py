"""Messages to Codex and their receipts: the outbox, the keyboard that it types on, the echoes that it waits for."""

from __future__ import annotations

from collections.abc import Callable

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.live import LiveView
from codexbridge.items.text import message_lines, plain
from codexbridge.session.api import Delivery, SendMessage
from codexbridge.session.keyboard import Keyboard
from codexbridge.session.outbox import Clear, Nudge, Outbox, Paste, Press, Unseen


class Post:
    """Delivers what is in ``outbox``; ``say`` takes the receipts."""

    def __init__(self, outbox: Outbox, keyboard: Keyboard, say: Callable[[Delivery], None]) -> None:
        self._outbox = outbox
        self._keyboard = keyboard
        self._say = say
        self._echo: SendMessage | None = None
        """The message whose echo is being drawn."""
        self._last: SendMessage | None = None
        """The last one that Codex took."""

    def accept(self, message: SendMessage, at: float) -> None:
        """A message is to be delivered."""
        self._outbox.queue.append(message)
        self._say(Delivery(at=at, message_id=message.id, state="accepted"))

    def step(self, view: LiveView, may_send: bool, may_steer: bool, at: float) -> SendMessage | None:
        """Write what can be written now. Gives a message that Codex works on although its echo was not seen."""
        while actions := self._outbox.step(view, may_send, may_steer, at):
            for action in actions:
                if isinstance(action, Paste):
                    self._keyboard.paste(action.text)
                elif isinstance(action, Press):
                    self._keyboard.press(*action.keys)
                elif isinstance(action, Clear):
                    self._keyboard.erase(action.characters)
                elif isinstance(action, Nudge):
                    self._keyboard.nudge()
                elif isinstance(action, Unseen):
                    # A turn begins with it: nothing more may be sent on what was known before.
                    self._last = self._outbox.echoed()
                    return self._last
                else:
                    self._say(Delivery(at=at, message_id=action.message.id, state="rejected", reason=action.reason))
        return None

    def unseen(self, message: SendMessage, at: float) -> None:
        """Its echo will not be seen any more: its receipt."""
        altered = self._outbox.prepared.altered
        reason = "its echo was not seen"
        self._say(Delivery(at=at, message_id=message.id, state="delivered", reason=reason, altered=altered))

    def opened(self) -> SendMessage | None:
        """The echo of a message begins; gives that message if it is one of ours."""
        message = self._echo = self._outbox.echoed()
        self._last = message or self._last
        return message

    def closed(self, cell: Cell, at: float) -> None:
        """An echo is whole: the receipt of its message."""
        message, self._echo = self._echo, None
        if message is not None:
            altered = self._outbox.altered(plain(message_lines(cell)))
            self._say(Delivery(at=at, message_id=message.id, state="delivered", altered=altered))

    def again(self, message_id: str | None) -> None:
        """The last message, if it is this one, did not reach the model: it is to be delivered once more."""
        if self._last is not None and self._last.id == message_id:
            self._outbox.queue.appendleft(self._last)
