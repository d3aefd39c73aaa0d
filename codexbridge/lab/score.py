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
    CommandExecution,
    FileChange,
    ImageView,
    McpToolCall,
    Reasoning,
    TodoList,
    UserMessage,
    WebSearch,
)
from codexbridge.items.model import Error as ErrorItem
from codexbridge.lab.expect import Expected, patch_changes, patch_failed
from codexbridge.lab.pair import Alignment, align, alike, kind_of, text_of
from codexbridge.lab.plain import folded, html, output_lines, plain
from codexbridge.lab.truth import Entry, Truth, flatten
from codexbridge.terminal.width import cell_width

__all__ = [
    "METRICS",
    "Alignment",
    "Difference",
    "Score",
    "Tally",
    "align",
    "patch_changes",
    "patch_failed",
    "score",
    "total",
]


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


class _Scorer:
    def __init__(self, truth: Truth, items: Sequence[AnyItem], losses: frozenset[str]) -> None:
        self.losses = losses
        self.found = align(truth, items, losses)
        self.expected = self.found.expected
        self.result = Score({name: Tally() for name in METRICS}, [], {})
        self.where = 0

    def run(self) -> Score:
        tallies = self.result.tallies
        for place in sorted(self.found.misplaced):
            if "order" in self.losses and self._in_its_turn(place):
                self._lost("order")
            else:
                self._differ(place, "order", got="elsewhere")
                tallies["order"].add(False)
        tallies["order"].right += len(self.found.pairs) - tallies["order"].of
        tallies["order"].of = len(self.found.pairs)
        missing = set(self.found.missing)
        for place, expected in enumerate(self.expected):
            if place not in missing:
                tallies["recall"].add(True)
            elif expected.optional:
                self._lost(expected.optional)
            elif "hidden_after_reads" in self.losses and self._after_reads(place):
                self._lost("hidden_after_reads")
            else:
                tallies["recall"].add(False)
                self._differ(place, "recall", _short(expected.entry.text or expected.entry.tool))
        for some, many in self.found.pairs:
            tallies["precision"].add(True)
            self._compare(some, many)
        for n in self.found.extra:
            self._extra(n)
        return self.result

    def _in_its_turn(self, place: int) -> bool:
        """Whether a misplaced item is at least between its own turn's user message and the next one's."""
        turn = self.expected[place].turn
        here = next(many[0] for some, many in self.found.pairs if place in some)
        begins = {self.expected[some[0]].turn: many[0] for some, many in self.found.pairs if self._begins_turn(some[0])}
        later = [at for number, at in begins.items() if number > turn]
        return begins.get(turn, -1) < here < min(later, default=len(self.found.items))

    def _begins_turn(self, place: int) -> bool:
        one = self.expected[place]
        return one.kind == "user_message" and not one.group

    def _after_reads(self, place: int) -> bool:
        """Whether a command that nobody saw ended while a group of reads was open: it runs beside a read, or comes
        after one with nothing drawn between."""
        one = self.expected[place]
        if one.kind != "command_execution":
            return False
        seen = {n: many for some, many in self.found.pairs for n in some}
        beside = [n for n, other in enumerate(self.expected) if one.group and other.group == one.group]
        if any(n in seen and _READ.match(self.expected[n].entry.text) for n in beside):
            return True
        for before in range(place - 1, -1, -1):
            other = self.expected[before]
            if other.turn != one.turn or (before in seen and other.kind != "command_execution"):
                return False
            if before in seen:
                return _READ.match(other.entry.text) is not None
        return False

    def _extra(self, n: int) -> None:
        """An item that stands for nothing."""
        item = self.found.items[n]
        if isinstance(item, UserMessage) and "wedged" in self.losses and self._never_sent(n):
            # It was echoed and never sent, so the model has not seen it.
            self._lost("wedged")
        elif isinstance(item, Reasoning) and "reasoning_merged" in self.losses and self._thought(item):
            self._lost("reasoning_merged")
        else:
            self.result.tallies["precision"].add(False)
            before = [some[0] for some, many in self.found.pairs if many[0] <= n]
            turn = self.expected[max(before)].turn if before else 0
            self._say(turn, "precision", kind_of(item), got=_short(text_of(item)))

    def _never_sent(self, n: int) -> bool:
        """Whether item ``n`` stands behind all that reached the model, and repeats no user message."""
        last = max((many[-1] for _, many in self.found.pairs), default=-1)
        others = [one.text for other, one in enumerate(self.found.items) if other != n and isinstance(one, UserMessage)]
        return n > last and text_of(self.found.items[n]) not in others

    def _thought(self, item: Reasoning) -> bool:
        """Whether the item is a piece of some reasoning, or of several in a row."""
        said = "".join(_joined(plain(one.entry.text)) for one in self.expected if one.kind == "reasoning")
        return _joined(plain(item.text)) in said

    def _compare(self, some: list[int], many: list[int]) -> None:
        self.where = some[0]
        expected, item = self.expected[some[0]], self.found.items[many[0]]
        entry = expected.entry
        if isinstance(item, UserMessage):
            right = folded(item.text) == folded(entry.text)
            same = "user_markdown" in self.losses and folded(plain(item.text)) == folded(plain(entry.text))
            self._check("text", right, entry.text, item.text, "user_markdown" if same and not right else "")
            if right or not same:
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
        elif isinstance(item, ErrorItem):
            self._check("text", _tells(item.message, entry.text), entry.text, item.message)
        elif isinstance(item, CommandExecution):
            self._command([self.expected[n].entry for n in some], item)
        else:
            self._details(entry, item)

    def _message(self, expected: Expected, item: AgentMessage) -> None:
        entry = expected.entry
        want, have = folded(plain(entry.text)), folded(plain(item.text))
        right, loss = want == have, ""
        if not right and folded(_unmarked(plain(entry.text))) == folded(_unmarked(plain(item.text))):
            # A dash is a form that says the same: whether a line of code or an item of a list has it is Markdown's.
            right = True
        if not right and entry.state == "cut":
            right = folded(entry.text).startswith(folded(item.text)) or want.startswith(have)
            loss = "" if right else "interrupted_text"
        if not right:
            for name in _IN_MESSAGES:
                if not loss and name in self.losses and _explains(name, entry.text, want, have):
                    loss = name
        self._check("text", right, want, have, loss)
        if entry.state == "said" and not loss:
            self._check("markdown", html(item.text) == html(entry.text), entry.text, item.text)
            self._check("source", item.text.strip() == entry.text.strip(), entry.text, item.text)

    def _command(self, entries: list[Entry], item: CommandExecution) -> None:
        want = "\n".join(entry.text for entry in entries)
        right = _script(want) == _script(item.command)
        loss = ""
        if not right:
            if item.parsed and "command_parsed" in self.losses:
                loss = "command_parsed"
            elif "command_elided" in self.losses and _begins(item, want):
                loss = "command_elided"
            elif "command_newlines" in self.losses and _joined(want) == _joined(item.command):
                loss = "command_newlines"
            elif "command_tabs" in self.losses and _script(want.replace("\t", "")) == _script(item.command):
                loss = "command_tabs"
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
        if not right and cut and not item.elided and any(entry.whole is None for entry in entries):
            # The model was told less than was printed: what it was told must be there, at both ends.
            right = have[:20] == want[:20] and have[-20:] == want[-20:]
        loss = ""
        if not right:
            joined = "".join(have).replace(" ", "")
            shown = [line for line in have if not _NOT_SHOWN.fullmatch(line)]
            counted = len(shown) + item.elided in (len(want), len(whole)) or "output_counts" in self.losses
            if "output_elided" in self.losses and item.elided and counted and _within(shown, whole):
                loss = "output_elided"
            elif "output_failed" in self.losses and failed and "".join(want).endswith("".join(have)):
                loss = "output_failed"
            elif "output" in self.losses and not failed and not have:
                loss = "output"
            elif "command_parsed" in self.losses and item.parsed and not have:
                loss = "command_parsed"
            elif "command_parsed" in self.losses and len(entries) > 1 and have in _failures(entries):
                loss = "output"
            elif "output_head" in self.losses and not item.elided and have == want[len(want) - len(have) :]:
                loss = "output_head"
            elif "output_layout" in self.losses and joined == "".join(want).replace(" ", ""):
                loss = "output_layout"
            elif "returns" in self.losses and _returned("".join(entry.output or "" for entry in entries), have):
                loss = "returns"
        got = f"{len(have)} lines, {item.elided} left out: " + _short("\n".join(have))
        self._check("outputs", right, f"{len(want)} lines: " + _short("\n".join(want)), got, loss)

    def _details(self, entry: Entry, item: AnyItem) -> None:
        if isinstance(item, FileChange):
            want = sorted(_change(change) for change in patch_changes(entry.text))
            have = sorted(_change(change) for change in item.changes)
            loss = ""
            if want != have and [one[:3] for one in want] == [one[:3] for one in have]:
                loss = "patch_counts" if "patch_counts" in self.losses else ""
                moved = all(
                    one == other or (one[2] and other[3:] == (0, 0)) for one, other in zip(want, have, strict=True)
                )
                if not loss and moved and "move_as_update" in self.losses:
                    loss = "move_as_update"
            if want != have and "patch_kind" in self.losses and [w[0] for w in want] == [h[0] for h in have]:
                loss = "patch_kind"
            self._check("details", want == have, str(want), str(have), loss)
            if entry.output is not None:
                failed = patch_failed(entry)
                self._check("failures", (item.status == "failed") == failed, f"failed: {failed}", item.status)
        elif isinstance(item, TodoList):
            want_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in entry.steps]
            have_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in item.items]
            self._check("details", want_steps == have_steps, str(want_steps), str(have_steps))
            want_why, have_why = folded(plain(entry.text)), folded(plain(item.explanation))
            self._check("details", want_why == have_why, want_why, have_why)
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
            right = want == have and not item.elided
            same = "".join(want).replace(" ", "") == "".join(have).replace(" ", "")
            loss = "mcp_newlines" if "mcp_newlines" in self.losses and same else ""
            shown = ["".join(line.split()) for line in have if not _NOT_SHOWN.fullmatch(line)]
            if "mcp_elided" in self.losses and item.elided and _within(shown, ["".join(line.split()) for line in want]):
                loss = "mcp_elided"
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


def _unmarked(text: str) -> str:
    """``text`` without the dashes that lines begin with."""
    return re.sub(r"^[ \t]*[-*+] ", "", text, flags=re.MULTILINE)


def _explains(loss: str, source: str, want: str, have: str) -> bool:
    """Whether ``loss`` makes ``have`` of a message whose Markdown is ``source`` and whose text is ``want``."""
    if loss == "dropped_text":
        before = have.removesuffix(want).strip()
        return have.endswith(want) and _attempts(before, want)
    if loss == "zero_width":
        return "".join(ch for ch in want if cell_width(ch)) == "".join(ch for ch in have if cell_width(ch))
    if loss == "wrapped_words":
        return want.replace(" ", "") == have.replace(" ", "")
    if loss == "hurried_text":
        # A link that is cut is drawn twice over.
        return len(have) < len(want) and (_within(list(have), list(want)) or alike(want, have) > 0.9)
    if loss == "markdown_code":
        return len(have) < len(want) and _within(have.split(), want.split())
    if loss == "markdown_html":
        return bool(_HTML.search(source)) and _words(_TAGS.sub("", want)) == _words(_TAGS.sub("", have))
    if alike(want, have) <= 0.6:
        return False
    # Words may be lost, and numbers changed, but none may come from elsewhere.
    if loss == "markdown_lists":
        return bool(_LIST.search(source)) and _within(_words(have), _words(want))
    return set(_words(have)) <= set(_words(want))


def _attempts(text: str, want: str) -> bool:
    """Whether ``text`` is nothing but beginnings of ``want``."""
    if not text:
        return True
    sizes = (size for size in range(min(len(text), len(want)), 0, -1) if text.startswith(want[:size]))
    return any(_attempts(text[size:].strip(), want) for size in sizes)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text) if not word.isdigit()]


def _tells(message: str, error: str) -> bool:
    """Whether an error's message is about ``error``: its status is named, or two of its words are used."""
    status, _, rest = error.partition(" ")
    words = {word.lower() for word in re.findall(r"[A-Za-z]{5,}", rest)}
    return status in message or len(words & {word.lower() for word in re.findall(r"[A-Za-z]{5,}", message)}) >= 2


def _change(change: dict[str, Any]) -> tuple[str, str, str, int, int]:
    path, moved = str(change.get("path", "")), str(change.get("move_path") or "")
    base = [part.rpartition("/")[2] for part in (path, moved)]
    kind = str(change.get("kind"))
    # A patch does not say how long the file is that it deletes.
    counts = (0, 0) if kind == "delete" else (int(change.get("added") or 0), int(change.get("removed") or 0))
    return base[0], kind, base[1], *counts


def _returned(raw: str, have: list[str]) -> bool:
    """Whether ``have`` is ``raw`` with each line cut at its first carriage return."""
    return "\r" in raw and have == output_lines("\n".join(line.split("\r")[0] for line in raw.split("\n")))


def _begins(item: CommandExecution, want: str) -> bool:
    """Whether ``item`` says that lines of its command are missing, and has the first ones."""
    shown = _script(item.command)
    return item.elided_command > 0 and _script(want)[: len(shown)] == shown


def _script(command: str) -> list[str]:
    return [line.rstrip() for line in command.strip().split("\n")]


def _joined(command: str) -> str:
    return re.sub(r"\s+", "", command)


_READ = re.compile(r"\s*(?:cat|sed|head|tail|nl|bat|less|more|wc|ls|tree|find|fd|rg|grep|git (?:grep|ls-files))\b")
"""Commands that Codex reads for the user and draws as a group: files shown, searched, listed."""

_IN_MESSAGES = (
    *("dropped_text", "hurried_text", "markdown_code", "markdown_lists", "markdown_html"),
    *("wrapped_words", "zero_width", "markdown_streamed"),
)
"""Losses that may explain a message that differs; the first that does is named."""


def _failures(entries: list[Entry]) -> list[list[str]]:
    """What the commands of a group printed that failed: of the others nothing is drawn."""
    return [output_lines(entry.output or "") for entry in entries if entry.failed]


_TAGS = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_NOT_SHOWN = re.compile(r"\[\d+ lines not shown\]")
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.MULTILINE)
_HTML = re.compile(r"<[/!?A-Za-z]|^\s*(?:[-*_]\s*){3,}$", re.MULTILINE)


def _within(some: list[str], all_: list[str]) -> bool:
    """Whether ``some`` (lines, words, characters) are in ``all_``, in order."""
    rest = iter(all_)
    return all(any(line == other for other in rest) for line in some)


def _short(text: str, limit: int = 160) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= limit else text[: limit - 1] + "…"
