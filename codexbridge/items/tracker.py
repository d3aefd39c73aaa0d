"""The lifecycle of items: running cells of the live region matched with the cells that the history gets.

A transition that the table does not have is drift: it is counted and ignored, never an error.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Literal

import msgspec

from codexbridge.grammar.cells import Cell, CellEvent
from codexbridge.grammar.look import Look
from codexbridge.items.build import build
from codexbridge.items.exploring import Exploring
from codexbridge.items.messages import vanished
from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    ApprovalRequest,
    CommandExecution,
    Error,
    FileChange,
    McpToolCall,
    Notice,
    Reasoning,
)
from codexbridge.items.patches import offered
from codexbridge.items.shell import called, with_lines
from codexbridge.items.told import agrees

Call = CommandExecution | FileChange | McpToolCall

_RUNNING = ("command_running", "mcp_running")
"""Kinds of cells about something that runs; another cell, or the same one later, tells its result."""


_QUOTED = 8
"""Quoted scripts that are remembered: that of a call is drawn before its cell is closed."""
_LONG = 200
"""Characters of a command by which it may be known where a row shows no more."""
_TOOLS = ("parsed", "todo_list", "mcp_tool_call")
"""Kinds of cells that may overtake the thought before them."""
_STEP = 1.05
"""A cell that grows is told of anew when it has this much more lines: long ones would cost their square otherwise."""


class Step(msgspec.Struct, frozen=True):
    """One step in an item's life."""

    what: Literal["started", "updated", "completed"]
    item: AnyItem


class Tracker:
    """Gives items their ids and says each step once."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.drift: Counter[str] = Counter()
        self._next = 0
        self._running: list[CommandExecution] = []
        """Commands seen running and not yet in the history, oldest first."""
        self._calls: list[Call] = []
        """Calls whose beginning was seen, and not yet their end."""
        self._cut: list[Call] = []
        """Those of them that their turn's end cut off, and whose result may still come."""
        self._exploring = Exploring()
        self._offer: FileChange | None = None
        """A patch that Codex asked about before it drew it as applied."""
        self._patch: FileChange | None = None
        """The last patch."""
        self._applying: list[Step] = []
        """Those of a patch that is being applied, where what was said before it may still be drawn below it."""
        self._announced = False
        """The label of a thought stands there, and its words are still to come."""
        self._proposed = False
        """Codex asks whether it may apply the last patch, which it has drawn already."""
        self._refused: list[str] = []
        """First lines of commands that were refused, and may be drawn as if they had run."""
        self._thought: Cell | None = None
        """A thought that is closed, while nothing follows it."""
        self._unsure: Cell | None = None
        """A message that is closed and may be drawn anew, where the stream broke off and is tried again."""
        self._quoted: deque[str] = deque(maxlen=_QUOTED)
        """Scripts that the screen quoted beside the history, with their line breaks, or the beginnings of them."""
        self._by_cell: dict[int, list[AnyItem]] = {}
        self._growing: dict[int, AnyItem] = {}
        self._told = 0
        """Lines of the growing cell when it was last told of."""

    def cell(self, event: CellEvent) -> list[Step]:
        """Take what became of a cell."""
        cell = event.cell
        if cell.kind in ("chrome", "turn_end"):
            return [] if self._announced else self._applied()
        if event.what == "closed" and cell.kind == "agent_message" and self.look.traits.get("mends"):
            steps = self.settle()
            self._unsure = cell
            return steps
        steps = [] if cell is self._unsure or cell.kind == "event" else self.settle()
        if cell.kind == "agent_message":
            steps += self._applied() if self._announced else []
        elif cell.kind != "reasoning" and not self._announced:
            steps += self._applied()
        if event.what == "closed":
            return steps + self._closed(cell)
        if event.what == "revised":
            return steps + self._revised(cell)
        if cell.rule.streams and cell.kind != "unknown":
            return steps + self._grown(cell)
        return steps

    def _applied(self) -> list[Step]:
        """What is drawn now came after what is held."""
        self._announced = False
        steps, self._applying = self._applying, []
        return steps

    def settle(self) -> list[Step]:
        """What follows a message shows that it is whole."""
        cell, self._unsure = self._unsure, None
        return self._closed(cell) if cell is not None else []

    def live(self, running: Sequence[Cell]) -> list[Step]:
        """Take the running cells of a frame."""
        steps: list[Step] = self.settle() if running else []
        known = [_said(item) for item in self._running]
        calls = [call for call in self._calls if isinstance(call, McpToolCall)]
        for cell in running:
            if cell.kind == "explored":
                begun = self._exploring.live(cell, self.look)
                if begun is not None:
                    steps.append(self._start(begun))
                continue
            items = build(cell, self.look)
            item = items[0] if items else None
            if isinstance(item, McpToolCall):
                same = next((call for call in calls if _same_call(call, item)), None)
                if same is not None:
                    calls.remove(same)
                    continue
                self._calls.append(item)
                steps.append(self._start(item))
                continue
            if not isinstance(item, CommandExecution):
                continue
            said = _said(item)
            if said in known:
                known.remove(said)
                continue
            if any(_same(said, other) for other in known):
                continue
            self._running.append(item)
            steps.append(self._start(item))
        return steps

    def _start(self, item: Call) -> Step:
        item.id, item.status, item.lines = self.new_id(), "in_progress", None
        told = msgspec.structs.replace(item)
        if isinstance(told, CommandExecution):
            told.command = self._in_lines(told.command)
        return Step("started", told)

    def quoted(self, row: str) -> None:
        """A row beside the history quotes the arguments of a call."""
        script = called(row)
        if "\n" in script and script not in self._quoted:
            self._quoted.appendleft(script)

    def _in_lines(self, command: str) -> str:
        """``command`` with its line breaks, where it was drawn without and they were seen elsewhere."""
        return next((whole for quoted in self._quoted if (whole := with_lines(command, quoted)) != command), command)

    def asked(self, subject: str) -> None:
        """A dialog about ``subject`` opened."""
        self._proposed = subject == "patch" and self._patch is not None

    def turn_ended(self, status: Literal["completed", "failed", "interrupted"]) -> list[Step]:
        """Commands that were seen running and never reached the history end with their turn."""
        steps = [*self.settle(), *self._applied()]
        left: list[Call] = [*self._running, *self._calls, *self._exploring.started]
        for item in left:
            if isinstance(item, CommandExecution) and not item.aggregated_output:
                # What it printed is not known.
                item.elided = -1
            item.status = "interrupted" if status == "interrupted" else "completed"
            steps.append(Step("completed", item))
        if self._proposed and status == "interrupted" and self._patch is not None:
            self._patch = msgspec.structs.replace(self._patch, status="declined")
            steps.append(Step("updated", self._patch))
        self._proposed, self._patch = False, None
        self._refused.clear()
        self._running.clear()
        self._cut, self._calls = self._calls, []
        self._exploring = Exploring()
        return steps

    def _repeats(self, items: Sequence[AnyItem]) -> bool:
        """Whether a thought says again what the one before it has as one of its parts: some releases draw the parts
        together first, and then all but the first once more."""
        if not self.look.glues or self._thought is None:
            return False
        before = [item for item in self._by_cell.get(self._thought.number, ()) if isinstance(item, Reasoning)]
        said = [item.text for item in items if isinstance(item, Reasoning)]
        return bool(said) and any(f"\n\n{said[0]}\n\n" in f"{item.text}\n\n" for item in before)

    def new_id(self) -> str:
        """The next item's id."""
        self._next += 1
        return f"item_{self._next - 1}"

    def _grown(self, cell: Cell) -> list[Step]:
        known = self._growing.get(cell.number)
        size = len(cell.lines)
        if known and size < self._told * _STEP:
            return []
        self._told = size
        items = build(cell, self.look, growing=True)
        if not items or (cell.kind == "reasoning" and not known and self._repeats(items)):
            return []
        item = items[0]
        item.id = known.id if known else self.new_id()
        item.status = "in_progress"
        self._growing[cell.number] = item
        return [Step("updated" if known else "started", item)]

    def _closed(self, cell: Cell) -> list[Step]:
        if cell.number in self._by_cell:
            self.drift["closed twice"] += 1
            return []
        items = build(cell, self.look)
        growing = self._growing.pop(cell.number, None)
        if cell.kind != "reasoning":
            self._thought = None
        elif self._thought is not None and self._repeats(items):
            return []
        else:
            whole = vanished(self._thought, cell) if self._thought is not None and not items else None
            items = build(whole, self.look) if whole else items
            self._thought = cell
        if cell.kind in _RUNNING:
            return self._begun(items)
        if cell.kind == "command_left":
            # The history goes on without its result, which may follow in a cell of its own.
            return self.live([cell])
        if cell.kind == "command_output":
            return self._ended(cell, items)
        if cell.kind == "explored":
            return self._explored(cell)
        if cell.kind == "patch_offered":
            self._offer = offered(cell, self.look)
        if cell.kind == "ran_group":
            self._name(items)
        for item in items:
            if isinstance(item, FileChange) and not item.changes and self._offer is not None:
                item.changes = self._offer.changes
            self._judge(item)
            item.id = growing.id if growing else self._claim(item) or self.new_id()
            growing = None
            if isinstance(item, CommandExecution):
                item.command = self._in_lines(item.command)
        self._by_cell[cell.number] = items
        steps = [Step("completed", item) for item in items]
        if cell.kind == "patch_refused" and self._patch is not None:
            # Later releases draw a patch before they ask about it.
            what: Literal["declined", "failed"] = "declined" if "rejected by user" in cell.text else "failed"
            self._patch = msgspec.structs.replace(self._patch, status=what)
            steps.insert(0, Step("updated", self._patch))
        self._patch = next((item for item in items if isinstance(item, FileChange)), self._patch)
        if not self.look.trails:
            return steps
        if cell.kind == "reasoning":
            if items:
                return [*steps, *(self._applied() if self._announced else [])]
            self._announced = True
        elif cell.kind == "applying" or (self._announced and cell.kind in _TOOLS):
            # What was said before is drawn line by line, and may not be there yet.
            self._applying += steps
            return []
        return steps

    def _name(self, items: list[AnyItem]) -> None:
        """The first commands of a group are those that were seen running."""
        for item, running in zip(items, list(self._running), strict=False):
            if isinstance(item, CommandExecution) and isinstance(running, CommandExecution):
                item.command = running.command

    def _judge(self, item: AnyItem) -> None:
        """Refused commands are drawn like finished ones, patches before they are asked about."""
        if isinstance(item, ApprovalRequest):
            if item.decision == "refused":
                self._refused.append(item.text.split("\n")[0].removesuffix(" ..."))
            return
        if not isinstance(item, Notice | Error):
            self._proposed = False
        if isinstance(item, CommandExecution) and (first := item.command.split("\n")[0]) in self._refused:
            self._refused.remove(first)
            item.status = "declined"

    def _begun(self, items: list[AnyItem]) -> list[Step]:
        """A cell of its own says that a call begins; another will give its result."""
        steps = []
        for item in items:
            if isinstance(item, Call):
                self._calls.append(item)
                steps.append(self._start(item))
        return steps

    def _ended(self, cell: Cell, items: list[AnyItem]) -> list[Step]:
        """A cell that has a result and no call: it belongs to the oldest call without one."""
        told = items[0]
        assert isinstance(told, CommandExecution)
        late = not self._calls
        call = self._calls.pop(0) if self._calls else self._cut.pop(0) if self._cut else None
        if call is None:
            self.drift["result without a call"] += 1
            return []
        if isinstance(call, CommandExecution):
            call.aggregated_output, call.elided, call.exit_code = told.aggregated_output, told.elided, told.exit_code
        call.status = told.status
        self._by_cell[cell.number] = [call]
        return [Step("updated" if late else "completed", msgspec.structs.replace(call))]

    def _explored(self, cell: Cell) -> list[Step]:
        """The history has a group of reads."""
        known, unseen = self._exploring.close(cell, self.look)
        for item in unseen:
            item.id = self.new_id()
        items = [*known, *unseen]
        for item in items:
            item.status, item.lines = "completed", (cell.lines[0].id, cell.lines[-1].id)
        self._by_cell[cell.number] = list(items)
        return [Step("completed", item) for item in items]

    def _claim(self, item: AnyItem) -> str | None:
        """The id under which a command was seen running, if it was."""
        if isinstance(item, McpToolCall):
            for call in self._calls:
                if isinstance(call, McpToolCall) and _same_call(call, item):
                    self._calls.remove(call)
                    return call.id
            return None
        if not isinstance(item, CommandExecution):
            return None
        for running in self._running:
            if _same(_said(running), _said(item)):
                self._running.remove(running)
                return running.id
        for call in self._calls:
            if isinstance(call, CommandExecution) and _same(_said(call), _said(item)):
                self._calls.remove(call)
                return call.id
        return None

    def _revised(self, cell: Cell) -> list[Step]:
        known = self._by_cell.get(cell.number)
        if known is None:
            if cell.rule.streams:
                return self._grown(cell)
            # It was about something running, and is about its result now.
            return [] if cell.kind in _RUNNING else self._closed(cell)
        if cell.kind == "explored":
            return []
        items = build(cell, self.look)
        steps: list[Step] = []
        kept: list[AnyItem] = []
        for old, new in zip(known, items, strict=False):
            new.id = old.id
            if _again(old, new):
                new = old
            elif msgspec.structs.replace(new, lines=old.lines) != old:
                # Where it stands now is no news.
                steps.append(Step("updated", new))
            kept.append(new)
        self._by_cell[cell.number] = kept
        return steps


def _again(old: AnyItem, new: AnyItem) -> bool:
    """Whether the screen says once more what has been read as its source."""
    if not isinstance(old, AgentMessage) or not isinstance(new, AgentMessage):
        return False
    return old.source != "screen" and agrees(old.text, new.plain)


def _same_call(call: McpToolCall, other: McpToolCall) -> bool:
    return (call.server, call.tool, call.arguments) == (other.server, other.tool, other.arguments)


def _said(item: CommandExecution) -> str:
    """What tells a command from another: itself, or Codex's reading of it."""
    return item.command or "\n".join(part.get("target", "") for part in item.parsed)


def _same(running: str, done: str) -> bool:
    """Whether a running command's line is the finished one (either may show less of it)."""
    if running == done:
        return True
    # A live row is drawn cell by cell: wide and combined characters may stand apart there.
    first, other = ("".join(text.split("\n")[0].split()) for text in (running, done))
    if first == other:
        return bool(first)
    # One that is wider than the screen goes on below in the history, and is cut in the live row.
    return min(len(first), len(other)) >= _LONG and (first.startswith(other) or other.startswith(first))
