"""Hold recovered items against the truth, and say where they differ.

The measure is strict by default: every item of the truth once, in order, with its text, command, output and outcome.
Only losses that the release's row declares (:mod:`codexbridge.lab.losses`) are taken off, and they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    ApprovalRequest,
    CommandExecution,
    FileChange,
    ImageView,
    McpToolCall,
    Notice,
    Reasoning,
    TodoList,
    UserMessage,
    WebSearch,
)
from codexbridge.items.model import Error as ErrorItem
from codexbridge.lab.plain import folded, html, output_lines, plain
from codexbridge.lab.truth import Entry, Truth, flatten

_PARALLEL = re.compile(r"call_(\d+)_(\d+)_\d+")
_OPTIONAL = {
    "reasoning": "reasoning",
    "todo_list": "plan",
    "image_view": "image",
    "web_search": "search",
    "mcp_tool_call": "mcp",
    "error": "error",
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


class Difference(msgspec.Struct, kw_only=True):
    """One thing that is not as it was. ``what`` is a metric's name; ``loss`` is set where the release is to blame."""

    turn: int
    what: str
    kind: str
    expected: str = ""
    got: str = ""
    loss: str = ""


class Tally(msgspec.Struct):
    """So many right of so many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        """Count one."""
        self.of += 1
        self.right += right

    @property
    def share(self) -> float:
        """From 0 to 1; nothing to be right about counts as 1."""
        return self.right / self.of if self.of else 1.0


METRICS = ("recall", "precision", "order", "text", "markdown", "source", "commands", "failures", "outputs", "details")
"""``text``: messages equal as plain text; ``markdown``: they render to the same; ``source``: the same characters;
``outputs``: whole and equal; ``details``: plans, patches, MCP calls, queries, paths."""


class Score(msgspec.Struct):
    """The figures of one run, and every difference."""

    tallies: dict[str, Tally]
    differences: list[Difference] = []
    losses: dict[str, int] = {}
    """Loss -> how often it was the reason."""

    @property
    def perfect(self) -> bool:
        """Whether nothing is missing, nothing is too much and nothing differs, losses aside."""
        return not self.faults

    @property
    def faults(self) -> list[Difference]:
        """Differences that no declared loss explains, and that are more than a matter of form."""
        return [d for d in self.differences if not d.loss and d.what not in ("markdown", "source")]


def score(truth: Truth, items: Sequence[AnyItem], losses: Iterable[str] = ()) -> Score:
    """Compare ``items`` (completed ones, in order) with ``truth``."""
    return _Scorer(truth, items, frozenset(losses)).run()


def total(scores: Iterable[Score]) -> dict[str, Tally]:
    """The figures of several runs together."""
    sums = {name: Tally() for name in METRICS}
    for one in scores:
        for name, tally in one.tallies.items():
            sums[name].right += tally.right
            sums[name].of += tally.of
    return sums


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
            found.append(_expect(number, entry, losses))
        for text in turn.steered:
            entry = Entry(kind="user_message", text=text)
            found.append(Expected(turn=number, kind="user_message", entry=entry, group=f"steered {number}"))
    return found


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


class _Scorer:
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
        self.result = Score({name: Tally() for name in METRICS}, [], {})
        self.where = 0

    def run(self) -> Score:
        pairs = self._align()
        taken: set[int] = {n for _, many in pairs for n in many}
        matched: set[int] = {n for some, _ in pairs for n in some}
        extra = [n for n in range(len(self.items)) if n not in taken]
        # Parallel calls may end in any order, and a steered message may show anywhere in its turn.
        for place, expected in enumerate(self.expected):
            if place in matched or not expected.group:
                continue
            after, before = self._bounds(place, pairs)
            near = (n for n in extra if after < n < before)
            other = next((n for n in near if self._likeness([place], [n]) > 0), None)
            if other is not None:
                extra.remove(other)
                pairs.append(([place], [other]))
                matched.add(place)
        # The same thing elsewhere is there, but out of order.
        for place in range(len(self.expected)):
            if place in matched:
                continue
            other = next((n for n in extra if self._likeness([place], [n]) >= 1), None)
            if other is not None:
                extra.remove(other)
                pairs.append(([place], [other]))
                matched.add(place)
                if "order" in self.losses:
                    self._lost("order")
                    continue
                turn = self.expected[place].turn
                if any(one.turn == turn and one.group.startswith("steered") for one in self.expected):
                    # The truth does not tell when within the turn a steering message came through.
                    continue
                self._differ(place, "order", got="elsewhere")
                self.result.tallies["order"].add(False)
        for place, expected in enumerate(self.expected):
            if place in matched:
                self.result.tallies["recall"].add(True)
            elif expected.optional:
                self._lost(expected.optional)
            else:
                self.result.tallies["recall"].add(False)
                self._differ(place, "recall", _short(expected.entry.text or expected.entry.tool))
        for some, many in sorted(pairs):
            self.result.tallies["precision"].add(True)
            self._compare(some, many)
        for n in extra:
            item = self.items[n]
            if isinstance(item, UserMessage) and "wedged" in self.losses:
                # It was echoed and never sent, so the model has not seen it.
                self._lost("wedged")
                continue
            if isinstance(item, Reasoning) and "reasoning_merged" in self.losses and self._thought(item):
                self._lost("reasoning_merged")
                continue
            self.result.tallies["precision"].add(False)
            turn = self._turn_near(n, pairs)
            self._say(turn, "precision", _kind(item), got=_short(_text(item)))
        right = len(pairs) - sum(d.what == "order" for d in self.result.differences)
        self.result.tallies["order"].right += right
        self.result.tallies["order"].of += right
        return self.result

    def _bounds(self, place: int, pairs: list[tuple[list[int], list[int]]]) -> tuple[int, int]:
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

    def _thought(self, item: Reasoning) -> bool:
        """Whether the item is a piece of some reasoning."""
        have = _joined(plain(item.text))
        return any(have in _joined(plain(one.entry.text)) for one in self.expected if one.kind == "reasoning")

    def _align(self) -> list[tuple[list[int], list[int]]]:
        """The best pairing that keeps order: dynamic programming over both lists."""
        rows, columns = len(self.expected), len(self.items)
        best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
        step: dict[tuple[int, int], tuple[int, int]] = {}
        for i in range(rows - 1, -1, -1):
            for j in range(columns - 1, -1, -1):
                choices = [(best[i + 1][j], (1, 0)), (best[i][j + 1], (0, 1))]
                if _kind(self.items[j]) == self.expected[i].kind:
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
        if any(_kind(item) != expected[0].kind for item in items):
            return 0.0
        size = len(some) + len(many) - 1
        kind = expected[0].kind
        if kind == "error":
            return 0.9
        if kind in ("todo_list", "image_view"):
            return 0.9
        want = folded(" ".join(_wanted(one) for one in expected))
        prose = kind in ("agent_message", "reasoning")
        have = folded(" ".join(plain(_text(item)) if prose else _text(item) for item in items))
        if want == have and (size == 1 or kind != "command_execution"):
            return float(size)
        if kind == "command_execution" and getattr(items[0], "parsed", None):
            told = [str(part.get("target") or "") for item in items for part in getattr(item, "parsed", [])]
            inside = all(any(word in want for word in target.split()) for target in told if target)
            # A group is worth less than its parts: it is meant only where nothing else explains them.
            return 0.8 + 0.3 * (size - 1) if told and inside else 0.0
        return 0.7 * size * _alike(want, have)

    def _compare(self, some: list[int], many: list[int]) -> None:
        self.where = some[0]
        expected, item = self.expected[some[0]], self.items[many[0]]
        entry = expected.entry
        if isinstance(item, UserMessage):
            self._check("text", folded(item.text) == folded(entry.text), entry.text, item.text)
            self._check("source", item.text.strip() == entry.text.strip(), entry.text, item.text)
        elif isinstance(item, AgentMessage):
            self._message(expected, item)
        elif isinstance(item, Reasoning):
            want = folded(" ".join(plain(self.expected[n].entry.text) for n in some))
            have = folded(plain(item.text))
            right = want == have
            loss = "reasoning_heading" if not right and "reasoning_heading" in self.losses and have in want else ""
            for name in ("reasoning_parts", "reasoning_merged"):
                one, other = _joined(want), _joined(have)
                if not right and name in self.losses and (one in other or other in one):
                    loss = name
            self._check("text", right, want, have, loss)
        elif isinstance(item, CommandExecution):
            self._command([self.expected[n].entry for n in some], item)
        else:
            self._details(entry, item)

    def _message(self, expected: Expected, item: AgentMessage) -> None:
        entry = expected.entry
        want, have = folded(plain(entry.text)), folded(plain(item.text))
        right, loss = want == have, ""
        if not right and entry.state == "cut":
            right = folded(entry.text).startswith(folded(item.text)) or want.startswith(have)
            loss = "" if right else "interrupted_text"
        if not right:
            for name in ("dropped_text", "markdown_lists", "markdown_html", "wrapped_words"):
                if name in self.losses and self._explains(name, want, have):
                    loss = name
        self._check("text", right, want, have, loss)
        if entry.state == "said" and not loss:
            self._check("markdown", html(item.text) == html(entry.text), entry.text, item.text)
            self._check("source", item.text.strip() == entry.text.strip(), entry.text, item.text)

    def _explains(self, loss: str, want: str, have: str) -> bool:
        if loss == "dropped_text":
            return have.endswith(want)
        if loss == "wrapped_words":
            return want.replace(" ", "") == have.replace(" ", "")
        return _alike(want, have) > 0.6

    def _command(self, entries: list[Entry], item: CommandExecution) -> None:
        want = "\n".join(entry.text for entry in entries)
        right = _script(want) == _script(item.command)
        loss = ""
        if not right:
            if item.parsed and "command_parsed" in self.losses:
                loss = "command_parsed"
            elif "command_newlines" in self.losses and _joined(want) == _joined(item.command):
                loss = "command_newlines"
        self._check("commands", right, want, item.command, loss)
        entry = entries[-1]
        failed = any(one.failed for one in entries)
        if all(one.failed is not None for one in entries):
            right = (item.status == "failed") == failed
            if item.exit_code is not None and entry.exit_code is not None and len(entries) == 1:
                right = right and item.exit_code == entry.exit_code
            loss = "exit" if "exit" in self.losses else ("command_parsed" if item.parsed else "")
            loss = loss if loss in self.losses else ""
            self._check(
                "failures", right, f"exit {entry.exit_code}", f"{item.status} {item.exit_code}", "" if right else loss
            )
        if entry.output is not None and entry.exit_code is not None:
            self._output(entries, item, failed)

    def _output(self, entries: list[Entry], item: CommandExecution, failed: bool) -> None:
        want = output_lines("".join(entry.output or "" for entry in entries))
        have = output_lines(item.aggregated_output)
        cut = any(entry.truncated for entry in entries)
        wholes = [entry.output if entry.whole is None else entry.whole for entry in entries]
        whole = output_lines("".join(text or "" for text in wholes))
        right = have in (want, whole) and not item.elided
        if not right and cut and not item.elided:
            # The model was told less than was printed: what it was told must be there, at both ends.
            right = have[:20] == want[:20] and have[-20:] == want[-20:]
        loss = ""
        if not right:
            joined = "".join(have).replace(" ", "")
            shown = [line for line in have if not _NOT_SHOWN.fullmatch(line)]
            if "output_elided" in self.losses and item.elided and _within(shown, want):
                loss = "output_elided"
            elif "output_failed" in self.losses and failed and not have:
                loss = "output_failed"
            elif "output" in self.losses and not failed and not have:
                loss = "output"
            elif "command_parsed" in self.losses and item.parsed and not have:
                loss = "command_parsed"
            elif "output_head" in self.losses and want[-len(have) :] == have:
                loss = "output_head"
            elif "output_layout" in self.losses and joined == "".join(want).replace(" ", ""):
                loss = "output_layout"
        got = f"{len(have)} lines, {item.elided} left out: " + _short("\n".join(have))
        self._check("outputs", right, f"{len(want)} lines: " + _short("\n".join(want)), got, loss)

    def _details(self, entry: Entry, item: AnyItem) -> None:
        if isinstance(item, FileChange):
            want = sorted(_change(change) for change in patch_changes(entry.text))
            have = sorted(_change(change) for change in item.changes)
            loss = ""
            if want != have and [one[:3] for one in want] == [one[:3] for one in have]:
                loss = next((name for name in ("patch_counts", "move_as_update") if name in self.losses), "")
            if want != have and "patch_kind" in self.losses and [w[0] for w in want] == [h[0] for h in have]:
                loss = "patch_kind"
            self._check("details", want == have, str(want), str(have), loss)
        elif isinstance(item, TodoList):
            want_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in entry.steps]
            have_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in item.items]
            self._check("details", want_steps == have_steps, str(want_steps), str(have_steps))
        elif isinstance(item, McpToolCall):
            self._mcp(entry, item)
        elif isinstance(item, WebSearch):
            self._check("details", folded(item.query) == folded(entry.text), entry.text, item.query)
        elif isinstance(item, ImageView):
            self._check("details", item.path.rpartition("/")[2] == entry.text.rpartition("/")[2], entry.text, item.path)

    def _mcp(self, entry: Entry, item: McpToolCall) -> None:
        name = f"{item.server}.{item.tool}"
        self._check("details", name == entry.tool, entry.tool, name)
        right = item.arguments == entry.arguments
        loss = "mcp_arguments" if "mcp_arguments" in self.losses and not item.arguments else ""
        self._check("details", right, str(entry.arguments), str(item.arguments), "" if right else loss)
        if entry.output is not None:
            want = output_lines(flatten(entry.output))
            have = output_lines(item.result or item.error)
            right = want == have
            same = "".join(want).replace(" ", "") == "".join(have).replace(" ", "")
            loss = "mcp_newlines" if "mcp_newlines" in self.losses and same else ""
            self._check("details", right, str(want), str(have), "" if right else loss)
        if entry.failed is not None:
            right = (item.status == "failed") == entry.failed
            loss = "mcp_status" if "mcp_status" in self.losses else ""
            self._check("failures", right, f"failed: {entry.failed}", item.status, "" if right else loss)

    def _check(self, what: str, right: bool, want: str, have: str, loss: str = "") -> None:
        if loss and not right:
            self._lost(loss)
            self._differ(self.where, what, want, have, loss)
            return
        self.result.tallies[what].add(right)
        if not right:
            self._differ(self.where, what, want, have)

    def _lost(self, loss: str) -> None:
        self.result.losses[loss] = self.result.losses.get(loss, 0) + 1

    def _differ(self, place: int, what: str, expected: str = "", got: str = "", loss: str = "") -> None:
        one = self.expected[place]
        self._say(one.turn, what, one.kind, expected, got, loss)

    def _say(self, turn: int, what: str, kind: str, expected: str = "", got: str = "", loss: str = "") -> None:
        self.result.differences.append(
            Difference(turn=turn, what=what, kind=kind, expected=expected, got=got, loss=loss)
        )

    def _turn_near(self, n: int, pairs: list[tuple[list[int], list[int]]]) -> int:
        before = [some[0] for some, many in pairs if many[0] <= n]
        return self.expected[max(before)].turn if before else 0


def _kind(item: AnyItem) -> str:
    return str(item.__struct_config__.tag)


def _wanted(expected: Expected) -> str:
    entry = expected.entry
    if entry.kind == "file_change":
        return " ".join(_names(patch_changes(entry.text)))
    if entry.kind == "mcp_tool_call":
        return entry.tool
    if entry.kind in ("agent_message", "reasoning"):
        return plain(entry.text)
    return entry.text


def _text(item: AnyItem) -> str:
    if isinstance(item, CommandExecution):
        return item.command
    if isinstance(item, FileChange):
        return " ".join(_names(item.changes))
    if isinstance(item, McpToolCall):
        return f"{item.server}.{item.tool}"
    if isinstance(item, WebSearch):
        return item.query
    if isinstance(item, ImageView):
        return item.path
    if isinstance(item, ErrorItem):
        return item.message
    return str(getattr(item, "text", ""))


def _names(changes: list[dict[str, Any]]) -> list[str]:
    return sorted(str(change.get("path", "")).rpartition("/")[2] for change in changes)


def _change(change: dict[str, Any]) -> tuple[str, str, str, int, int]:
    path, moved = str(change.get("path", "")), str(change.get("move_path") or "")
    base = [part.rpartition("/")[2] for part in (path, moved)]
    kind = str(change.get("kind"))
    # A patch does not say how long the file is that it deletes.
    counts = (0, 0) if kind == "delete" else (int(change.get("added") or 0), int(change.get("removed") or 0))
    return base[0], kind, base[1], *counts


def _script(command: str) -> list[str]:
    return [line.rstrip() for line in command.strip().split("\n")]


def _joined(command: str) -> str:
    return re.sub(r"\s+", "", command)


def _alike(one: str, other: str) -> float:
    """How much two texts share, from 0 to 1, by their words' runs of five characters; 0 when it is little."""
    if not one or not other:
        return 0.0
    first = {one[n : n + 5] for n in range(max(len(one) - 4, 1))}
    second = {other[n : n + 5] for n in range(max(len(other) - 4, 1))}
    share = len(first & second) / max(min(len(first), len(second)), 1)
    return share if share >= 0.3 else 0.0


_NOT_SHOWN = re.compile(r"\[\d+ lines not shown\]")


def _within(some: list[str], all_: list[str]) -> bool:
    """Whether ``some`` are lines of ``all_``, in order."""
    rest = iter(all_)
    return all(any(line == other for other in rest) for line in some)


def _short(text: str, limit: int = 160) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= limit else text[: limit - 1] + "…"
