"""The live region read: is Codex busy, what does it ask, what stands in the composer, which cells are running.

Dialogs are tested before anything else: their option rows look like a composer and their hints like a status row.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import TIMEOUT, Dialog, Look
from codexbridge.grammar.rules import Rule
from codexbridge.grammar.styles import style_at
from codexbridge.transcript.lines import Line

_EDGE = regex.compile(r"^│ ?| +│$|^╰─+╯$")
"""The border of a box around a dialog."""
_MARK = regex.compile(r"^[ \t]*[›>❯▶]?[ \t]*(?=\S)", regex.MULTILINE)

_OPTION = regex.compile(r"\s*[›>❯▶]?\s*(?<key>\d+)\. (?<label>.+)")


class Composer(msgspec.Struct, frozen=True):
    """The input line. ``text`` is empty when only a placeholder is shown."""

    text: str
    row: int


class OpenDialog(msgspec.Struct, frozen=True):
    """A question on the screen."""

    rule: str
    subject: str
    text: str
    options: tuple[tuple[str, str], ...]
    answers: dict[str, tuple[str, ...]]
    always: str = ""
    """The choice that is made whatever the policy says, or empty."""
    first: int = 0
    last: int = 0
    """Its rows."""
    barred: bool = False
    """Its rows are drawn as a composer's are, and only their style tells them apart."""
    select: tuple[str, ...] = ()
    """Keys after an option's own key."""
    core: str = ""
    """The text without the mark at the chosen option: what tells one question from the next."""
    free: bool = False
    """It takes words instead of a choice."""

    def keys_for(self, key: str) -> tuple[str, ...]:
        """The keys that choose the option of that key."""
        return (key, *self.select)


class LiveView(msgspec.Struct, frozen=True):
    """What the live region says at one frame."""

    busy: bool = False
    status: str = ""
    reconnecting: bool = False
    composer: Composer | None = None
    dialog: OpenDialog | None = None
    running: tuple[Cell, ...] = ()
    queued: tuple[str, ...] = ()
    footer: dict[str, str] = {}


def read(look: Look, lines: Sequence[Line], typed: str | None = None) -> LiveView:
    """Read the lines of the live region, top to bottom; ``typed`` is the row that the cursor is shown in, if any."""
    dialog = _dialog(look, lines)
    status = ""
    busy = reconnecting = False
    composer: Composer | None = None
    composers: list[int] = []
    footers: list[int] = []
    running: list[Cell] = []
    queued: list[str] = []
    footer: dict[str, str] = {}
    for index, line in enumerate(lines):
        for head in look.live:
            found = head.match(line)
            if found is None:
                continue
            rule = head.rule
            if rule.kind == "status":
                busy, status, reconnecting = True, found.groups.get("heading", line.text), rule.reconnecting
            elif rule.kind == "composer":
                composers.append(index)
                above, composer = (
                    composer,
                    _composer(look, lines, index, found.spans.get("text", (len(line.text),) * 2)),
                )
                if above is not None and above.text and above.row == index - 1:
                    # A bar before every row: one text.
                    composer = Composer(f"{above.text}\n{composer.text}", index)
            elif rule.kind == "running":
                item = Rule(id=rule.id, head="", kind=rule.item)
                running.append(Cell(item, found, _hanging(lines, index)))
            elif rule.kind == "queued":
                queued.append(found.groups.get("text", ""))
            else:
                footers.append(index)
                footer.update(found.groups)
            break
    if dialog is not None and not _stands_alone(dialog, composers, footers):
        dialog = None
    if dialog is None and composer is not None and not _holds(lines, composer, typed):
        dialog = _unheard(lines, composer.row)
    if dialog is not None:
        composer = None
    return LiveView(busy, status, reconnecting, composer, dialog, tuple(running), tuple(queued), footer)


def _holds(lines: Sequence[Line], composer: Composer, typed: str | None) -> bool:
    """Whether the cursor stands in the composer's text. None is shown where options are to choose from."""
    last = composer.row + composer.text.count("\n")
    return any(line.text == typed for line in lines[composer.row : last + 1])


def _unheard(lines: Sequence[Line], row: int) -> OpenDialog | None:
    """A dialog that no rule knows: what looks like the composer is the chosen one of several numbered options.

    A numbered list in the composer is drawn on one band from edge to edge.
    """
    if not _OPTION.fullmatch(lines[row].text):
        return None
    first = last = row
    while first and _OPTION.fullmatch(lines[first - 1].text):
        first -= 1
    while last + 1 < len(lines) and _OPTION.fullmatch(lines[last + 1].text):
        last += 1
    banded = lines[row].fill != "default" and all(line.fill == lines[row].fill for line in lines[first : last + 1])
    if first == last or banded:
        return None
    found = [_OPTION.fullmatch(line.text) for line in lines[first : last + 1]]
    options = tuple((each["key"], each["label"].strip()) for each in found if each)
    text = "\n".join(line.text for line in lines).strip()
    return OpenDialog("other", "other", text, options, {}, first=first, last=last, core=_MARK.sub("", text))


def _stands_alone(dialog: OpenDialog, composers: list[int], footers: list[int]) -> bool:
    """Whether a dialog has taken the composer's place: in, above or below a composer stands what somebody wrote."""
    last = dialog.last
    if dialog.barred:
        while last + 1 in composers:
            last += 1
    inside = range(dialog.first if dialog.barred else dialog.first + 1, last + 1)
    return all(row in inside for row in composers) and not any(row > last for row in footers)


def _hanging(lines: Sequence[Line], index: int) -> list[Line]:
    stop = index + 1
    while stop < len(lines) and lines[stop].text.startswith("  "):
        stop += 1
    return list(lines[index:stop])


def _composer(look: Look, lines: Sequence[Line], index: int, span: tuple[int, int]) -> Composer:
    """The composer's text: not the placeholder (dim), with the shaded or indented rows below its first."""
    line = lines[index]
    start, end = span
    first = line.text[start:end]
    shaded = line.fill != "default"
    # The first row that is seen of a text that scrolls may be blank.
    if (not first and not shaded) or (first and style_at(line, start).dim):
        return Composer("", index)
    if first and _placeholder(look, line, start + len(first.rstrip()) - 1):
        return Composer("", index)
    text = [first]
    for below in lines[index + 1 :]:
        if below.fill != line.fill or (below.text and not below.text.startswith("  ")):
            break
        if not shaded and any(head.rule.kind == "footer" and head.match(below) for head in look.live):
            break
        text.append(below.text[2:])
    return Composer("\n".join(text).rstrip(), index)


def _placeholder(look: Look, line: Line, last: int) -> bool:
    """Whether a look marks its placeholder by another style than dim, and the text's last character has it."""
    tests = [head.placeholder for head in look.live if head.placeholder and head.match(line)]
    found = line.text[: last + 1].rstrip(" │")
    return any(test(style_at(line, len(found) - 1)) for test in tests)


def _dialog(look: Look, lines: Sequence[Line]) -> OpenDialog | None:
    for dialog in look.dialogs:
        # One that only its shape tells begins below what is at work; that goes on moving.
        start = _below_work(look, lines) if dialog.rule.id == "other" else 0
        for index, line in enumerate(lines[start:], start):
            if dialog.begins(line):
                found = _options(dialog, lines, index)
                if found is not None:
                    return found
    return None


def _below_work(look: Look, lines: Sequence[Line]) -> int:
    """The first line below the rows that show work."""
    below = 0
    for index, line in enumerate(lines):
        if any(head.rule.kind in ("status", "running") and head.match(line) for head in look.live):
            below = index + 1
    return below


def _options(dialog: Dialog, lines: Sequence[Line], index: int) -> OpenDialog | None:
    options: list[tuple[str, str]] = []
    field = 0
    for stop in range(index + 1, len(lines)):
        text = lines[stop].text
        option = dialog.option.fullmatch(text, timeout=TIMEOUT)
        if option:
            options.append((option["key"], option["label"].strip()))
        if dialog.field is not None and not field and dialog.field.fullmatch(text, timeout=TIMEOUT):
            field = stop
        if dialog.confirm is not None and dialog.confirm.fullmatch(text, timeout=TIMEOUT):
            break
    else:
        if dialog.confirm is not None:
            return None
        stop = len(lines) - 1
    if not options and dialog.confirm is None:
        return None
    text = "\n".join(_EDGE.sub("", line.text) for line in lines[index : stop + 1]).strip()
    # What somebody has written into it does not make it another one.
    core = "\n".join(line.text for line in lines[index:field]).strip() if field else _MARK.sub("", text)
    rule = dialog.rule
    return OpenDialog(
        rule.id,
        rule.subject,
        text,
        tuple(options),
        dialog.answers(options),
        rule.always,
        index,
        stop,
        bool(rule.style),
        rule.select,
        core,
        bool(field),
    )
