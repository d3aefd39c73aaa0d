"""Which item stands for which expectation.

First the pairing that keeps order and explains most, then what may stand anywhere within bounds (parallel calls,
messages into a running turn), then what is there but in another place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from codexbridge.items.model import (
    AnyItem,
    ApprovalRequest,
    CommandExecution,
    FileChange,
    ImageView,
    McpToolCall,
    Notice,
    WebSearch,
)
from codexbridge.items.model import Error as ErrorItem
from codexbridge.lab.expect import Expected, expectations, patch_changes
from codexbridge.lab.plain import folded, plain
from codexbridge.lab.truth import Truth

Pair = tuple[list[int], list[int]]
"""Indexes of the expectations, and of the items that stand for them."""


class Alignment(msgspec.Struct):
    """Which items stand for which expectations."""

    expected: list[Expected]
    items: Sequence[AnyItem]
    pairs: list[Pair]
    misplaced: set[int]
    """Expectations whose item is there, but in another place."""

    @property
    def missing(self) -> list[int]:
        """Expectations that no item stands for."""
        taken = {n for some, _ in self.pairs for n in some}
        return [n for n in range(len(self.expected)) if n not in taken]

    @property
    def extra(self) -> list[int]:
        """Items that stand for no expectation."""
        taken = {n for _, many in self.pairs for n in many}
        return [n for n in range(len(self.items)) if n not in taken]

    def of(self, item: AnyItem) -> list[int] | None:
        """The expectations that ``item`` (that very object) stands for."""
        for some, many in self.pairs:
            if any(self.items[n] is item for n in many):
                return some
        return None


def align(truth: Truth, items: Sequence[AnyItem], losses: Iterable[str] = ()) -> Alignment:
    """Pair ``items`` (completed ones, in order) with what the truth calls for."""
    return _Aligner(truth, items, frozenset(losses)).run()


_VAGUE = ("todo_list", "command_execution")
_UNTOLD = 0.8
"""Likeness of what does not show its text: a plan, a command of which there is a reading only. Where the order is a
declared loss, such an item may be the one that is missing; the scorer holds it to its turn."""


class _Aligner:
    def __init__(self, truth: Truth, items: Sequence[AnyItem], losses: frozenset[str]) -> None:
        self.losses = losses
        self.expected = expectations(truth, losses)
        beside = (Notice, ApprovalRequest)
        # An error that Codex recovered from is news, not the end of a turn.
        self.items = [
            item
            for item in items
            if not isinstance(item, beside) and not (isinstance(item, ErrorItem) and item.recoverable)
        ]

    def run(self) -> Alignment:
        found = Alignment(self.expected, self.items, self._as_they_ended(self._in_order()), set())
        for place in found.missing:
            if self.expected[place].group:
                after, before = self._bounds(place, found.pairs)
                near = (n for n in found.extra if after < n < before)
                other = next((n for n in near if self._likeness([place], [n]) > 0), None)
                if other is not None:
                    found.pairs.append(([place], [other]))
        for place in found.missing:
            if self.expected[place].group:
                self._shift(place, found)
        for place in found.missing:
            least = _UNTOLD if "order" in self.losses and self.expected[place].kind in _VAGUE else 1.0
            other = next((n for n in found.extra if self._likeness([place], [n]) >= least), None)
            if other is not None:
                found.pairs.append(([place], [other]))
                found.misplaced.add(place)
        found.pairs.sort()
        return found

    def _as_they_ended(self, pairs: list[Pair]) -> list[Pair]:
        """Calls of one answer are drawn as they end: among them like goes with like, in whatever order."""
        groups: dict[tuple[int, str], list[int]] = {}
        for n, (some, many) in enumerate(pairs):
            one = self.expected[some[0]]
            if len(some) == len(many) == 1 and one.group and not one.group.startswith("steered"):
                groups.setdefault((one.turn, one.group), []).append(n)
        for members in groups.values():
            for n in members:
                for m in members:
                    swapped = (pairs[n][0], pairs[m][1]), (pairs[m][0], pairs[n][1])
                    gain = sum(self._likeness(*pair) for pair in swapped)
                    if gain > self._likeness(*pairs[n]) + self._likeness(*pairs[m]):
                        pairs[n], pairs[m] = swapped
        return pairs

    def _shift(self, place: int, found: Alignment) -> None:
        """Equal calls of neighbouring answers: where one took the item of the other, each gets its own."""
        for index, (some, many) in enumerate(found.pairs):
            if len(some) != 1 or len(many) != 1 or self._likeness([place], many) < 1.0:
                continue
            others = [*found.pairs[:index], *found.pairs[index + 1 :]]
            after, before = self._bounds(place, others)
            if self.expected[some[0]].group and after < many[0] < before:
                pairs: list[Pair] = [*others, ([place], many)]
                after, before = self._bounds(some[0], pairs)
                near = (n for n in found.extra if after < n < before)
                left = next((n for n in near if self._likeness(some, [n]) >= 1.0), None)
                if left is not None:
                    found.pairs[index] = ([place], many)
                    found.pairs.append((some, [left]))
                    return

    def _bounds(self, place: int, pairs: list[Pair]) -> tuple[int, int]:
        """Between which items the group of an expectation must lie."""
        one = self.expected[place]
        steered = one.group.startswith("steered")
        within = [
            n
            for n, other in enumerate(self.expected)
            if (other.turn == one.turn if steered else other.group == one.group and other.turn == one.turn)
        ]
        after = max((many[-1] for some, many in pairs if some[-1] < within[0]), default=-1)
        before = min((many[0] for some, many in pairs if some[0] > within[-1]), default=len(self.items))
        return after, before

    def _in_order(self) -> list[Pair]:
        """The best pairing that keeps order: dynamic programming over both lists."""
        rows, columns = len(self.expected), len(self.items)
        best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
        step: dict[tuple[int, int], tuple[int, int]] = {}
        for i in range(rows - 1, -1, -1):
            for j in range(columns - 1, -1, -1):
                choices = [(best[i + 1][j], (1, 0)), (best[i][j + 1], (0, 1))]
                steered = self.expected[i].group.startswith("steered")
                if kind_of(self.items[j]) == self.expected[i].kind and not steered:
                    for a, b in self._spans(i, j):
                        like = self._likeness(list(range(i, i + a)), list(range(j, j + b)))
                        if like > 0:
                            choices.append((best[i + a][j + b] + like, (a, b)))
                best[i][j], step[i, j] = max(choices)
        pairs = []
        i = j = 0
        while i < rows and j < columns:
            a, b = step[i, j]
            if a and b:
                pairs.append((list(range(i, i + a)), list(range(j, j + b))))
            i, j = i + a, j + b
        return pairs

    def _spans(self, i: int, j: int) -> list[tuple[int, int]]:
        """How many expectations and items may make one pair here."""
        spans = [(1, 1)]
        kind = self.expected[i].kind
        item = self.items[j]
        several = kind == "reasoning" or (
            kind == "command_execution" and "command_parsed" in self.losses and getattr(item, "parsed", None)
        )
        if several:
            for a in range(2, 9):
                if i + a <= len(self.expected) and self.expected[i + a - 1].kind == kind:
                    spans.append((a, 1))
                else:
                    break
        if several and kind == "command_execution":
            for b in range(2, 9):
                if j + b <= len(self.items) and getattr(self.items[j + b - 1], "parsed", None):
                    spans.append((1, b))
                else:
                    break
        return spans

    def _likeness(self, some: list[int], many: list[int]) -> float:
        """0: not the same thing. 1: the same thing with the same text. Between: the same thing, less alike."""
        expected = [self.expected[n] for n in some]
        items = [self.items[n] for n in many]
        if any(kind_of(item) != expected[0].kind for item in items):
            return 0.0
        size = len(some) + len(many) - 1
        kind = expected[0].kind
        if kind == "error":
            return 0.9
        if kind in ("todo_list", "image_view"):
            return 0.9
        want = folded(" ".join(_wanted(one) for one in expected))
        prose = kind in ("agent_message", "reasoning")
        have = folded(" ".join(plain(text_of(item)) if prose else text_of(item) for item in items))
        if want == have and (size == 1 or kind != "command_execution"):
            return float(size)
        if kind == "command_execution" and getattr(items[0], "parsed", None):
            if len(items) > 1 and len({repr(getattr(item, "parsed", [])) for item in items}) < len(items):
                return 0.0
            told = [str(part.get("target") or "") for item in items for part in getattr(item, "parsed", [])]
            inside = all(any(word in want for word in target.split()) for target in told if target)
            # Every command must have something of the reading in it.
            each = [folded(_wanted(one)) for one in expected]
            inside = inside and all(any(word in one for target in told for word in target.split()) for one in each)
            # A group is worth less than its parts: it is meant only where nothing else explains them.
            return 0.8 + 0.3 * (size - 1) if told and inside else 0.0
        return 0.7 * size * alike(want, have)


def kind_of(item: AnyItem) -> str:
    """The item's kind, by its tag."""
    return str(item.__struct_config__.tag)


def _wanted(expected: Expected) -> str:
    entry = expected.entry
    if entry.kind == "file_change":
        return " ".join(names_of(patch_changes(entry.text)))
    if entry.kind == "mcp_tool_call":
        return entry.tool
    if entry.kind in ("agent_message", "reasoning"):
        return plain(entry.text)
    return entry.text


def text_of(item: AnyItem) -> str:
    """What an item is known by: its text, command, query, files."""
    if isinstance(item, CommandExecution):
        return item.command
    if isinstance(item, FileChange):
        return " ".join(names_of(item.changes))
    if isinstance(item, McpToolCall):
        return f"{item.server}.{item.tool}"
    if isinstance(item, WebSearch):
        return item.query
    if isinstance(item, ImageView):
        return item.path
    if isinstance(item, ErrorItem):
        return item.message
    return str(getattr(item, "text", ""))


def names_of(changes: list[dict[str, Any]]) -> list[str]:
    """The files of a patch, without their folders."""
    return sorted(str(change.get("path", "")).rpartition("/")[2] for change in changes)


def alike(one: str, other: str) -> float:
    """How much two texts share, from 0 to 1, by their words' runs of five characters; 0 when it is little."""
    if not one or not other:
        return 0.0
    first = {one[n : n + 5] for n in range(max(len(one) - 4, 1))}
    second = {other[n : n + 5] for n in range(max(len(other) - 4, 1))}
    share = len(first & second) / max(min(len(first), len(second)), 1)
    return share if share >= 0.3 else 0.0
