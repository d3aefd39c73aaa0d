"""How a release behaves at its composer: the ``traits`` of its look and of its row, typed.

A look's file gives the values that hold for most of its releases, a row of the release table those that differ.
Traits that other rooms read stand in the same tables and are left alone here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Guard = Literal["free", "blank", "joiner"]
"""What keeps a first character from meaning a command: nothing is needed; a leading blank, which the release trims
away again or which at least stops the command; U+2060 in front, which stays in the message."""


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """One release at its composer. The defaults are those of the newest looks."""

    paste: Literal["bracketed", "typed"] = "bracketed"
    trims: bool = True
    """White space at both ends of a message is removed."""
    trims_also: str = ""
    """Further characters that count as white space there."""
    slash: Guard = "blank"
    bang: Guard = "joiner"
    reserved: tuple[str, ...] = ()
    """Messages that are commands as they stand, such as a word that quits."""
    at_popup: Literal["blank", "esc", "none"] = "blank"
    """What keeps the file popup, which a text that ends in ``@word`` opens, from taking Enter."""
    stand_in: Literal["verbatim", "trimmed", "parsed", "none"] = "parsed"
    """A text so long that a stand-in is shown for it reaches the model as it stands, guards and all; or is treated as
    any other; or its ends are trimmed before it is looked at for commands, so that no blank guards it.
    ``none``: every text is shown as it is."""
    tabs: Literal["kept", "blanks"] = "kept"
    """``blanks``: a tab in a message is written to the terminal as it is, and garbles what comes after it."""
    strips_controls: bool = False
    submit_delay: float = 0.08
    """Least seconds between text and Enter: a release may take keys that come fast for a paste."""
    appear: float = 5.0
    """Seconds until a text must stand in the composer."""
    fails_silently: bool = False
    """A turn that fails may leave nothing on the screen, and the next message is taken all the same."""
    clear: Literal["burst", "keys"] = "burst"
    """Whether backspaces may come in one write."""
    greets: bool = False
    """The history begins with a banner; a message that is sent before it may be drawn over."""
    queued: bool = False
    """A message that is entered while a turn runs waits in Codex."""
    steer: bool = False
    """A message that is entered while a turn runs reaches that turn."""
    interrupt: tuple[str, ...] = ("esc",)
    """Keys that stop a turn."""
    interrupt_streaming: tuple[str, ...] = ("esc",)
    """Keys that stop it while a message streams and no status row is shown; none where nothing does, so that it stops
    at its next step."""
    wedges_after_error: bool = False
    """After a turn that failed, the release echoes messages and sends none."""
    patience: float = 0.0
    """Seconds of work without a sign after which a turn is given up, for releases that retry for ever; 0: never."""
    reading: Literal["none", "overlay", "raw"] = "none"
    """Where commands and outputs can be read whole, if they can."""
    raw: tuple[str, ...] = ()
    """Keys that make the release restate its history as source, and back."""
    dresses: bool = False
    """What the user says is drawn as Markdown, and its source stands in the raw history."""
    images: Literal["none", "pasted", "named"] = "none"
    """How a file is attached as an image: not at all; its path, pasted by itself, becomes a stand-in in the composer;
    it is named in the text, out of which such names are taken wherever they stand."""
    max_characters: int = 1_000_000
    max_lines: int = 0
    """Most rows of a text without a stand-in, where the composer grows over the whole screen; 0: any number."""


_STRICT: tuple[Guard, ...] = ("free", "blank", "joiner")


def wary(known: Traits, above: Traits | None) -> Traits:
    """Traits for a release without a row, given those of the next lower and the next higher row.

    Where it may be like either, nothing of a message may run: it is guarded as the stricter of both needs it, and
    beyond the last row as strictly as any.
    """
    bang = max(known.bang, above.bang if above else "joiner", key=_STRICT.index)
    slash = max(known.slash, above.slash if above else known.slash, key=_STRICT.index)
    return msgspec.structs.replace(known, bang=bang, slash=slash)


def traits(*tables: dict[str, Any]) -> Traits:
    """The traits of several tables, later ones first. Raises :exc:`msgspec.ValidationError` for a wrong value."""
    merged: dict[str, Any] = {}
    for table in tables:
        merged |= table
    return msgspec.convert(merged, Traits)
