"""Cells to items: one builder per kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.grammar.styles import style_at
from codexbridge.items.body import cut, parts
from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    CommandExecution,
    Error,
    FileChange,
    ImageView,
    McpToolCall,
    Notice,
    Reasoning,
    TodoList,
    Unknown,
    UserMessage,
    WebSearch,
)
from codexbridge.items.text import message_lines, plain
from codexbridge.transcript.lines import Line

Builder = Callable[[Cell, Look], list[AnyItem]]


def build(cell: Cell, look: Look) -> list[AnyItem]:
    """The items that a cell stands for (usually one), without ids. Never raises for what Codex drew."""
    builder = _BUILDERS.get(cell.kind)
    if builder is None:
        return [Unknown(id="", text=cell.text)]
    items = builder(cell, look)
    span = (cell.lines[0].id, cell.lines[-1].id)
    for item in items:
        item.lines = span
        if cell.match.status and item.status == "completed":
            item.status = cell.match.status  # type: ignore[assignment]
        for name, value in cell.rule.set.items():
            setattr(item, name, value)
    return items


def _user(cell: Cell, look: Look) -> list[AnyItem]:
    return [UserMessage(id="", text=plain(message_lines(cell)).strip("\n"))]


def _agent(cell: Cell, look: Look) -> list[AnyItem]:
    text = plain(message_lines(cell)).strip("\n")
    return [AgentMessage(id="", text=text, plain=text)]


def _reasoning(cell: Cell, look: Look) -> list[AnyItem]:
    return [Reasoning(id="", text=plain(message_lines(cell)).strip("\n"))]


def _command(cell: Cell, look: Look) -> list[AnyItem]:
    found = parts(cell, look)
    first = [cell.match.groups["command"]] if "command" in cell.match.groups else []
    command = "\n".join(first + [line.text for line in found.head])
    output = [line.text for line in found.body]
    if found.elided:
        output.insert(found.elided_at, f"[{found.elided} lines not shown]")
    return [
        CommandExecution(
            id="",
            command=command,
            aggregated_output="\n".join(output),
            elided=found.elided,
            elided_command=found.elided_head,
        )
    ]


_EXPLORED = regex.compile(r"(?<verb>Read|List|Search|Run)(?: (?<target>.*))?")


def _explored(cell: Cell, look: Look) -> list[AnyItem]:
    items: list[AnyItem] = []
    for line in parts(cell, look).body:
        found = _EXPLORED.fullmatch(line.text)
        if found is None:
            if items and isinstance(items[-1], CommandExecution) and items[-1].parsed:
                items[-1].parsed[-1]["target"] += " " + line.text.strip()
            continue
        verb, target = found["verb"].lower(), found["target"] or ""
        targets = target.split(", ") if verb == "read" else [target]
        for one in targets:
            command = one if verb in ("list", "run") else ""
            items.append(CommandExecution(id="", command=command, parsed=[{"type": verb, "target": one}], elided=-1))
    return items or [Unknown(id="", text=cell.text)]


def _plan(cell: Cell, look: Look) -> list[AnyItem]:
    steps: list[dict[str, Any]] = []
    note: list[str] = []
    for line in parts(cell, look).body:
        mark, _, text = line.text.partition(" ")
        if mark in ("✔", "✓"):
            steps.append({"text": text, "status": "completed"})
        elif mark in ("□", "☐"):
            style = style_at(line, 2)
            current = style.bold or not style.dim
            steps.append({"text": text, "status": "in_progress" if current else "pending"})
        elif steps and line.text.startswith("  "):
            steps[-1]["text"] += " " + line.text.strip()
        else:
            note.append(line.text)
    return [TodoList(id="", items=steps, explanation="\n".join(note).strip())]


_KINDS = {"Edited": "update", "Added": "add", "Deleted": "delete"}
_FILE = regex.compile(r"(?<path>.+?)(?: → (?<to>.+?))? \(\+(?<added>\d+) -(?<removed>\d+)\)")


def _patch(cell: Cell, look: Look) -> list[AnyItem]:
    groups = cell.match.groups
    kind = _KINDS[groups["verb"]]
    changes: list[dict[str, Any]] = []
    if "path" in groups:
        changes.append(_change(groups["path"], kind, groups))
        changes[0]["diff"] = _diff([line.text for line in cell.lines[1:]])
        return [FileChange(id="", changes=changes)]
    block: list[str] = []
    for line in cell.lines[1:]:
        found = _FILE.fullmatch(line.text[len(look.body.first) :]) if line.text.startswith(look.body.first) else None
        if found is None:
            block.append(line.text)
            continue
        if changes:
            changes[-1]["diff"] = _diff(block)
        block = []
        added, removed = int(found["added"]), int(found["removed"])
        changes.append(_change(found["path"] + (f" → {found['to']}" if found["to"] else ""), kind, found.groupdict()))
        del added, removed
    if changes:
        changes[-1]["diff"] = _diff(block)
    for change in changes:
        change["kind"] = _guess(change)
    return [FileChange(id="", changes=changes)]


def _change(path: str, kind: str, counts: dict[str, str]) -> dict[str, Any]:
    old, arrow, new = path.partition(" → ")
    change: dict[str, Any] = {"path": old, "kind": kind}
    if arrow:
        change["move_path"] = new
    change["added"], change["removed"] = int(counts["added"]), int(counts["removed"])
    return change


def _guess(change: dict[str, Any]) -> str:
    """In a cell of several files only the diff tells an added file: every line of it is new, from the first on."""
    lines = [line for line in change.get("diff", "").split("\n") if line]
    if "move_path" in change or not lines:
        return str(change["kind"])
    if change["removed"] == 0 and all(line.startswith("+") for line in lines):
        return "add"
    if change["added"] == 0 and all(line.startswith("-") for line in lines):
        return "delete"
    return str(change["kind"])


_DIFF = regex.compile(r" *(?<number>\d+) (?<sign>[ +-])?(?<text>.*)")


def _diff(rows: list[str]) -> str:
    """The shown diff with its line numbers removed."""
    result = []
    for row in rows:
        found = _DIFF.fullmatch(row)
        if found:
            result.append((found["sign"] or " ") + found["text"])
        elif row.strip() in ("⋮", "..."):
            result.append("@@")
    return "\n".join(result)


_CALL = regex.compile(r"(?<server>[^.(]+)\.(?<tool>[^(]+)(?:\((?<arguments>.*)\))?", regex.DOTALL)


def _mcp(cell: Cell, look: Look) -> list[AnyItem]:
    found = parts(cell, look)
    call = cell.match.groups.get("call", "") + "".join(line.text for line in found.head)
    result = "\n".join(line.text for line in found.body)
    match = _CALL.fullmatch(call)
    if match is None:
        return [McpToolCall(id="", server="", tool=call, result=result)]
    arguments: Any = match["arguments"] or None
    try:
        arguments = json.loads(arguments) if arguments else {}
    except ValueError:
        pass
    return [McpToolCall(id="", server=match["server"], tool=match["tool"], arguments=arguments, result=result)]


def _image(cell: Cell, look: Look) -> list[AnyItem]:
    path = cell.match.groups.get("path") or "\n".join(line.text for line in parts(cell, look).body)
    return [ImageView(id="", path=path)]


def _search(cell: Cell, look: Look) -> list[AnyItem]:
    more = [line.text.strip() for line in cell.lines[1:]]
    return [WebSearch(id="", query=" ".join([cell.match.groups.get("query", ""), *more]).strip())]


def _words(cell: Cell) -> str:
    first: Line = cut(cell.lines[0], cell.match.spans.get("text", (0, 0))[0])
    return "\n".join([first.text, *(line.text.removeprefix("  ") for line in cell.lines[1:])]).strip()


def _error(cell: Cell, look: Look) -> list[AnyItem]:
    return [Error(id="", message=_words(cell), status="failed")]


def _interrupted(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def _notice(cell: Cell, look: Look) -> list[AnyItem]:
    return [Notice(id="", text=_words(cell))]


def _unknown(cell: Cell, look: Look) -> list[AnyItem]:
    return [Unknown(id="", text=cell.text)]


_BUILDERS: dict[str, Builder] = {
    "user_message": _user,
    "agent_message": _agent,
    "reasoning": _reasoning,
    "command_execution": _command,
    "explored": _explored,
    "todo_list": _plan,
    "file_change": _patch,
    "mcp_tool_call": _mcp,
    "image_view": _image,
    "web_search": _search,
    "error": _error,
    "interrupted": _interrupted,
    "notice": _notice,
    "unknown": _unknown,
}
