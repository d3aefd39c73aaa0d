"""Cells to items: which builder makes which kind."""

from __future__ import annotations

from collections.abc import Callable

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items import approvals, calls, commands, messages, patches, plans
from codexbridge.items.model import AnyItem, Unknown

Builder = Callable[[Cell, Look], list[AnyItem]]


def build(cell: Cell, look: Look, growing: bool = False) -> list[AnyItem]:
    """The items that a cell stands for (usually one), without ids. Never raises for what Codex drew."""
    builder = messages.draft if growing and cell.kind == "agent_message" else _BUILDERS.get(cell.kind)
    if builder is None:
        return [Unknown(id="", text=cell.text)]
    items = builder(cell, look)
    span = (cell.lines[0].id, cell.lines[-1].id)
    for item in items:
        item.lines = span
        if cell.match.status and item.status == "completed":
            item.status = cell.match.status  # type: ignore[assignment]
        if cell.kind in look.swapped:
            item.status = "failed" if item.status == "completed" else "completed"
        for name, value in cell.rule.set.items():
            setattr(item, name, value)
    return items


_BUILDERS: dict[str, Builder] = {
    "user_message": messages.user,
    "agent_message": messages.agent,
    "reasoning": messages.reasoning,
    "command_execution": commands.command,
    "explored": commands.explored,
    "ran_group": commands.group,
    "parsed": commands.parsed,
    "command_running": commands.begun,
    "command_left": commands.command,
    "command_output": commands.output,
    "event": messages.event,
    "todo_list": plans.plan,
    "file_change": patches.patch,
    "applying": patches.applying,
    "patch_refused": patches.refused,
    "patch_listed": patches.listed,
    "mcp_tool_call": calls.mcp,
    "mcp_running": calls.mcp,
    "image_view": calls.image,
    "web_search": calls.search,
    "approval_request": approvals.approval,
    "patch_offered": approvals.patch,
    "patch_taken": patches.taken,
    "error": messages.error,
    "interrupted": messages.interrupted,
    "notice": messages.notice,
    "unknown": messages.unknown,
}
