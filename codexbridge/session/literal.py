"""What must be done to a text so that Codex takes it as a message, and nothing in it as a key or a command.

Every change is the least that keeps the text a message, and :attr:`Prepared.altered` says in words how the model's
text differs from the given one. A guard that the release removes again (a blank before ``/status`` where ends are
trimmed) is no alteration.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

import msgspec

from codexbridge.session.traits import Traits

JOINER = "\u2060"
WIDE = 300
"""Columns of a row that may be a part of a longer line, in a composer that scrolls sideways."""
COLUMNS = 390
"""Characters in a row of a composer that shows all of a text, at most."""
STAND_IN = 1000
"""A paste of more characters than this is shown as ``[Pasted Content N chars]``."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNDRAWABLE = re.compile("[\u2028\u2029\U000e0000-\U000e007f]")
_HALVES = "\ufffd\ufffd"
_FAR = re.compile("[\U00010000-\U0010ffff]|\ufffd\ufffd")
_SURROGATES = re.compile("[\ud800-\udfff]")
_IMAGE = re.compile(r"\.(?=(?:png|jpe?g|gif|bmp|webp|svg)\b)|!(?=\[[^\]]*\]\([^)])", re.ASCII | re.IGNORECASE)
"""Where a name of an image, or an image in Markdown, is broken by one character."""
_IMAGE_PATH = re.compile(
    r"\s*\S[^\n]*\.(?:png|a?jpe?g|jfif|gif|webp|avif|bmp|tiff?|ico|p[bgnp]m|pam|dds|tga|hdr|exr|ff|qoi)[\"']?\s*",
    re.IGNORECASE,
)
_POPUP = re.compile(r"(?:^|\s)[@$][^\s]*\Z")
_STAND_IN = re.compile(r"\[Pasted Content (\d+) chars\](?: #\d+)?")
_SPACE = " \t\n\r\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Prepared(msgspec.Struct, frozen=True):
    """A text made fit."""

    paste: str
    """What goes into the composer."""
    expected: str
    """What the model is to receive."""
    altered: str = ""
    """How ``expected`` differs from what was given, or empty."""
    reason: str = ""
    """Why it cannot be sent at all, or empty."""
    close_popup: bool = False
    """Press Esc before Enter: the file popup is open and a blank would stay in the message."""


def prepare(text: str, traits: Traits, front: str = "", images: Sequence[str] = ()) -> Prepared:
    """Make ``text`` fit for a release.

    ``front`` is what stands in the composer already, of images that were attached; ``images`` are paths to name.
    """
    if front:
        # Behind something else no sign means a command.
        made = prepare(text, msgspec.structs.replace(traits, slash="free", bang="free"))
        note = f"{front} put before it, by which this Codex knows its images"
        altered = "; ".join(filter(None, (made.altered, note)))
        return msgspec.structs.replace(made, expected=f"{front} {made.expected}", altered=altered)
    made = _prepare(text, traits)
    named = "".join(f" ![image]({path})" for path in images if ")" not in path)
    return msgspec.structs.replace(made, paste=made.paste + named) if named and not made.reason else made


def _prepare(text: str, traits: Traits) -> Prepared:
    notes: list[str] = []
    fit = text.replace("\r\n", "\n").replace("\r", "\n")
    if fit != text:
        notes.append("line ends made LF")
    fit, count = _CONTROLS.subn("", fit)
    if count:
        notes.append(f"{count} control character{'s' * (count > 1)} removed")
    fit, count = _SURROGATES.subn("\ufffd", fit)
    if count:
        notes.append(f"{count} lone surrogate{'s' * (count > 1)} replaced")
    if traits.tabs == "blanks" and "\t" in fit:
        notes.append(f"{fit.count(chr(9))} tabs made blanks: this Codex cannot draw them")
        fit = fit.replace("\t", "    ")
    if traits.tabs == "blanks":
        fit, count = _UNDRAWABLE.subn(lambda found: "\n" if found[0] in "\u2028\u2029" else "", fit)
        if count:
            notes.append("line separators made LF and tag characters removed: this Codex cannot draw them")
    if traits.images == "named":
        fit, count = _IMAGE.subn(lambda found: found[0] + JOINER, fit)
        if count:
            notes.append("U+2060 put into names of images, which this Codex takes out of a text")
    whole = fit
    if traits.trims and (trimmed := fit.strip(_SPACE + traits.trims_also)) != fit:
        fit = trimmed
    if not _folds(fit)[0]:
        return Prepared("", "", "", "empty: nothing in it can be seen")
    if len(whole) > traits.max_characters:
        return Prepared("", "", "", f"too long: {len(whole)} characters, at most {traits.max_characters}")
    drawn = traits.stand_in == "none" or len(fit) <= STAND_IN
    if traits.max_lines and drawn and (lines := _rows(fit)) > traits.max_lines:
        return Prepared("", "", "", f"too many lines: {lines}, and this Codex can show {traits.max_lines}")
    if fit != whole:
        notes.append("white space at the ends removed, as this Codex does")
    runs = traits.bang != "free" and fit.startswith("!")
    if traits.stand_in == "verbatim" and len(fit) > STAND_IN and not runs:
        return Prepared(fit, fit, "; ".join(notes))
    return _guarded(fit, notes, traits)


def _rows(text: str) -> int:
    """How many rows a composer needs for ``text``, at least."""
    return sum(1 + sum(1 + (c > "\u10ff") for c in line) // COLUMNS for line in text.split("\n"))


def _guarded(fit: str, notes: list[str], traits: Traits) -> Prepared:
    """Keep the first characters from being a command and the last from opening a popup."""
    bare = fit.lstrip(_SPACE)
    front = back = ""
    for mark, guard in (("/", traits.slash), ("!", traits.bang)):
        if bare.startswith(mark) and guard != "free":
            parsed = traits.stand_in == "parsed" and len(fit) + 2 > STAND_IN
            front = " " if guard == "blank" and not parsed else JOINER
    if bare.rstrip(_SPACE).lower() in traits.reserved:
        front = JOINER
    close_popup = False
    if _POPUP.search(fit):
        back = " " if traits.at_popup == "blank" else ""
        close_popup = traits.at_popup == "esc"
    paste = front + (bare if front == JOINER else fit) + back
    blanks_stay = not traits.trims or (traits.stand_in == "verbatim" and len(paste) > STAND_IN)
    if front == JOINER:
        notes.append(f"U+2060 put before {bare[0]}, so that it is no command")
    elif front and blanks_stay:
        notes.append(f"a blank put before {bare[0]}, so that it is no command")
    if back and blanks_stay:
        notes.append("a blank put at the end, so that the file popup lets go")
    expected = paste if blanks_stay else paste.strip(_SPACE + traits.trims_also)
    return Prepared(paste, expected, "; ".join(notes), "", close_popup)


def parts(paste: str, traits: Traits) -> list[str]:
    """``paste`` as it is to be pasted: in two parts where the whole would be taken for the path of an image."""
    if traits.images == "pasted" and len(paste) <= STAND_IN and _IMAGE_PATH.fullmatch(paste):
        last = len(paste.rstrip()) - 2
        return [paste[:last], paste[last:]]
    return [paste]


def shows(shown: str, path: str) -> bool:
    """Whether a composer shows ``path`` itself, which then was not taken for an image."""
    return _folds(path)[0] in _folds(shown)[0]


def stands(shown: str, sent: str, rows: int = 8, scrolls: bool = True) -> bool:
    """Whether the composer shows ``sent``: the text itself, its lower part where it scrolls, or its stand-in.

    Blanks, wraps and characters without width do not count; ``rows`` is how many lines a composer that scrolls
    shows at least. One that does not scroll shows a part only while it takes the text in.
    """
    found = _STAND_IN.fullmatch(shown.strip())
    if found:
        return abs(int(found[1]) - len(sent)) <= 2 or same(shown, sent)
    if same(shown, sent) or _resembles(shown, sent):
        return True
    if _HALVES in shown and _HALVES not in sent:
        # A cursor that is reckoned in halves of such characters is drawn into the middle of one.
        return stands(_FAR.sub("", shown), _FAR.sub("", sent), rows, scrolls)
    if not scrolls:
        return False
    lines = shown.split("\n")
    if len(lines) < rows and max(map(len, lines)) < WIDE:
        return False
    return any(part and part in whole for part, whole in zip(_folds(shown), _folds(sent), strict=True))


def same(shown: str, sent: str) -> bool:
    """Whether a drawn text is ``sent``, as far as a terminal can tell."""
    (drawn, drawn_words), (whole, whole_words) = _folds(shown), _folds(sent)
    if drawn == whole:
        return True
    # A terminal may lose what it cannot draw, and adds nothing.
    if not drawn or len(drawn) > len(whole) or drawn_words != whole_words:
        return False
    return bool(whole_words) or not set(drawn).isdisjoint(whole)


def echoes(drawn: str, sent: str) -> bool:
    """Whether an echo in the history is that of ``sent``: Markdown may have been rendered, nothing put before it."""
    if same(drawn, sent) or _resembles(drawn, sent):
        return True
    seen, given = _folds(drawn)[1], _folds(sent)[1]
    if seen[:12] == given[:12] and len(given) >= 12:
        # A link may be written out behind its name.
        return _within(given, seen) or _within(seen, given)
    return _within(seen, given)


def _resembles(drawn: str, sent: str) -> bool:
    """Whether ``drawn`` is most of a ``sent`` whose marks are no columns to some releases and columns to others.

    Letters are overwritten then, and others stay that were there before.
    """
    if len(sent) > 2000 or not any(unicodedata.category(c) in ("Mc", "Mn") for c in sent):
        return False
    return SequenceMatcher(None, _folds(drawn)[1], _folds(sent)[1], autojunk=False).ratio() >= 0.8


def _within(part: str, whole: str) -> bool:
    """Whether the letters of ``part`` come in ``whole``, in their order."""
    left = iter(whole)
    return all(letter in left for letter in part)


def _folds(text: str) -> tuple[str, str]:
    """The text without blanks and characters without width, and of that only letters and digits. Whether a letter and
    its mark are one character or two is all the same.
    """
    text = unicodedata.normalize("NFD", text)
    kept = [c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Mn", "Me", "Cs")]
    return "".join(kept), "".join(c for c in kept if c.isalnum())
