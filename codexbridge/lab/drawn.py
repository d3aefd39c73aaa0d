"""Proof that a release does not draw something: its text occurs in no row that the terminal ever showed.

The bridge's own reading has no part in it. Rows are taken from the recording as the terminal has them, before any
rule is applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from codexbridge.lab.cast import Cast
from codexbridge.lab.expect import patch_changes
from codexbridge.lab.truth import Entry, Truth
from codexbridge.terminal.records import Frame, Inserted, Row, Scrolled
from codexbridge.terminal.terminal import Terminal

ABSENT = {
    "reasoning": "reasoning",
    "plan": "todo_list",
    "image": "image_view",
    "search": "web_search",
    "mcp": "mcp_tool_call",
    "failed_patch": "file_change",
    "slow_command": "command_execution",
    "hidden_after_reads": "command_execution",
    "interrupted_command": "command_execution",
    "output": "command_execution",
    "output_failed": "command_execution",
}
"""Losses that say that something is not drawn, and the kind of what is not."""

_LONG = 12
"""So many letters and digits in a row are no coincidence."""


def drawn(cast: Cast) -> str:
    """Everything that was drawn before the last turn was over, in letters and digits, one row after the other."""
    ends = [event.time for event in cast.events if event.code == "m" and event.data.endswith(" done")]
    end = ends[-1] if ends else float("inf")
    terminal = Terminal(cast.header.columns, cast.header.rows)
    seen: dict[str, None] = {}

    def take(rows: Iterable[Row]) -> None:
        for row in rows:
            if row.text:
                seen.setdefault(_bare(row.text))

    for at, data in cast.output():
        if at > end:
            break
        for record in terminal.feed(data):
            if isinstance(record, (Inserted, Frame, Scrolled)):
                take(record.rows)
        terminal.data_to_send()
    for record in terminal.settle():
        if isinstance(record, Frame):
            take(record.rows)
    return "\n".join(seen)


def proven(loss: str, truth: Truth, shown: str) -> bool | None:
    """Whether something of the kind that ``loss`` names was said and never drawn; None where this proves nothing."""
    kind = ABSENT.get(loss)
    if kind is None:
        return None
    return any(_absent(loss, entry, shown) for turn in truth.turns for entry in turn.entries if entry.kind == kind)


def _absent(loss: str, entry: Entry, shown: str) -> bool:
    if loss in ("output", "output_failed"):
        texts = (entry.output or "").splitlines()
    elif entry.kind == "reasoning":
        texts = [line for part in entry.parts or [entry.text] for line in part.splitlines()[1:]]
    elif entry.kind == "todo_list":
        texts = [str(step.get("text", "")) for step in entry.steps]
    elif entry.kind == "file_change":
        texts = [str(change["path"]) for change in patch_changes(entry.text)]
    elif entry.kind == "mcp_tool_call":
        texts = [entry.tool]
    else:
        texts = entry.text.splitlines()
    marks = [mark[:40] for mark in map(_bare, texts) if mark]
    return bool(marks) and not any(mark in shown for mark in marks if len(mark) >= min(_LONG, max(map(len, marks))))


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
