"""Cells of messages, errors and notices to items."""

from __future__ import annotations

import msgspec
import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.bare import dress, headed
from codexbridge.items.body import cut
from codexbridge.items.fenced import fenced
from codexbridge.items.markdown import markdown
from codexbridge.items.marked import marked
from codexbridge.items.model import AgentMessage, AnyItem, Error, Notice, Reasoning, Unknown, UserMessage
from codexbridge.items.rich import lit, unboxed
from codexbridge.items.text import message_lines, plain, unwrapped
from codexbridge.transcript.lines import Line


def user(cell: Cell, look: Look) -> list[AnyItem]:
    lines = unwrapped(message_lines(cell), look.columns)
    # One renderer takes what the user says for Markdown too.
    text = marked(lines) if look.markdown == "marked" else plain(lines).strip("\n")
    return [UserMessage(id="", text=text)]


def agent(cell: Cell, look: Look) -> list[AnyItem]:
    lines = unwrapped(message_lines(cell), look.columns)
    return [AgentMessage(id="", text=_restored(lines, look), plain=plain(lines).strip("\n"))]


def _restored(lines: list[Line], look: Look) -> str:
    """The Markdown of drawn lines."""
    if look.markdown == "source":
        return plain(lines).strip("\n")
    if look.markdown == "marked":
        return marked(lines)
    if look.markdown in ("bare", "fenced"):
        lines = [unboxed(line) for line in lines]
    if look.markdown == "fenced":
        return fenced(lines)
    if not look.bullets:
        lines = [_guarded(line) for line in lines]
    if look.markdown != "bare":
        return markdown(lines).translate(_BACK)
    text = markdown(dress(lines), escape=False)
    if "```" not in text and any(_LOOSE.fullmatch(line.text) for line in lines):
        # Without code, whose fences only the framed look draws, the two are drawn alike.
        text = fenced(headed(lines))
    return text.translate(_BACK)


_LOOSE = regex.compile(r" *(?:-|\d{1,9}\.)")
"""A mark that stands alone: the text of a loose list's item follows below it."""
_GUARDS = {character: chr(0xFDD0 + number) for number, character in enumerate("•◦▪☐☑")}
_BACK = {ord(guard): character for character, guard in _GUARDS.items()}


def _guarded(line: Line) -> Line:
    """The line with a bullet at its start that is the message's own, since the look draws lists otherwise."""
    text = line.text.lstrip(" ")
    guard = _GUARDS.get(text[:1])
    if guard is None:
        return line
    return msgspec.structs.replace(line, text=line.text[: len(line.text) - len(text)] + guard + text[1:])


def draft(cell: Cell, look: Look) -> list[AnyItem]:
    """A message that still grows: its text as drawn, since Markdown is not worth its time before the end."""
    drawn = plain(message_lines(cell)).strip("\n")
    return [AgentMessage(id="", text=drawn, plain=drawn)]


def reasoning(cell: Cell, look: Look) -> list[AnyItem]:
    lines = unwrapped(message_lines(cell), look.columns)
    if look.markdown == "drawn":
        text = _restored(lit(lines), look)
    else:
        # Some looks draw thoughts as they draw messages.
        drawn = look.markdown in ("bare", "fenced") and cell.rule.shape == "label"
        text = _restored(lines, look) if drawn else plain(lines).strip("\n")
    if look.glues:
        text = _GLUED.sub(r"\n\n\g<0>", text)
    # A label with nothing below it says nothing.
    return [Reasoning(id="", text=text)] if text else []


_GLUED = regex.compile(r"(?<=[^\s*])\*\*[^\s*](?:[^*\n]*[^\s*])?\*\*$", regex.MULTILINE)
"""The heading of a part of a thought, drawn without a break behind the part before it."""


def vanished(before: Cell, cell: Cell) -> Cell | None:
    """``cell``, a label with nothing below it, with what followed the thought ``before`` until that was drawn anew."""
    now, then = before.lines, before.fullest
    last = len(now) - 1
    if any(line.text for line in cell.lines[1:]) or len(then) < len(now) or last < 1:
        return None
    if any(a.text != b.text for a, b in zip(now[:last], then, strict=False)):
        return None
    if not then[last].text.startswith(now[last].text):
        return None
    rest = [cut(then[last], len(now[last].text)), *then[last + 1 :]]
    if not any(line.text.strip() for line in rest):
        return None
    return Cell(cell.rule, cell.match, [cell.lines[0], *rest], cell.number)


def _words(cell: Cell) -> str:
    first: Line = cut(cell.lines[0], cell.match.spans.get("text", (0, 0))[0])
    return "\n".join([first.text, *(line.text.removeprefix("  ") for line in cell.lines[1:])]).strip()


_BACKGROUND = regex.compile(r'BackgroundEvent\(BackgroundEventEvent \{ message: "(?<text>.*)" \}\)', regex.DOTALL)
_APPLIED = regex.compile(r"PatchApplyEnd\(.*\bsuccess: (?<success>true|false) \}\)", regex.DOTALL)


def event(cell: Cell, look: Look) -> list[AnyItem]:
    """What Codex says of itself in the words of its source; that a patch was applied is no news."""
    text = "".join(line.text for line in cell.lines[1:]).strip()
    if found := _BACKGROUND.fullmatch(text):
        return [Notice(id="", text=found["text"].replace('\\"', '"'), level="warning")]
    if (found := _APPLIED.fullmatch(text)) and found["success"] == "true":
        return []
    return [Notice(id="", text=text, level="warning")]


def error(cell: Cell, look: Look) -> list[AnyItem]:
    return [Error(id="", message=_words(cell), status="failed")]


def interrupted(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def notice(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def unknown(cell: Cell, look: Look) -> list[AnyItem]:
    return [Unknown(id="", text=cell.text)]
