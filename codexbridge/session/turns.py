"""When a turn begins and ends.

A turn begins with the echo of a user message. Its end is told, best first, by a notification (OSC 9, which Codex
sends to a terminal that lost the focus), by a row in the history, by an error or an interruption, or by an idle
screen that stays quiet. Whatever tells it, the turn ends only when the screen has come to rest after it, so that
everything that belongs to it has been read.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import regex

TurnStatus = Literal["completed", "interrupted", "failed"]


_AMOUNT = regex.compile(r"([\d.]+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Timing(msgspec.Struct, frozen=True):
    """Seconds. Defaults hold for every release seen; a row's traits may change them."""

    quiet: float = 0.03
    """Without output for this long the screen is at rest."""
    told: float = 0.06
    """Rest after a notification or a row that ends the turn."""
    told_busy: float = 1.0
    """The same while the status row still stands: some releases draw the last message after they have told."""
    error: float = 0.4
    """Rest after an error or interruption, with no sign of work."""
    idle: float = 1.0
    """Rest with no sign of work, where the release does not tell the end."""
    silence: float = 10.0
    """Rest after the echo of a message that nothing follows at all."""
    idle_told: float = 20.0
    """The same where it normally does: a safety net only."""
    word: float = 1.0
    """For this long the end of a turn waits to be told its last message, where somebody listens."""
    stall: float = 0.0
    """Work that adds nothing to the history for this long will never end; 0: it may."""


class Turns:
    """The turn machine. Times are those of the caller."""

    def __init__(self, tells: bool, timing: Timing) -> None:
        self.tells = tells
        self.timing = timing
        self.number = 0
        self.running = False
        self.message_id: str | None = None
        self.duration: float | None = None
        self._status: TurnStatus = "completed"
        self._error = ""
        self._told = False
        self._ended = False
        self._busy = False
        self.acted = False
        """Whether the running turn showed any sign of life."""
        self.blocked = False
        """A dialog is open: the turn waits, whatever the screen says."""
        self.shows_running = False
        """Something that runs is on the screen."""
        self.last = 0.0
        """When Codex last wrote."""
        self._grown = 0.0
        """When the history last grew."""
        self.gave_up = False

    @property
    def busy(self) -> bool:
        """The screen shows a sign of work."""
        return self._busy

    @busy.setter
    def busy(self, busy: bool) -> None:
        self._busy = busy
        self.acted = self.acted or busy

    @property
    def ending(self) -> bool:
        """Codex has said that the turn is over, and what belongs to it is still being read."""
        return self._told

    def begin(self, at: float, message_id: str | None) -> int:
        """A user message was echoed while no turn ran."""
        self.number += 1
        self.running = True
        self.message_id = message_id
        self.duration = None
        self._status, self._error = "completed", ""
        self._told = self._ended = False
        self.gave_up = False
        self.acted = self._busy
        self.last = self._grown = at
        return self.number

    @property
    def completes(self) -> bool:
        """Nothing says that the running turn was stopped or failed."""
        return not self._ended

    def touched(self, at: float) -> None:
        """Codex wrote something."""
        self.last = at

    def grown(self, at: float) -> None:
        """The history grew."""
        self._grown = at

    def told(self) -> None:
        """A notification or a row of the history says that the turn is over."""
        self._told = self.acted = self.running

    def lasted(self, text: str) -> None:
        """Codex says how long the turn took so far: ``59s``, ``1m 02s``, ``<1s``."""
        if self.running:
            parts = _AMOUNT.findall("0s" if text.startswith("<") else text)
            self.duration = sum(float(number) * _UNITS[unit] for number, unit in parts)

    def failed(self, message: str) -> None:
        """An error stands in the history."""
        if self.running:
            self._status, self._error, self._ended = "failed", message, True
            self.acted = True

    def interrupted(self) -> None:
        """The history says that the turn was interrupted."""
        if self.running:
            self._status, self._ended = "interrupted", True
            self.acted = True

    def work(self) -> None:
        """Something other than an error came: an error before it did not end the turn."""
        self.acted = True
        if self._ended and self._status == "failed":
            self._status, self._error, self._ended = "completed", "", False

    def deadline(self) -> float | None:
        """When :meth:`over` may turn true without further output."""
        if not self.running or self.blocked:
            return None
        if self._told:
            return self.last + (self.timing.told_busy if self.busy else self.timing.told)
        if self.busy:
            return None
        if self._ended:
            return self.last + self.timing.error
        if not self.acted:
            return self.last + self.timing.silence
        return self.last + (self.timing.idle_told if self.tells else self.timing.idle)

    def over(self, at: float) -> bool:
        """Whether the running turn has ended."""
        limit = self.deadline()
        return limit is not None and at >= limit

    def stall(self) -> float | None:
        """When :meth:`stalled` may turn true without further output."""
        if not self.timing.stall or not self.running or self.blocked or self.shows_running:
            return None
        return self._grown + self.timing.stall

    def stalled(self, at: float) -> bool:
        """Whether the running turn must be stopped because it shows no sign of life. True once."""
        limit = self.stall()
        if limit is None or at < limit or self.gave_up:
            return False
        self.gave_up = True
        return True

    def end(self, silent: bool = False) -> tuple[TurnStatus, str]:
        """Close the turn; gives how it ended and the error's text. ``silent``: nothing followed the message."""
        self.running = False
        self._told = self._ended = False
        if silent:
            return "failed", "Codex took the message and did nothing with it"
        if self.gave_up:
            return "failed", f"no sign of life in {self.timing.stall:.0f} s: the turn was stopped"
        return self._status, self._error


def figure(text: str | None) -> int | None:
    """A count as a footer writes it.

    >>> figure("7440"), figure("12.3K"), figure("1.2M"), figure(None)
    (7440, 12300, 1200000, None)
    """
    scale = {"K": 1_000, "M": 1_000_000}
    try:
        return round(float(text.rstrip("KM")) * scale.get(text[-1:], 1)) if text else None
    except ValueError:
        return None


def timing(facts: dict[str, object], patience: float) -> Timing:
    """The waits of a release with these ``facts``, which may take ``patience`` seconds without a sign of life."""
    idle = facts.get("idle")
    found = Timing(idle=float(idle)) if isinstance(idle, (int, float)) else Timing()
    return msgspec.structs.replace(found, stall=patience)
