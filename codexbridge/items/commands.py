"""Cells of commands, run or read, to items."""

from __future__ import annotations

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.body import parts
from codexbridge.items.exploring import commands, readings
from codexbridge.items.model import AnyItem, CommandExecution, Unknown


def command(cell: Cell, look: Look) -> list[AnyItem]:
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
            exit_code=_number(cell, "exit"),
        )
    ]


def _number(cell: Cell, group: str) -> int | None:
    text = cell.match.groups.get(group)
    return int(text) if text else None


_PARTS = {
    "📖": "read",
    "📂": "list",
    "🔎": "search",
    "⌨": "run",
    "✨": "format",
    "🧪": "test",
    "🧹": "lint",
    "🔄": "run",
}


def parsed(cell: Cell, look: Look) -> list[AnyItem]:
    """A command of which Codex shows its own reading, one icon to each part, and the output only of a failure.

    One part that Codex could not read (a keyboard) is the command, as far as can be seen: repeated parts show once.
    """
    readings: list[dict[str, str]] = []
    output: list[str] = []
    for line in parts(cell, look).body:
        mark, _, text = line.text.partition(" ")
        kind = _PARTS.get(mark.strip("\ufe0e\ufe0f"))
        if kind:
            readings.append({"type": kind, "target": text})
        elif readings and readings[-1]["type"] == "run" and cell.match.status != "failed" and not output:
            readings[-1]["target"] += "\n" + line.text
        else:
            output.append(line.text)
    whole = len(readings) == 1 and readings[0]["type"] == "run"
    return [
        CommandExecution(
            id="",
            command=readings[0]["target"] if whole else "",
            parsed=readings,
            aggregated_output="\n".join(output),
            elided=0 if output or cell.match.status == "failed" else -1,
            exit_code=_number(cell, "exit"),
        )
    ]


def explored(cell: Cell, look: Look) -> list[AnyItem]:
    return [*commands(readings(cell, look))] or [Unknown(id="", text=cell.text)]
