"""Cells about approvals to items: what Codex asked, and what the history says became of it."""

from __future__ import annotations

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.model import AnyItem, ApprovalRequest
from codexbridge.items.patches import offered


def approval(cell: Cell, look: Look) -> list[AnyItem]:
    """The head's group ``text`` says what it is about; ``set`` of the rule gives subject and decision."""
    first = cell.match.groups.get("text", "")
    rest = [line.text.strip().removeprefix("└ ") for line in cell.lines[1:]]
    text = _SCOPE.sub("", "\n".join([first, *rest]).strip())
    return [ApprovalRequest(id="", subject="command", text=text)]


# What stands behind a command of several lines.
_SCOPE = regex.compile(r"\s+(?:this time|every time this session)$")


def patch(cell: Cell, look: Look) -> list[AnyItem]:
    """A patch that Codex asks about; what is in it belongs to the item of its application."""
    names = [str(change.get("path", "")) for change in offered(cell, look).changes]
    return [ApprovalRequest(id="", subject="patch", text="\n".join(names))]
