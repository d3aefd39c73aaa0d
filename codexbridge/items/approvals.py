"""Cells about approvals to items: what Codex asked, and what the history says became of it."""

from __future__ import annotations

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.model import AnyItem, ApprovalRequest


def approval(cell: Cell, look: Look) -> list[AnyItem]:
    """The head's group ``text`` says what it is about; ``set`` of the rule gives subject and decision."""
    first = cell.match.groups.get("text", "")
    rest = [line.text.strip() for line in cell.lines[1:]]
    return [ApprovalRequest(id="", subject="command", text="\n".join([first, *rest]).strip())]
