"""Messages on their way into the composer: paste, see it, press Enter, see the echo.

One message at a time, first in, first out. Nothing is written before the composer is there and empty; Enter is a
write of its own, after the text has been seen; a message counts as delivered when the history echoes it. A text
that does not come to stand, or is not taken, is removed and tried again within a limit; then it is rejected.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from codexbridge.grammar.live import LiveView
from codexbridge.session.api import SendMessage
from codexbridge.session.literal import Prepared, echoes, parts, prepare, same, shows, stands
from codexbridge.session.traits import Traits

State = Literal["idle", "clearing", "attaching", "pasted", "closing", "entered"]


class Pace(msgspec.Struct, frozen=True):
    """Seconds and counts of a delivery."""

    submit: float = 0.08
    """Least pause between text and Enter."""
    appear: float = 5.0
    """How long the composer may take to show the text."""
    bulk: float = 20_000.0
    """Characters that a release takes in a second: long texts may take longer to appear."""
    echo: float = 5.0
    """How long the text may stay in the composer after Enter before Enter is pressed again."""
    taken: float = 30.0
    """How long the echo may take once the composer is empty."""
    unseen: float = 3.0
    """How long Codex may work before a message counts as taken without its echo."""
    key: float = 0.02
    """Between two backspaces, where each must come alone."""
    clear: float = 1.0
    """How long the composer may take to empty."""
    tries: int = 3
    nudge: float = 0.4
    """How long what was written may have no effect before Codex is nudged, again and again."""
    nudges: int = 25
    """Most nudges for one step."""


class Paste(msgspec.Struct, frozen=True, tag=True):
    text: str


class Press(msgspec.Struct, frozen=True, tag=True):
    keys: tuple[str, ...]


class Clear(msgspec.Struct, frozen=True, tag=True):
    """Empty the composer, which holds at most ``characters``."""

    characters: int


class Nudge(msgspec.Struct, frozen=True, tag=True):
    """Write something that means nothing, if there is such a thing.

    Codex waits for input that comes, not for input that is there: of what came while it was busy it reads 1,024 bytes,
    stops at the first event in them, and leaves the rest where it is until more comes.
    """


class Rejected(msgspec.Struct, frozen=True, tag=True):
    message: SendMessage
    reason: str


class Unseen(msgspec.Struct, frozen=True, tag=True):
    """Codex took the text and works, but its echo does not come: it was drawn where nobody saw it."""


Action = Paste | Press | Clear | Nudge | Rejected | Unseen


class Outbox:
    """The delivery machine. It says what to write; the session writes it."""

    def __init__(self, traits: Traits, pace: Pace | None = None) -> None:
        self.traits = traits
        self.pace = pace or Pace(submit=traits.submit_delay, appear=traits.appear)
        self.queue: deque[SendMessage] = deque()
        self.state: State = "idle"
        self.current: SendMessage | None = None
        """The message that is being delivered; it is not in the queue any more."""
        self.prepared = Prepared("", "")
        self._since = 0.0
        self._tries = self._enters = self._clears = self._nudges = 0
        self._give_up = ""
        self._worked = False
        self._answered = False
        self._images: list[str] = []
        """Paths that are still to be attached."""
        self._front = ""
        """What the composer shows of the images that are attached."""
        self._refused = False
        """Codex did not take an image for one: the text, which names it, goes alone."""

    def __len__(self) -> int:
        """How many messages are not delivered yet."""
        return len(self.queue) + (self.current is not None)

    def take(self) -> list[SendMessage]:
        """Everything that is not delivered, taken out."""
        waiting = [*([self.current] if self.current else []), *self.queue]
        self.queue.clear()
        self.current, self.state = None, "idle"
        return waiting

    # ---- what to do ---------------------------------------------------------------------------------------

    def step(self, view: LiveView, may_send: bool, may_steer: bool, at: float) -> list[Action]:
        """What to do now, given the screen, and whether it is settled with no turn running (or one to steer)."""
        return self._move(view, may_send, may_steer, at) or self._nudge(view, at)

    def _nudge(self, view: LiveView, at: float) -> list[Action]:
        if self.current is None or view.composer is None or view.dialog is not None:
            return []
        if self.state == "entered" and not view.composer.text:
            return []
        if self._nudges >= self.pace.nudges or at < self._since + (self._nudges + 1) * self.pace.nudge:
            return []
        self._nudges += 1
        return [Nudge()]

    def _move(self, view: LiveView, may_send: bool, may_steer: bool, at: float) -> list[Action]:
        if self.current is None:
            message = self._next(may_send, may_steer and self.traits.steer)
            if message is None or view.composer is None or view.dialog is not None:
                return []
            self.queue.remove(message)
            self.prepared = prepare(message.text, self.traits)
            if self.prepared.reason:
                return [Rejected(message, self.prepared.reason)]
            self.current = message
            self._tries = self._enters = self._clears = 0
            self._give_up = ""
            self._refused = False
            return self._fresh(view, at)
        shown = view.composer
        working = view.busy and not may_steer and view.dialog is None and not (shown and shown.text)
        self._worked = self._worked or (self.state == "entered" and working)
        gone = not (shown and shown.text) and not may_steer and view.dialog is None
        if (
            self.state == "entered"
            and (self._worked or self._answered)
            and gone
            and at >= self._since + self.pace.unseen
        ):
            return [Unseen()]

        def waited(seconds: float) -> bool:
            # As deadlines are reckoned: a difference would fall short of them by a rounding.
            return at >= self._since + seconds

        if view.dialog is not None:
            # It lies over the composer: no key may go out until it is gone.
            if self.state != "entered":
                self._since = at
            return []
        if shown is None:
            return [] if self.state == "entered" or view.busy else self._unreadable(waited, at)

        if self.state == "clearing":
            return self._cleared(view, waited, at)
        if self.state == "attaching":
            return self._attached(shown.text.strip(), waited, at)
        if self.state == "pasted":
            if waited(self.pace.submit) and self._stands(shown.text):
                if self.prepared.close_popup:
                    self._go("closing", at)
                    return [Press(("esc",))]
                return self._enter(at)
            if waited(self._patience):
                # Where it takes long to take a text out, there is no second try: it would be drawn as before.
                return self._again(at, "the composer did not show the text", final=self.traits.clear == "keys")
        elif self.state == "closing":
            if waited(self.pace.submit):
                return self._enter(at)
        elif self.state == "entered":
            return self._entered(view, waited, at)
        return []

    def _next(self, may_send: bool, may_steer: bool) -> SendMessage | None:
        if not self.queue:
            return None
        if may_send:
            return self.queue[0]
        if may_steer:
            senders: set[str] = set()
            for message in self.queue:
                if message.steer and message.sender not in senders:
                    return message
                senders.add(message.sender)
        return None

    def _fresh(self, view: LiveView, at: float) -> list[Action]:
        """Begin, or begin anew: paste into an empty composer."""
        if view.composer is not None and view.composer.text:
            return self._clear(view, at)
        assert self.current is not None
        self._front = ""
        self._images = [] if self._refused or self.traits.images != "pasted" else list(self.current.images)
        return self._fill(at)

    def _fill(self, at: float) -> list[Action]:
        """Put the next part into the composer: an image, and in the end the text."""
        assert self.current is not None
        if self._images:
            self._go("attaching", at)
            return [Paste(shlex.quote(self._images[0]))]
        named = self.current.images if self.traits.images == "named" else ()
        self.prepared = prepare(self.current.text, self.traits, self._front, named)
        if self._refused:
            altered = "; ".join(filter(None, (self.prepared.altered, "this Codex took no image for it")))
            self.prepared = msgspec.structs.replace(self.prepared, altered=altered)
        self._go("pasted", at)
        return [Paste(part) for part in parts(self.prepared.paste, self.traits)]

    def _attached(self, shown: str, waited: Callable[[float], bool], at: float) -> list[Action]:
        """Whether the image is there: something stands for it that is not its path."""
        if waited(self.pace.submit) and shown != self._front and shown.startswith(self._front):
            if not shows(shown, self._images[0]):
                self._front = shown
                del self._images[0]
                return self._fill(at)
        elif not waited(self._patience):
            return []
        self._refused = True
        self._go("clearing", at)
        return [Clear(len(shown) + 2)]

    def _stands(self, shown: str) -> bool:
        if self._front and shown.startswith(self._front):
            shown = shown[len(self._front) :].lstrip(" ")
        return stands(shown, self.prepared.paste, scrolls=self.traits.paste != "typed")

    def _clear(self, view: LiveView, at: float) -> list[Action]:
        self._clears += 1
        self._go("clearing", at)
        held = len(view.composer.text) if view.composer else 0
        if self.traits.clear == "keys":
            return [Press(("backspace",))]
        return [Clear(max(held, len(self._front) + len(self.prepared.paste) if held else 0) + 2)]

    def _cleared(self, view: LiveView, waited: Callable[[float], bool], at: float) -> list[Action]:
        assert view.composer is not None
        assert self.current is not None
        keys = self.traits.clear == "keys"
        if not waited(self.pace.key if keys and view.composer.text else self.pace.submit):
            return []
        if view.composer.text:
            if keys and self._clears < len(self.prepared.paste) + 100:
                return self._clear(view, at)
            if not waited(self.pace.clear):
                return []
            if self._clears < 2 * self.pace.tries:
                return self._clear(view, at)
            self._give_up = self._give_up or "the composer holds a text that cannot be removed"
        if self._give_up:
            message, self.current, self.state = self.current, None, "idle"
            return [Rejected(message, self._give_up)]
        return self._fresh(view, at)

    def _unreadable(self, waited: Callable[[float], bool], at: float) -> list[Action]:
        """No composer is seen: what stands in it may be drawn so that none is. Take it out again, blindly."""
        assert self.current is not None
        if self.state != "clearing":
            if not waited(self._patience):
                return []
            return self._again(at, "the composer cannot be read with this text in it", final=True)
        keys = self.traits.clear == "keys"
        if not waited(self.pace.key if keys else self.pace.clear):
            return []
        if self._clears < (len(self.prepared.paste) + 100 if keys else 2 * self.pace.tries):
            self._clears += 1
            self._go("clearing", at)
            return [Press(("backspace",))] if keys else [Clear(len(self.prepared.paste) + 2)]
        message, self.current, self.state = self.current, None, "idle"
        return [Rejected(message, self._give_up or "the composer cannot be read")]

    def _enter(self, at: float) -> list[Action]:
        self._enters += 1
        self._go("entered", at)
        return [Press(("enter",))]

    def _entered(self, view: LiveView, waited: Callable[[float], bool], at: float) -> list[Action]:
        assert view.composer is not None
        if not view.composer.text:
            queued = any(same(row, f"{self._front} {self.prepared.paste}") for row in view.queued)
            if waited(self.pace.taken) and not queued and not view.busy:
                return self._again(at, "Codex took the text from the composer and never showed it", final=True)
            return []
        if not waited(self.pace.echo):
            return []
        if self._stands(view.composer.text) and self._enters < self.pace.tries:
            return self._enter(at)
        return self._again(at, "Codex did not take the text")

    def _again(self, at: float, reason: str, final: bool = False) -> list[Action]:
        """Empty the composer, and try anew unless it was tried often enough."""
        self._tries += 1
        self._enters = self._clears = 0
        if final or self._tries >= self.pace.tries:
            self._give_up = reason
        self._go("clearing", at)
        if self.traits.clear == "keys":
            return [Press(("backspace",))]
        return [Clear(len(self._front) + len(self.prepared.paste) + 2)]

    def _go(self, state: State, at: float) -> None:
        self._worked = self._answered = False
        self.state, self._since, self._nudges = state, at, 0

    # ---- what was seen ------------------------------------------------------------------------------------

    def echoed(self) -> SendMessage | None:
        """A user message was committed: it is the current one if Enter was pressed. Gives that message."""
        if self.state != "entered":
            return None
        message, self.current, self.state = self.current, None, "idle"
        return message

    def answered(self) -> None:
        """The agent said or did something while no turn ran: if a message was entered, it was taken."""
        self._answered = self.state == "entered"

    def ran(self, command: str) -> bool:
        """Whether ``command``, which Codex ran, is the current message without the mark in front."""
        text = self.prepared.paste.strip()
        return self.state == "entered" and text.startswith("!") and same(command, text[1:])

    def misread(self, reason: str, at: float) -> None:
        """Codex took the current text for something else than a message; it will not be echoed."""
        if self.state == "entered":
            self._give_up = reason
            self._go("clearing", at)

    def altered(self, echo: str) -> str:
        """How the message that was just echoed as ``echo`` differs from what was given, or empty."""
        if echoes(echo, self.prepared.expected):
            return self.prepared.altered
        return "; ".join(filter(None, (self.prepared.altered, "the echo on the screen differs from the text")))

    @property
    def _patience(self) -> float:
        return self.pace.appear + len(self.prepared.paste) / self.pace.bulk

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        if self.current is None or self.state == "idle":
            return []
        waits: dict[str, tuple[float, ...]] = {
            "attaching": (self.pace.submit, self._patience),
            "pasted": (self.pace.submit, self._patience),
            "closing": (self.pace.submit,),
            "clearing": (self.pace.key, self.pace.submit, self.pace.clear),
            "entered": (self.pace.unseen, self.pace.echo, self.pace.taken),
        }
        nudge = (self._nudges + 1) * self.pace.nudge if self._nudges < self.pace.nudges else 0.0
        return [self._since + wait for wait in (*waits[self.state], nudge)]
