"""Cells of commands, run or read, to items."""

from __future__ import annotations

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import TIMEOUT, Look
from codexbridge.grammar.styles import style_at
from codexbridge.items.body import Parts, cut, parts
from codexbridge.items.exploring import commands, readings
from codexbridge.items.model import AnyItem, CommandExecution, FileChange, Unknown
from codexbridge.items.patches import changes_of
from codexbridge.items.shell import is_open, script
from codexbridge.items.text import message_lines, rejoined, unwrapped
from codexbridge.transcript.lines import Line


def command(cell: Cell, look: Look) -> list[AnyItem]:
    found = parts(cell, look)
    if look.body.wraps and look.columns:
        body = unwrapped(found.body, look.columns)
        if found.elided:
            # What is left out is counted in lines, and stands where it stood.
            before = unwrapped(found.body[: found.elided_at], look.columns)
            body = before + unwrapped(found.body[found.elided_at :], look.columns)
            found.elided_at = len(before)
        found.body = body
        found.head = unwrapped(found.head, look.columns)
    first = [cell.match.groups["command"]] if "command" in cell.match.groups else []
    if not first and not found.head:
        _split(found, cell.match.status == "failed")
    rows = first + [line.text for line in found.head]
    output = [line.text for line in found.body]
    if look.body.next and not look.body.wraps:
        left = cell.match.spans["command"][0] if first else len(look.body.next)
        rows = rows if found.elided_head else rejoined(rows, left, len(look.body.next), look.columns)
        output = _rejoined(output, found, look)
    command = "\n".join(rows)
    prompt = look.body.prompt
    if prompt and command.startswith(prompt):
        command = script(command.removeprefix(prompt).rstrip("\n"))
    code = _number(cell, "exit")
    if found.elided:
        output.insert(found.elided_at, f"[{found.elided} lines not shown]")
    partial = look.one_stream or (look.silent and not output and not found.empty)
    return [
        CommandExecution(
            id="",
            command=command,
            aggregated_output="\n".join(output),
            elided=found.elided or (-1 if partial else 0),
            elided_command=found.elided_head,
            exit_code=code,
            status="failed" if code else "completed",
        )
    ]


def _rejoined(output: list[str], found: Parts, look: Look) -> list[str]:
    """The rows of an output with the breaks undone, those before what is left out and those after it."""
    left = len(look.body.next)
    if not found.elided:
        return rejoined(output, left, left, look.columns)
    before = rejoined(output[: found.elided_at], left, left, look.columns)
    after = rejoined(output[found.elided_at :], left, left, look.columns)
    found.elided_at = len(before)
    return before + after


def begun(cell: Cell, look: Look) -> list[AnyItem]:
    """A cell of its own says that a command begins; a patch is a command to some releases."""
    if not cell.rule.margin:
        return command(cell, look)
    text = "\n".join(line.text for line in unwrapped(message_lines(cell), look.columns)).strip("\n")
    text = text.removeprefix(look.body.prompt)
    changes = changes_of(text)
    return [FileChange(id="", changes=changes)] if changes else [CommandExecution(id="", command=text)]


def output(cell: Cell, look: Look) -> list[AnyItem]:
    """What the command printed that began before. It has no command of its own."""
    lines = cell.lines[1:]
    elided = look.elision.fullmatch(lines[-1].text, timeout=TIMEOUT) if lines and look.elision else None
    rows = [cut(line, cell.rule.margin) for line in (lines[:-1] if elided else lines)]
    if rows and not rows[0].text:
        # Below the label, always; what the output begins with stands below that.
        del rows[0]
    shown = "\n".join(line.text for line in unwrapped(rows, look.columns)).rstrip("\n")
    missing = int(elided["count"]) if elided else 0
    if missing:
        shown += f"\n[{missing} lines not shown]"
    code = _number(cell, "exit")
    return [
        CommandExecution(
            id="",
            command="",
            aggregated_output=shown,
            elided=missing,
            exit_code=code,
            status="failed" if code or code is None else "completed",
        )
    ]


def _split(found: Parts, failed: bool) -> None:
    """A head without a command: the command stands on the rows below, before the output, which is dim throughout."""
    told = [index for index, line in enumerate(found.body) if line.text and not _dim(line)]
    end = told[-1] + 1 if failed and told else len(found.body)
    found.head, found.body = found.body[:end], found.body[end:]
    found.elided_at -= end


def _dim(line: Line) -> bool:
    return all(style_at(line, place).dim for place, character in enumerate(line.text) if character != " ")


_LARGEST = 1000


def group(cell: Cell, look: Look) -> list[AnyItem]:
    """Several commands of which only the number is shown."""
    count = min(_number(cell, "count") or 1, _LARGEST)
    return [CommandExecution(id="", command="", elided=-1) for _ in range(count)]


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
    failed = cell.match.status == "failed"
    rows = parts(cell, look).body
    if "part" in cell.match.groups:
        # The head is the reading itself.
        rows = [cut(cell.lines[0], cell.match.spans["part"][0]), *(cut(line, 4) for line in cell.lines[1:])]
    for line in rows:
        mark, _, text = line.text.replace("\u200a", " ", 1).partition(" ")
        kind = _PARTS.get(mark.strip("\ufe0e\ufe0f"))
        if kind:
            readings.append({"type": kind, "target": text})
        elif readings and readings[-1]["type"] == "run" and not failed and not output:
            readings[-1]["target"] += "\n" + line.text
        else:
            output.append(line.text)
    if failed and readings and readings[-1]["type"] == "run":
        # What a failed command printed follows its own lines, and looks like them.
        readings[-1]["target"], output = _parted(readings[-1]["target"], output)
    whole = len(readings) == 1 and readings[0]["type"] == "run"
    return [
        CommandExecution(
            id="",
            command=readings[0]["target"] if whole else "",
            parsed=readings,
            aggregated_output="\n".join(output),
            elided=0 if output or failed else -1,
            exit_code=_number(cell, "exit"),
        )
    ]


def _parted(first: str, below: list[str]) -> tuple[str, list[str]]:
    """A command that begins with ``first`` and the lines of its output; one that has no end has one line."""
    command = first
    for number, line in enumerate(below):
        if not is_open(command):
            return command, below[number:]
        command += "\n" + line
    return (first, below) if is_open(command) else (command, [])


def explored(cell: Cell, look: Look) -> list[AnyItem]:
    return [*commands(readings(cell, look))] or [Unknown(id="", text=cell.text)]
