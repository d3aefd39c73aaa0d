"""Cells of file edits to items."""

from __future__ import annotations

from typing import Any

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.grammar.styles import style_at
from codexbridge.items.body import parts
from codexbridge.items.model import AnyItem, Error, FileChange
from codexbridge.transcript.lines import Line

_KINDS = {
    "Edited": "update",
    "Change Approved": "update",
    "Proposed Change": "update",
    "Added": "add",
    "Deleted": "delete",
}
_FILE = regex.compile(r"(?<path>.+?)(?: → (?<to>.+?))? \(\+(?<added>\d+) -(?<removed>\d+)\)")


def patch(cell: Cell, look: Look) -> list[AnyItem]:
    groups = cell.match.groups
    kind = _KINDS[groups["verb"]]
    changes: list[dict[str, Any]] = []
    if "path" in groups:
        changes.append(_change(groups["path"], kind, groups))
        changes[0]["diff"] = _diff([line.text for line in cell.lines[1:]], changes[0])
        return [FileChange(id="", changes=changes)]
    block: list[str] = []
    for line in cell.lines[1:]:
        found = _FILE.fullmatch(line.text[len(look.body.first) :]) if line.text.startswith(look.body.first) else None
        if found is None:
            block.append(line.text)
            continue
        if changes:
            changes[-1]["diff"] = _diff(block, changes[-1])
        block = []
        changes.append(_change(found["path"] + (f" → {found['to']}" if found["to"] else ""), kind, found.groupdict()))
    if changes:
        changes[-1]["diff"] = _diff(block, changes[-1])
    for change in changes:
        change["kind"] = _guess(change)
    return [FileChange(id="", changes=changes)]


def applying(cell: Cell, look: Look) -> list[AnyItem]:
    """A patch of the older looks: the files first, then the diffs in the same order, a row of dots between.

    A cell of one file may leave out its counts, which are those of the head. A deleted file counts no lines.
    """
    changes: list[dict[str, Any]] = []
    diffs: list[list[str]] = [[]]
    for line in cell.lines[1:]:
        text = line.text
        opens = text.startswith(look.body.next if changes else look.firsts)
        head = text[len(look.body.first) :]
        if opens and not head.startswith(" ") and not _NUMBERED.match(head):
            found = _FILE.fullmatch(head)
            if found is not None:
                path = found["path"] + (f" → {found['to']}" if found["to"] else "")
                changes.append(_change(path, "update", found.groupdict()))
                continue
            if not changes:
                changes.append(_change(head, "update", cell.match.groups))
                continue
        if text.strip() == "...":
            diffs.append([])
        elif text:
            diffs[-1].append(_signed(line))
    shown = [change for change in changes if change["added"] or change["removed"]]
    drawn = [diff for diff in diffs if diff]
    gone = [change for change in shown if change["removed"] and not change["added"] and "move_path" not in change]
    if len(shown) - len(drawn) == len(gone):
        # Some releases count the lines of a file that is deleted, and none draws them.
        shown = [change for change in shown if change not in gone]
    for change in changes:
        if change not in shown:
            change["kind"] = "delete"
    if len(drawn) == len(shown):
        for change, diff in zip(shown, drawn, strict=True):
            change["diff"] = _diff(diff, change)
            change["kind"] = _guess(change)
    return [FileChange(id="", changes=changes)]


def _signed(line: Line) -> str:
    """A row of a diff. Some releases leave no column for the sign of a line that stays, which may begin with one."""
    place = _INDENT + _NUMBER
    style = style_at(line, place)
    if line.text[place : place + 1] in ("+", "-") and style.fg == style.bg == "default":
        return f"{line.text[:place]} {line.text[place:]}"
    return line.text


_LISTED = regex.compile(r"(?<mark>[AMDR]) (?<path>.+?)(?: → (?<to>.+?))?(?: \(\+(?<added>\d+)\))?")


def listed(cell: Cell, look: Look) -> list[AnyItem]:
    """A patch as a list of files, a coloured letter before each, with a unified diff below those that changed."""
    changes: list[dict[str, Any]] = []
    diff: list[str] = []
    for line in cell.lines[1:]:
        found = _LISTED.fullmatch(line.text)
        if found is None or not style_at(line, 0).bold:
            diff.append(line.text)
            continue
        _told(changes, diff)
        diff = []
        kind = {"A": "add", "D": "delete"}.get(found["mark"], "update")
        counts = {"added": found["added"] or "0", "removed": "0"}
        changes.append(_change(found["path"] + (f" → {found['to']}" if found["to"] else ""), kind, counts))
    _told(changes, diff)
    return [FileChange(id="", changes=changes)]


def _told(changes: list[dict[str, Any]], diff: list[str]) -> None:
    """``diff`` belongs to the last of ``changes``."""
    if changes and any(diff):
        changes[-1]["diff"] = "\n".join(diff).strip("\n")
        changes[-1]["added"] = sum(row.startswith("+") for row in diff)
        changes[-1]["removed"] = sum(row.startswith("-") for row in diff)


def offered(cell: Cell, look: Look) -> FileChange:
    """The changes of a cell that proposes them, in whichever form the look has for patches."""
    if "verb" in cell.match.groups:
        (item,) = patch(cell, look)
    else:
        (item,) = listed(cell, look) if cell.rule.shape == "label" else applying(cell, look)
    assert isinstance(item, FileChange)
    return item


def taken(cell: Cell, look: Look) -> list[AnyItem]:
    """What was proposed before is applied; the cell does not say it again."""
    return [FileChange(id="", changes=[])]


_ESCAPED = regex.compile(r"\\([\"\\$`!])")
_PATCH = regex.compile(r"(?:cd \S+ && )?apply_patch\b.*?(?<patch>\*\*\* Begin Patch\n.*)", regex.DOTALL)
_HEAD = regex.compile(r"\*\*\* (?<kind>Add|Update|Delete) File: (?<path>.+)")


def changes_of(command: str) -> list[dict[str, Any]]:
    """The changes of a patch that a command applies; none where it applies none."""
    found = _PATCH.match(command)
    if found is None:
        return []
    changes: list[dict[str, Any]] = []
    diff: list[str] = []
    patch = found["patch"]
    if command[: found.start("patch")].endswith('"'):
        # An argument that is quoted for a shell.
        patch = _ESCAPED.sub(r"\1", patch)
    for line in patch.split("\n"):
        if head := _HEAD.fullmatch(line):
            _told(changes, diff)
            diff = []
            changes.append({"path": head["path"].strip(), "kind": head["kind"].lower(), "added": 0, "removed": 0})
        elif line.startswith("*** Move to: ") and changes:
            changes[-1]["move_path"] = line.removeprefix("*** Move to: ").strip()
        elif line.startswith("*** End Patch"):
            break
        elif not line.startswith("*** "):
            diff.append(line)
    _told(changes, diff)
    return changes


_NUMBERED = regex.compile(r"\d+(?: |$)")


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
_CUT = regex.compile(r" *… [A-Z].*")
_INDENT, _NUMBER = 4, 6
"""Where a look gives the line number a column of its own: the indentation before it, and its width."""


def _diff(rows: list[str], change: dict[str, Any]) -> str:
    """The shown diff of ``change`` with its line numbers removed.

    Some releases draw no row for a line that is empty: its number is missing between two others. Where the counts of
    the change leave no doubt, it is put back. Some draw the first rows of a long diff only, and say so in the last.
    """
    dots = ("⋮", "...")
    cut = bool(rows) and bool(_CUT.fullmatch(rows[-1]))
    rows = rows[:-1] if cut else rows
    numbered = [row for row in rows if row.strip() and row.strip() not in dots]
    columns = all(row[_INDENT : _INDENT + _NUMBER].strip().isdigit() for row in numbered)
    result: list[str] = []
    numbers: list[int | None] = []
    for row in rows:
        if row.strip() in dots:
            result.append("@@")
            numbers.append(None)
        elif columns and row.strip():
            result.append(row[_INDENT + _NUMBER :] or " ")
            numbers.append(int(row[_INDENT : _INDENT + _NUMBER]))
        elif found := _DIFF.fullmatch(row):
            result.append((found["sign"] or " ") + found["text"])
            numbers.append(int(found["number"]))
    if cut:
        lacking = int(change["added"]) + int(change["removed"]) - sum(row[:1] in ("+", "-") for row in result)
        return "\n".join([*result, f"[{lacking} changed lines not shown]"])
    return "\n".join(_with_empty(result, numbers, change))


def _with_empty(rows: list[str], numbers: list[int | None], change: dict[str, Any]) -> list[str]:
    """``rows`` with the empty lines that their numbers call for. Rows that go have the numbers of the old file."""
    added = int(change["added"])
    whole = range(1, added + 1)
    if 0 < len(rows) < added and all(row.startswith("+") for row in rows) and {*numbers} <= {*whole}:
        # A new file: its lines count from the first.
        known = dict(zip(numbers, rows, strict=True))
        return [known.get(number, "+") for number in whole]
    gaps: dict[int, int] = {}
    last: int | None = None
    for place, (row, number) in enumerate(zip(rows, numbers, strict=True)):
        if number is None:
            last = None
        elif not row.startswith("-"):
            if last is not None and number > last + 1:
                gaps[place] = number - last - 1
            last = number
    lacking = added - sum(row.startswith("+") for row in rows)
    if not gaps or lacking not in (0, sum(gaps.values())):
        return rows
    out: list[str] = []
    for place, row in enumerate(rows):
        out += (["+"] if lacking else [" "]) * gaps.get(place, 0)
        out.append(row)
    return out


def refused(cell: Cell, look: Look) -> list[AnyItem]:
    """Codex says that the patch before was not applied, and why."""
    reason = "\n".join(line.text for line in parts(cell, look).body)
    message = cell.match.groups.get("text", "")
    return [Error(id="", status="failed", recoverable=True, message="\n".join(filter(None, (message, reason))))]
