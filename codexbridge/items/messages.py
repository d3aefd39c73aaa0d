"""Cells of messages, errors and notices to items."""

from __future__ import annotations

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.bare import dress
from codexbridge.items.body import cut
from codexbridge.items.markdown import markdown
from codexbridge.items.model import AgentMessage, AnyItem, Error, Notice, Reasoning, Unknown, UserMessage
from codexbridge.items.text import message_lines, plain
from codexbridge.transcript.lines import Line


def user(cell: Cell, look: Look) -> list[AnyItem]:
    return [UserMessage(id="", text=plain(message_lines(cell)).strip("\n"))]


def agent(cell: Cell, look: Look) -> list[AnyItem]:
    lines = message_lines(cell)
    drawn = plain(lines).strip("\n")
    if look.markdown == "source":
        return [AgentMessage(id="", text=drawn, plain=drawn)]
    text = markdown(dress(lines), escape=False) if look.markdown == "bare" else markdown(lines)
    return [AgentMessage(id="", text=text, plain=drawn)]


def draft(cell: Cell, look: Look) -> list[AnyItem]:
    """A message that still grows: its text as drawn, since Markdown is not worth its time before the end."""
    drawn = plain(message_lines(cell)).strip("\n")
    return [AgentMessage(id="", text=drawn, plain=drawn)]


def reasoning(cell: Cell, look: Look) -> list[AnyItem]:
    return [Reasoning(id="", text=plain(message_lines(cell)).strip("\n"))]


def _words(cell: Cell) -> str:
    first: Line = cut(cell.lines[0], cell.match.spans.get("text", (0, 0))[0])
    return "\n".join([first.text, *(line.text.removeprefix("  ") for line in cell.lines[1:])]).strip()


def error(cell: Cell, look: Look) -> list[AnyItem]:
    return [Error(id="", message=_words(cell), status="failed")]


def interrupted(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def notice(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def unknown(cell: Cell, look: Look) -> list[AnyItem]:
    return [Unknown(id="", text=cell.text)]
