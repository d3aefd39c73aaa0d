"""Content too large to send: cut in the middle, with a mark that says how much is gone."""

from __future__ import annotations

from codexbridge.items.model import AgentMessage, AnyItem, CommandExecution, FileChange, McpToolCall, Reasoning

LIMIT = 256 * 1024
"""Most bytes (UTF-8) of one text. The platform takes events of 1 MiB, and an event may carry a text twice."""


def middle_cut(text: str, limit: int = LIMIT) -> tuple[str, int]:
    """``text`` within ``limit`` bytes, and how many lines of it are missing.

    Whole lines are kept at both ends where there are any; a single long line is cut within itself.

    >>> middle_cut("short")
    ('short', 0)
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit:
        return text, 0
    # Room for the mark itself.
    half = max((limit - 80) // 2, 0)
    head = data[:half].decode("utf-8", "ignore")
    tail = data[len(data) - half :].decode("utf-8", "ignore")
    if (end := head.rfind("\n")) >= 0 and end > len(head) // 2:
        head = head[:end]
    if 0 <= (start := tail.find("\n")) < len(tail) // 2:
        tail = tail[start + 1 :]
    gone = len(data) - len(head.encode()) - len(tail.encode())
    lines = text.count("\n") - head.count("\n") - tail.count("\n") - 1
    lines = max(lines, 1)
    return f"{head}\n[{gone} bytes, about {lines} lines, left out here]\n{tail}", lines


def fit(item: AnyItem) -> None:
    """Cut the texts of ``item`` that are too large to send; a command's missing lines are counted in ``elided``."""
    if isinstance(item, CommandExecution):
        item.aggregated_output, gone = middle_cut(item.aggregated_output)
        item.elided += gone if item.elided >= 0 else 0
        item.command, gone = middle_cut(item.command)
        item.elided_command += gone
    elif isinstance(item, McpToolCall):
        item.result, gone = middle_cut(item.result)
        item.elided += gone if item.elided >= 0 else 0
    elif isinstance(item, AgentMessage):
        item.text, _ = middle_cut(item.text)
        item.plain, _ = middle_cut(item.plain)
    elif isinstance(item, Reasoning):
        item.text, _ = middle_cut(item.text)
    elif isinstance(item, FileChange):
        share = LIMIT // max(len(item.changes), 1)
        for change in item.changes:
            if isinstance(change.get("diff"), str):
                change["diff"], _ = middle_cut(change["diff"], share)
