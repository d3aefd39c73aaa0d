"""One item held against what it stands for: its text, command, output, outcome and details."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

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
from codexbridge.lab.excuses import (
    IN_MESSAGES,
    NOT_SHOWN,
    begins,
    both_ends,
    explains,
    failures,
    joined,
    script,
    unknown,
    within,
    without_links,
)
from codexbridge.lab.expect import patch_changes, patch_failed, patch_lines
from codexbridge.lab.plain import folded, html, output_lines, plain
from codexbridge.lab.truth import Entry, flatten


class Check(NamedTuple):
    """One thing that was looked at. ``what`` is a metric's name; ``loss`` would explain it if it is not right."""

    what: str
    right: bool
    want: str
    have: str
    loss: str = ""


class Comparison:
    """Compares as the ``losses`` of a release allow."""

    def __init__(self, losses: frozenset[str]) -> None:
        self.losses = losses

    def of(self, some: list[Entry], item: AnyItem) -> Iterator[Check]:
        """What there is to check about ``item``, which stands for ``some``."""
        entry = some[0]
        if isinstance(item, UserMessage):
            right = folded(item.text) == folded(entry.text)
            same = "user_markdown" in self.losses and folded(plain(item.text)) == folded(plain(entry.text))
            yield Check("text", right, entry.text, item.text, "user_markdown" if same and not right else "")
            if right or not same:
                yield Check("source", item.text.strip() == entry.text.strip(), entry.text, item.text)
        elif isinstance(item, AgentMessage):
            yield from self._message(entry, item)
        elif isinstance(item, Reasoning):
            want = folded(" ".join(plain(one.text) for one in some))
            have = folded(plain(item.text))
            right = want == have
            loss = "reasoning_heading" if not right and "reasoning_heading" in self.losses and have in want else ""
            for name in ("reasoning_parts", "reasoning_merged"):
                one, other = joined(want), joined(have)
                if not right and name in self.losses and (one in other or other in one):
                    loss = name
            yield Check("text", right, want, have, loss)
        elif isinstance(item, ErrorItem):
            yield Check("text", _tells(item.message, entry.text), entry.text, item.message)
        elif isinstance(item, CommandExecution):
            yield from self._command(some, item)
        else:
            yield from self._details(entry, item)

    def _message(self, entry: Entry, item: AgentMessage) -> Iterator[Check]:
        want, have = folded(plain(entry.text)), folded(plain(item.text))
        right, loss = want == have, ""
        if not right and folded(_unmarked(plain(entry.text))) == folded(_unmarked(plain(item.text))):
            # A dash is a form that says the same: whether a line of code or an item of a list has it is Markdown's.
            right = True
        if not right and entry.state == "cut":
            right = folded(entry.text).startswith(folded(item.text)) or want.startswith(have)
            loss = "" if right else "interrupted_text"
        if not right:
            for name in IN_MESSAGES:
                if not loss and name in self.losses and explains(name, entry.text, want, have):
                    loss = name
        yield Check("text", right, want, have, loss)
        if entry.state == "said" and not loss:
            yield Check("markdown", html(item.text) == html(entry.text), entry.text, item.text)
            yield Check("source", item.text.strip() == entry.text.strip(), entry.text, item.text)

    def _command(self, entries: list[Entry], item: CommandExecution) -> Iterator[Check]:
        want = "\n".join(entry.text for entry in entries)
        right = script(want) == script(item.command)
        loss = ""
        if not right:
            if item.parsed and "command_parsed" in self.losses:
                loss = "command_parsed"
            elif "command_elided" in self.losses and begins(item, want):
                loss = "command_elided"
            elif "command_newlines" in self.losses and joined(want) == joined(item.command):
                loss = "command_newlines"
            elif "command_tabs" in self.losses and script(want.replace("\t", "")) == script(item.command):
                loss = "command_tabs"
        yield Check("commands", right, want, item.command, loss)
        entry = entries[-1]
        failed = any(one.failed for one in entries)
        if all(one.failed is not None for one in entries):
            right = (item.status == "failed") == failed
            if item.exit_code is not None and entry.exit_code is not None and len(entries) == 1:
                right = right and item.exit_code == entry.exit_code
            loss = "exit" if "exit" in self.losses else ("command_parsed" if item.parsed else "")
            loss = loss if loss in self.losses else ""
            if "overtaken" in self.losses and unknown(item):
                loss = "overtaken"
            yield Check(
                "failures", right, f"exit {entry.exit_code}", f"{item.status} {item.exit_code}", "" if right else loss
            )
        if entry.output is not None and entry.exit_code is not None:
            yield from self._output(entries, item, failed)

    def _output(self, entries: list[Entry], item: CommandExecution, failed: bool) -> Iterator[Check]:
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
            shown = [line for line in have if not NOT_SHOWN.fullmatch(line)]
            counted = len(shown) + item.elided in (len(want), len(whole)) or "output_counts" in self.losses
            if "overtaken" in self.losses and unknown(item):
                loss = "overtaken"
            elif "output_elided" in self.losses and item.elided and counted and within(shown, whole):
                loss = "output_elided"
            elif "output_links" in self.losses and have == output_lines(without_links(entries)):
                loss = "output_links"
            elif "output_cut" in self.losses and not item.elided and both_ends(have, whole):
                loss = "output_cut"
            elif "output_failed" in self.losses and failed and "".join(want).endswith("".join(have)):
                loss = "output_failed"
            elif "output" in self.losses and not failed and not have:
                loss = "output"
            elif "command_parsed" in self.losses and item.parsed and not have:
                loss = "command_parsed"
            elif "command_parsed" in self.losses and len(entries) > 1 and have in failures(entries):
                loss = "output"
            elif "output_head" in self.losses and not item.elided and have == want[len(want) - len(have) :]:
                loss = "output_head"
            elif "output_layout" in self.losses and joined == "".join(want).replace(" ", ""):
                loss = "output_layout"
            elif "returns" in self.losses and _returned("".join(entry.output or "" for entry in entries), have):
                loss = "returns"
        first = next((n for n, (a, b) in enumerate(zip(want, have, strict=False)) if a != b), min(len(want), len(have)))
        begin = max(first - 1, 0)
        place = f", from line {begin + 1}" if begin else ""
        got = f"{len(have)} lines, {item.elided} left out{place}: " + short("\n".join(have[begin:]))
        yield Check("outputs", right, f"{len(want)} lines{place}: " + short("\n".join(want[begin:])), got, loss)

    def _details(self, entry: Entry, item: AnyItem) -> Iterator[Check]:
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
            yield Check("details", want == have, str(want), str(have), loss)
            yield from self._diffs(entry, item)
            if entry.output is not None:
                failed = patch_failed(entry)
                yield Check("failures", (item.status == "failed") == failed, f"failed: {failed}", item.status)
        elif isinstance(item, TodoList):
            want_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in entry.steps]
            have_steps = [(folded(plain(str(s["text"]))), s["status"]) for s in item.items]
            yield Check("details", want_steps == have_steps, str(want_steps), str(have_steps))
            want_why, have_why = folded(plain(entry.text)), folded(plain(item.explanation))
            yield Check("details", want_why == have_why, want_why, have_why)
        elif isinstance(item, McpToolCall):
            yield from self._mcp(entry, item)
        elif isinstance(item, WebSearch):
            yield Check("details", folded(item.query) == folded(entry.text), entry.text, item.query)
        elif isinstance(item, ImageView):
            yield Check("details", item.path.rpartition("/")[2] == entry.text.rpartition("/")[2], entry.text, item.path)

    def _diffs(self, entry: Entry, item: FileChange) -> Iterator[Check]:
        """The lines that a patch adds and takes away, file by file. What stands around them is Codex's choice."""
        shown = {_base(change): change for change in item.changes}
        for path, (removed, added) in patch_lines(entry.text).items():
            change = shown.get(path)
            if change is None or not (removed or added):
                continue
            rows = str(change.get("diff") or "").split("\n")
            have = [[row[1:].rstrip() for row in rows if row.startswith(sign)] for sign in "-+"]
            want = [[row.rstrip() for row in side] for side in (removed, added)]
            yield Check("diffs", have == want, str(want), str(have), self._diff_loss(want, have, change, any(rows)))

    def _diff_loss(self, want: list[list[str]], have: list[list[str]], change: dict[str, Any], drawn: bool) -> str:
        """What explains a diff that differs."""
        blanks = [[row.replace("\t", " " * 4) for row in side] for side in want]
        if drawn:
            full = [[row for row in side if row] for side in want]
            if "patch_tabs" in self.losses and have == blanks:
                return "patch_tabs"
            if "patch_cut" in self.losses and all(_begins(*sides) for sides in zip(have, blanks, strict=True)):
                return "patch_cut"
            return "patch_empty" if "patch_empty" in self.losses and have == full else ""
        if "patch_added" in self.losses and not want[0]:
            return "patch_added"
        if "move_as_update" in self.losses and change.get("move_path"):
            return "move_as_update"
        return "patch_kind" if "patch_kind" in self.losses else ""

    def _mcp(self, entry: Entry, item: McpToolCall) -> Iterator[Check]:
        name = f"{item.server}.{item.tool}"
        yield Check("details", name == entry.tool, entry.tool, name)
        right = item.arguments == entry.arguments
        loss = "mcp_arguments" if "mcp_arguments" in self.losses and not item.arguments else ""
        yield Check("details", right, str(entry.arguments), str(item.arguments), "" if right else loss)
        if entry.output is not None:
            want = output_lines(flatten(entry.output))
            have = output_lines(item.result or item.error)
            right = want == have and not item.elided
            same = "".join(want).replace(" ", "") == "".join(have).replace(" ", "")
            loss = "mcp_newlines" if "mcp_newlines" in self.losses and same else ""
            shown = ["".join(line.split()) for line in have if not NOT_SHOWN.fullmatch(line)]
            if "mcp_elided" in self.losses and item.elided and within(shown, ["".join(line.split()) for line in want]):
                loss = "mcp_elided"
            raw = flatten(entry.output)
            if "returns" in self.losses and not item.elided and _returned(raw, have):
                loss = "returns"
            if "mcp_tabs" in self.losses and not item.elided and output_lines(raw.replace("\t", "")) == have:
                loss = "mcp_tabs"
            yield Check("details", right, str(want), str(have), "" if right else loss)
        if entry.failed is not None:
            right = (item.status == "failed") == entry.failed
            loss = "mcp_status" if "mcp_status" in self.losses else ""
            yield Check("failures", right, f"failed: {entry.failed}", item.status, "" if right else loss)


def _unmarked(text: str) -> str:
    """``text`` without the dashes that lines begin with."""
    return re.sub(r"^[ \t]*[-*+] ", "", text, flags=re.MULTILINE)


def _tells(message: str, error: str) -> bool:
    """Whether an error's message is about ``error``: its status is named, or two of its words are used."""
    status, _, rest = error.partition(" ")
    words = {word.lower() for word in re.findall(r"[A-Za-z]{5,}", rest)}
    return status in message or len(words & {word.lower() for word in re.findall(r"[A-Za-z]{5,}", message)}) >= 2


def _base(change: dict[str, Any]) -> str:
    return str(change.get("path", "")).rpartition("/")[2]


def _returned(raw: str, have: list[str]) -> bool:
    """Whether ``have`` is ``raw`` with each line cut at its first carriage return."""
    return "\r" in raw and have == output_lines("\n".join(line.split("\r")[0] for line in raw.split("\n")))


def _change(change: dict[str, Any]) -> tuple[str, str, str, int, int]:
    path, moved = str(change.get("path", "")), str(change.get("move_path") or "")
    base = [part.rpartition("/")[2] for part in (path, moved)]
    kind = str(change.get("kind"))
    # A patch does not say how long the file is that it deletes.
    counts = (0, 0) if kind == "delete" else (int(change.get("added") or 0), int(change.get("removed") or 0))
    return base[0], kind, base[1], *counts


def short(text: str, limit: int = 160) -> str:
    """A text on one line, cut where it is long."""
    text = text.replace("\n", "⏎")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _begins(rows: list[str], whole: list[str]) -> bool:
    """Whether the first of ``whole`` are these ``rows``, of which empty ones at the end stand for nothing."""
    shown = len(rows)
    while shown and not rows[shown - 1]:
        shown -= 1
    return rows[:shown] == whole[:shown]
