"""Dialogs: what Codex asks, and who answers.

A dialog is a state of the screen that comes before anything else: while one is open no message goes out. What is
done with it is its rule's business (an offer to update is always declined), then the policy's: decline, accept, or
ask and wait for an answer. A dialog that no rule knows is reported and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import regex

from codexbridge.grammar.live import LiveView, OpenDialog
from codexbridge.session.api import Answer, DialogClosed, DialogOpened

Policy = Literal["decline", "accept", "ask"]

UNKNOWN = ("other", "hidden")
"""Rules of dialogs that no rule knows: by their shape, and by nothing but the missing composer."""

_OPTION = regex.compile(r"[\s│▌]*[›>❯▶]?\s*(?<key>\d+)\. (?<label>.+?)[\s│]*")

_APPROVALS = ("command", "patch", "network", "mcp")


class Desk(msgspec.Struct, frozen=True):
    """How dialogs are answered."""

    policy: Policy = "decline"
    timeout: float = 600.0
    """Seconds to wait for an answer under ``ask``, then it is declined."""
    settle: float = 0.15
    """Seconds for which a dialog must stand unchanged before keys are pressed."""
    again: float = 1.5
    """Seconds after which an answer that had no effect is given again."""
    tries: int = 3
    hidden: float = 10.0
    """Seconds without output, a composer or a sign of work after which the screen counts as a dialog."""
    starting: float = 20.0
    """The same before the first composer."""


class Opened(msgspec.Struct):
    """A dialog on the screen and what has been done about it."""

    id: str
    seen: OpenDialog
    since: float
    """Since when it stands as it is."""
    opened: float
    keys: tuple[str, ...] = ()
    words: str = ""
    """What is to be written into it before the keys are pressed."""
    choice: str = ""
    pressed: float | None = None
    tries: int = 0


class Dialogs:
    """The dialog machine. It says what to report and which keys to press."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.open: Opened | None = None
        self._number = 0

    def see(self, seen: OpenDialog | None, at: float) -> list[DialogOpened | DialogClosed]:
        """A frame shows ``seen``, or no dialog."""
        said: list[DialogOpened | DialogClosed] = []
        known = self.open
        if known is not None and (seen is None or not _alike(known.seen, seen)):
            said.append(DialogClosed(at=at, dialog_id=known.id, choice=known.choice if known.pressed else ""))
            known = self.open = None
        if seen is None:
            return said
        if known is not None:
            if known.seen.text != seen.text:
                known.since = at
            known.seen = seen
            return said
        self._number += 1
        self.open = known = Opened(f"dialog_{self._number}", seen, at, at)
        self._decide(known)
        said.append(
            DialogOpened(
                at=at,
                dialog_id=known.id,
                subject=seen.subject,  # type: ignore[arg-type]
                text=seen.text,
                options=seen.options,
                answerable=not known.keys and bool(seen.answers or seen.options) and seen.rule not in UNKNOWN,
                free=seen.free,
                choice=known.choice,
            )
        )
        return said

    @property
    def hidden(self) -> bool:
        """Whether the open dialog is one that is known by nothing but the missing composer."""
        return self.open is not None and self.open.seen.rule == "hidden"

    def interrupt(self) -> None:
        """Somebody stops the turn that waits for an answer: the dialog is cancelled, if it says how that is done."""
        if self.open is not None and self.open.pressed is None:
            self._choose(self.open, "cancel")

    def _decide(self, dialog: Opened) -> None:
        """What the rule or the policy says at once, if anything."""
        seen = dialog.seen
        choice: str = seen.always
        if not choice and seen.subject in _APPROVALS and self.desk.policy != "ask":
            # What asks for more than a yes cannot be accepted.
            choice = self.desk.policy if self.desk.policy in seen.answers else "decline"
        elif not choice and seen.subject == "question" and self.desk.policy != "ask":
            # Nobody is there to ask; what to accept in a question cannot be said.
            choice = "decline"
        self._choose(dialog, choice)

    def _choose(self, dialog: Opened, choice: str) -> None:
        keys = dialog.seen.answers.get(choice)
        if keys:
            dialog.choice, dialog.keys = choice, keys

    def answer(self, answer: Answer) -> None:
        """Somebody answers; raises :exc:`ValueError` where that dialog is not open or has no such choice."""
        dialog = self.open
        if dialog is None or dialog.id != answer.dialog_id:
            raise ValueError(f"no open dialog {answer.dialog_id!r}")
        if dialog.pressed is not None:
            raise ValueError(f"dialog {answer.dialog_id!r} has been answered already ({dialog.choice})")
        keys = dialog.seen.answers.get(answer.choice)
        if (
            keys is None
            and dialog.seen.free
            and answer.choice.strip()
            and answer.choice not in dict(dialog.seen.options)
        ):
            dialog.words = answer.choice
            dialog.choice, dialog.keys = "words", ("enter",)
            return
        if keys is None:
            if answer.choice not in dict(dialog.seen.options):
                choices = ", ".join([*dialog.seen.answers, *dict(dialog.seen.options)])
                raise ValueError(f"dialog {answer.dialog_id!r} has no choice {answer.choice!r}; there are: {choices}")
            keys = dialog.seen.keys_for(answer.choice)
        dialog.choice, dialog.keys = answer.choice, keys

    def words(self, at: float) -> str:
        """What to write now, before :meth:`step` gives the key that sends it."""
        dialog = self.open
        if dialog is None or not dialog.words or at < dialog.since + self.desk.settle:
            return ""
        words, dialog.words = dialog.words, ""
        # Seen or not: the key comes when the dialog has rested after it.
        dialog.since = at
        return words

    def step(self, at: float) -> tuple[str, ...]:
        """Keys to press now."""
        dialog = self.open
        if dialog is None:
            return ()
        if not dialog.keys and self._waits(dialog) and at >= dialog.opened + self.desk.timeout:
            self._choose(dialog, "decline" if "decline" in dialog.seen.answers else "cancel")
        if not dialog.keys:
            return ()
        if dialog.pressed is None:
            if at < dialog.since + self.desk.settle:
                return ()
        elif dialog.tries >= self.desk.tries or at < dialog.pressed + self.desk.again:
            return ()
        dialog.pressed = at
        dialog.tries += 1
        if dialog.tries > 1 and len(dialog.keys) == 1 and dialog.keys[0].isdigit():
            # It only moved the mark.
            return (*dialog.keys, "enter")
        return dialog.keys

    def _waits(self, dialog: Opened) -> bool:
        """Whether an answer is waited for, and not for ever."""
        return dialog.seen.subject in (*_APPROVALS, "question")

    def deadlines(self) -> list[float]:
        """When :meth:`step` should be asked again without further output."""
        dialog = self.open
        if dialog is None:
            return []
        if not dialog.keys:
            return [dialog.opened + self.desk.timeout] if self._waits(dialog) else []
        if dialog.pressed is None:
            return [dialog.since + self.desk.settle]
        return [dialog.pressed + self.desk.again] if dialog.tries < self.desk.tries else []


class Lookout:
    """Watches for dialogs that not even their shape gives away: something took the composer's place, and waits.

    A dialog with a text field, or one whose options have no numbers, is known by nothing but that: no composer, no
    sign of work, and silence.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def deadline(self, view: LiveView, ready: bool, last: float) -> float | None:
        """When the screen counts as a dialog if nothing comes; ``last``: when Codex last wrote."""
        if view.composer is not None or view.dialog is not None or view.busy or view.running:
            return None
        return last + (self.desk.hidden if ready else self.desk.starting)

    def guess(self, rows: Sequence[str]) -> OpenDialog | None:
        """The screen as a dialog."""
        shown = [row.rstrip() for row in rows if row.strip()][-40:]
        found = [_OPTION.fullmatch(row) for row in shown]
        options = tuple((each["key"], each["label"].strip()) for each in found if each)
        return OpenDialog("hidden", "other", "\n".join(shown), options, {}) if shown else None


def _alike(one: OpenDialog, two: OpenDialog) -> bool:
    """The same dialog, drawn again: with the cursor moved, or a clock gone on."""
    return one.rule == two.rule and one.subject == two.subject and one.core == two.core
