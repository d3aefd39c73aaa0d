"""Commands in a history that Codex restated raw: ``$ command``, its output, how it ended; no style anywhere.

Text of a message may look the same, so this gives candidates: every line that could begin a command, up to the
first that could end it. Who matches them with commands that the history announced leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.grammar.look import TIMEOUT, Pager
from codexbridge.grammar.overlay import Shown, divided

_LONGEST = 60_000
"""Lines of an output after which a candidate is given up."""


def raw_commands(lines: Sequence[str], pager: Pager) -> list[Shown]:
    """The candidates, oldest first."""
    found: list[Shown] = []
    ended = False
    ends = {}
    for index, line in enumerate(lines):
        if line.startswith(("✓", "✗")) and (index + 1 == len(lines) or not lines[index + 1]):
            match = pager.end.fullmatch(line, timeout=TIMEOUT)
            if match:
                ends[index] = match
    order = sorted(ends)
    place = 0
    for index, line in enumerate(lines):
        if index in ends:
            ended = True
        if not line or (index and lines[index - 1]):
            continue
        head = pager.command.fullmatch(line, timeout=TIMEOUT)
        if head is None:
            ended = False
            continue
        while place < len(order) and order[place] < index:
            place += 1
        if place == len(order) or order[place] - index > _LONGEST:
            continue
        end = ends[order[place]]
        shown = Shown(
            head["command"], [], [], end["ok"] is not None, None, end["duration"] or "", not ended, order[place]
        )
        shown.code = 0 if shown.ok else int(end["code"]) if end["code"] else None
        shown.indented, shown.output = divided(lines[index + 1 : order[place]], " " * pager.rule.indent)
        if len(shown.output) == 1 and not shown.indented and pager.empty.fullmatch(shown.output[0]):
            shown.output = []
        found.append(shown)
    return found
