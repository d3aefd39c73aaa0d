"""Proof that a release does not draw something: its text occurs in no row that the terminal ever showed.

The bridge's own reading has no part in it. Rows are taken from the recording as the terminal has them, before any
rule is applied.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from codexbridge.lab.cast import Cast
from codexbridge.lab.expect import patch_changes
from codexbridge.lab.truth import Entry, Truth
from codexbridge.terminal.records import Frame, Inserted, Record, Scrolled
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


class Drawn(NamedTuple):
    """What was drawn before the last turn was over, in letters and digits, a row a line: all of it, and what went
    into the history."""

    anywhere: str
    history: str


def drawn(cast: Cast) -> Drawn:
    """Gather what a recording shows."""
    ends = [event.time for event in cast.events if event.code == "m" and event.data.endswith(" done")]
    end = ends[-1] if ends else float("inf")
    terminal = Terminal(cast.header.columns, cast.header.rows, tabs="cells")
    seen: dict[str, None] = {}
    kept: dict[str, None] = {}

    def take(record: Record) -> None:
        if not isinstance(record, (Inserted, Frame, Scrolled)):
            return
        bare = [_bare(row.text) for row in record.rows if row.text]
        seen.update(dict.fromkeys(bare))
        if not isinstance(record, Frame):
            kept.update(dict.fromkeys(bare))

    for at, data in cast.output():
        if at > end:
            break
        for record in terminal.feed(data):
            take(record)
        terminal.data_to_send()
    for record in terminal.settle():
        take(record)
    return Drawn("\n".join(seen), "\n".join(kept))


def proven(loss: str, truth: Truth, shown: Drawn) -> bool | None:
    """Whether something of the kind that ``loss`` names was said and never drawn; None where this proves nothing."""
    kind = ABSENT.get(loss)
    if kind is None:
        return None
    # A release may show the beginning of a thought beside its spinner, and forget it.
    text = shown.history if kind == "reasoning" else shown.anywhere
    return any(_absent(loss, entry, text) for turn in truth.turns for entry in turn.entries if entry.kind == kind)


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
