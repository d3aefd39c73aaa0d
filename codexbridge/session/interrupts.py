"""Stopping a turn: press the release's key, see that it stopped, press again where it did not.

Some releases take Esc for the composer while a message streams and no status row is drawn; there another key stops
the turn. That key may quit an idle Codex, so it is pressed only while output keeps coming.
"""

from __future__ import annotations

import msgspec

from codexbridge.session.traits import Traits


class Patience(msgspec.Struct, frozen=True):
    """Seconds and counts."""

    again: float = 1.2
    """After a key that did not stop the turn, until the next."""
    streaming: float = 0.6
    """Output within this time, with no status row, means that a message streams."""
    tries: int = 8
    quits: float = 3.0
    """A Codex that ends within this time after a key that can quit it was quit by it."""


class Interrupts:
    """The interrupt machine. It says which keys to press."""

    def __init__(self, traits: Traits, patience: Patience | None = None) -> None:
        self.traits = traits
        self.patience = patience or Patience()
        self.wanted = False
        self._pressed: float | None = None
        self._tries = 0
        self._quits: float | None = None
        """When a key was pressed last that quits an idle Codex."""

    def want(self) -> None:
        """Somebody asks for the running turn to stop."""
        if not self.wanted:
            self.wanted, self._pressed, self._tries = True, None, 0

    def done(self) -> None:
        """The turn is over."""
        self.wanted = False

    def quit(self, at: float) -> bool:
        """Whether a Codex that ended at ``at`` was idle by the time the key reached it, and took it for a farewell."""
        return self._quits is not None and at <= self._quits + self.patience.quits

    def failed(self, at: float) -> bool:
        """Whether the keys were pressed as often as it makes sense, and the turn went on."""
        used_up = self._tries >= self.patience.tries and self._pressed is not None
        return self.wanted and used_up and at >= (self._pressed or 0.0) + self.patience.again

    def step(self, busy: bool, last_output: float, at: float, ending: bool = False) -> tuple[str, ...]:
        """Keys to press now; ``busy``: the screen shows a sign of work; ``last_output``: when Codex last wrote.

        ``ending``: Codex has said that the turn is over. A key that quits an idle Codex must not come then.
        """
        if not self.wanted or ending or self._tries >= self.patience.tries:
            return ()
        if self._pressed is not None and at < self._pressed + self.patience.again:
            return ()
        streaming = not busy and at - last_output < self.patience.streaming
        if not busy and not streaming:
            # Nothing to stop on the screen: the key would go to an idle composer.
            return ()
        keys = self.traits.interrupt_streaming if streaming else self.traits.interrupt
        if keys:
            self._pressed = at
            self._quits = at if "ctrl-c" in keys else self._quits
            self._tries += 1
        return keys

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        if not self.wanted or self._pressed is None:
            return []
        return [self._pressed + self.patience.again]
