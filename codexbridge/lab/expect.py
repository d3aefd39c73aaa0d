"""What the truth calls for: one expectation for each item that a perfect reader would have recovered."""

from __future__ import annotations

import itertools
import re
from typing import Any

import msgspec

from codexbridge.lab.truth import Entry, Truth

_PARALLEL = re.compile(r"call_(\d+)_(\d+)_\d+")
_OPTIONAL = {
    "reasoning": "reasoning",
    "todo_list": "plan",
    "image_view": "image",
    "web_search": "search",
    "mcp_tool_call": "mcp",
    "error": "error",
    "command_execution": "command",
}


class Expected(msgspec.Struct, kw_only=True):
    """One item that the truth calls for."""

    turn: int
    kind: str
    entry: Entry
    optional: str = ""
    """The loss, or the circumstance, for which it may be missing."""
    group: str = ""
    """Calls of one answer run in parallel: among them order means nothing."""


def expectations(truth: Truth, losses: frozenset[str]) -> list[Expected]:
    """Everything that the truth calls for, in order."""
    found: list[Expected] = []
    for number, turn in enumerate(truth.turns):
        found.append(Expected(turn=number, kind="user_message", entry=Entry(kind="user_message", text=turn.user)))
        entries = [entry for entry in turn.entries if entry.state != "not_offered"]
        for place, entry in enumerate(entries):
            rest = entries[place + 1 :]
            if entry.kind == "error":
                # What was tried again and went well leaves no error; many tries that fail leave one.
                if not rest:
                    found.append(_expect(number, entry, losses))
                continue
            if entry.state == "dropped":
                if not rest:
                    found.append(_expect(number, entry, losses, "a stream that broke off"))
                continue
            if entry.kind == "reasoning":
                for part in entry.parts or [entry.text]:
                    one = Entry(kind="reasoning", text=part, state=entry.state)
                    found.append(_expect(number, one, losses))
                continue
            # Some releases let the model finish in spite of an interruption, and draw nothing of it.
            unseen = turn.interrupted and entry.kind == "agent_message" and not rest and "interrupted_text" in losses
            found.append(_expect(number, entry, losses, "interrupted_text" if unseen else ""))
        for text in turn.steered:
            entry = Entry(kind="user_message", text=text)
            found.append(Expected(turn=number, kind="user_message", entry=entry, group=f"steered {number}"))
    _part(found)
    return found


def _part(found: list[Expected]) -> None:
    """Calls of one answer with something else between them are groups of their own: what is said has its place."""
    part = 0
    for before, one in itertools.pairwise(found):
        if before.group and not one.group:
            part += 1
        if one.group and not one.group.startswith("steered"):
            one.group = f"{one.group}.{part}"


def _expect(turn: int, entry: Entry, losses: frozenset[str], why: str = "") -> Expected:
    optional = why
    named = _OPTIONAL.get(entry.kind, "")
    if named in losses:
        optional = named
    if entry.kind == "file_change" and "failed_patch" in losses and patch_failed(entry):
        optional = "failed_patch"
    if entry.kind == "error" and "endless_retry" in losses and entry.text.startswith("401"):
        optional = "endless_retry"
    if entry.kind == "reasoning" and "reasoning_merged" in losses:
        optional = "reasoning_merged"
    if entry.state == "cut":
        optional = "interrupted_text"
    if entry.kind == "command_execution":
        if "slow_command" in losses and _slow(entry):
            optional = "slow_command"
        if entry.output is None or "aborted by user" in entry.output:
            optional = "interrupted_command" if "interrupted_command" in losses else optional
    call = _PARALLEL.fullmatch(entry.call_id)
    group = f"{call[1]}.{call[2]}" if call else ""
    return Expected(turn=turn, kind=entry.kind, entry=entry, optional=optional, group=group)


def patch_failed(entry: Entry) -> bool:
    """Whether a patch was refused by the tool."""
    if entry.failed is not None:
        return entry.failed
    return entry.output is not None and "Success" not in entry.output and "Done!" not in entry.output


def _slow(entry: Entry) -> bool:
    found = re.search(r"Wall time: ([\d.]+)", entry.raw) or re.search(r'"duration_seconds":([\d.]+)', entry.raw)
    return bool(found) and float(found[1]) >= 0.9 if found else False


def patch_lines(patch: str) -> dict[str, tuple[list[str], list[str]]]:
    """The lines that an ``apply_patch`` text takes away and adds, by the name of the file (without its folder)."""
    lines: dict[str, tuple[list[str], list[str]]] = {}
    here: tuple[list[str], list[str]] = ([], [])
    for line in patch.splitlines():
        if head := re.match(r"\*\*\* (?:Add|Update|Delete) File: (.*)", line):
            here = lines.setdefault(head[1].strip().rpartition("/")[2], ([], []))
        elif line[:1] in ("-", "+"):
            here[line[0] == "+"].append(line[1:])
    return lines


def patch_changes(patch: str) -> list[dict[str, Any]]:
    """What an ``apply_patch`` text changes: ``{"path", "kind", "move_path"?, "added", "removed"}`` each."""
    changes: list[dict[str, Any]] = []
    for line in patch.splitlines():
        if head := re.match(r"\*\*\* (Add|Update|Delete) File: (.*)", line):
            changes.append({"path": head[2].strip(), "kind": head[1].lower(), "added": 0, "removed": 0})
        elif (move := re.match(r"\*\*\* Move to: (.*)", line)) and changes:
            changes[-1]["move_path"] = move[1].strip()
        elif changes and not line.startswith("***"):
            changes[-1]["added"] += line.startswith("+")
            changes[-1]["removed"] += line.startswith("-")
    return changes
