"""The second witness: the rollout file that Codex itself writes, of any era, as a truth record.

Three shapes have been seen. Until May 2025 one JSON object ``{"session", "items"}``; then JSON lines whose first is
a bare header and the others response items; from about 0.31 lines ``{"timestamp", "type", "payload"}``. Response
items are in all of them, so they are what is read; events only add what those do not say.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from codexbridge.lab.errors import LabError
from codexbridge.lab.model.conversation import is_context, own_text
from codexbridge.lab.truth import Entry, Truth, TurnTruth, read_answer

Json = dict[str, Any]

_PATCH = re.compile(r"\*\*\* Begin Patch\n.*?^\*\*\* End Patch", re.DOTALL | re.MULTILINE)
_TOKENS = {
    "input": "input_tokens",
    "cached": "cached_input_tokens",
    "output": "output_tokens",
    "total": "total_tokens",
}
_SHELLS = frozenset(("shell", "container.exec", "shell_command", "exec_command", "local_shell"))


def find(home: Path) -> Path | None:
    """The newest rollout file below a CODEX_HOME (or below the HOME of the earliest releases)."""
    files = [path for path in home.rglob("rollout-*") if path.suffix in (".json", ".jsonl") and path.is_file()]
    return max(files, key=lambda path: path.stat().st_mtime, default=None)


def read(path: Path) -> Truth:
    """Read a whole file.

    Raises:
        LabError: it is missing or holds no JSON.
    """
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        raise LabError(f"cannot read the rollout {path}: {error.strerror}") from None
    reader = Reader()
    if path.suffix == ".json":
        try:
            whole = json.loads(text)
        except ValueError:
            raise LabError(f"the rollout {path} is not JSON") from None
        for item in whole.get("items", []):
            reader.item(item)
    else:
        for line in text.splitlines():
            reader.feed(line)
    return reader.truth


class Reader:
    """Reads a rollout as it grows: :meth:`feed` it each new whole line."""

    def __init__(self) -> None:
        self.truth = Truth(witness="rollout")
        self._task_has_user = False
        self._tasks = False
        self._calls: dict[str, Entry] = {}
        self._counted: dict[str, int] = {}
        """Tokens of the conversation so far."""
        self._before: dict[str, int] = {}
        """The same when the last turn began."""

    def feed(self, line: str) -> None:
        """Take one line. What is not understood is passed over: Codex adds records at will."""
        try:
            record = json.loads(line)
        except ValueError:
            return
        if not isinstance(record, dict):
            return
        payload = record.get("payload")
        if not isinstance(payload, dict):
            self.item(record)
        elif record.get("type") == "session_meta":
            self.truth.release = str(payload.get("cli_version") or "")
        elif record.get("type") == "response_item":
            self.item(payload)
        elif record.get("type") == "turn_context":
            self.truth.model = str(payload.get("model") or "")
        elif record.get("type") == "event_msg":
            self._event(payload)

    def item(self, item: Json) -> None:
        """Take one response item."""
        kind = item.get("type")
        if kind == "message":
            self._message(item)
        elif kind == "reasoning":
            parts = [part.get("text", "") for part in item.get("summary") or [] if isinstance(part, dict)]
            if parts:
                self._add(Entry(kind="reasoning", text="\n\n".join(parts), parts=parts))
        elif kind in ("function_call", "custom_tool_call", "local_shell_call"):
            entry = _call(item)
            if entry is not None:
                self._calls[entry.call_id] = entry
                self._add(entry)
        elif kind == "web_search_call":
            action = item.get("action") or {}
            self._add(Entry(kind="web_search", text=str(action.get("query") or action.get("url") or "")))
        elif kind in ("function_call_output", "custom_tool_call_output", "local_shell_call_output"):
            self._answer(str(item.get("call_id") or item.get("id")), item.get("output"))

    def _message(self, item: Json) -> None:
        if item.get("role") == "assistant":
            parts = [part.get("text", "") for part in item.get("content") or [] if isinstance(part, dict)]
            self._add(Entry(kind="agent_message", text="".join(parts)))
        elif item.get("role") == "user":
            text = own_text(item)
            if text is None or is_context(text) or self._open_call() or text.startswith("Warning: "):
                return
            if self._tasks and self._task_has_user and self.truth.turns:
                self.truth.turns[-1].steered.append(text)
                return
            self._task_has_user = True
            self._before = self._counted
            self.truth.turns.append(TurnTruth(user=text))

    def _open_call(self) -> bool:
        """Whether a call waits for its answer: then Codex itself speaks in the user's name."""
        turn = self.truth.turns[-1].entries if self.truth.turns else []
        return bool(turn) and bool(turn[-1].call_id) and turn[-1].output is None and not self._aborted

    _aborted = False

    def _answer(self, call_id: str, raw: Any) -> None:
        if self.truth.turns:
            self.truth.turns[-1].counted = False
        entry = self._calls.get(call_id)
        if entry is None:
            return
        answer = read_answer(raw)
        entry.output, entry.exit_code = answer.output, answer.exit_code
        entry.failed, entry.truncated = answer.failed, answer.truncated

    def _event(self, event: Json) -> None:
        kind = event.get("type")
        if kind == "task_started":
            self._tasks, self._task_has_user, self._aborted = True, False, False
        elif kind == "turn_aborted" and self.truth.turns:
            self._aborted = True
            self._task_has_user = False
            self.truth.turns[-1].interrupted = True
        elif kind == "token_count":
            self._count(event)
        elif kind == "error":
            self._add(Entry(kind="error", text=str(event.get("message") or "")))
        elif kind == "exec_command_end":
            entry = self._calls.get(str(event.get("call_id")))
            whole = event.get("aggregated_output")
            if entry is not None and isinstance(whole, str):
                # What ran has the whole output; the model got it cut.
                entry.output, entry.exit_code, entry.truncated = whole, event.get("exit_code"), False
                entry.failed = bool(entry.exit_code)
        elif kind == "patch_apply_end":
            entry = self._calls.get(str(event.get("call_id")))
            if entry is not None and isinstance(event.get("success"), bool):
                entry.failed = not event["success"]
        elif kind == "mcp_tool_call_end":
            entry = self._calls.get(str(event.get("call_id")))
            result = event.get("result")
            if entry is not None and isinstance(result, dict):
                inner = result.get("Ok")
                entry.failed = not isinstance(inner, dict) or bool(inner.get("isError") or inner.get("is_error"))

    def _count(self, event: Json) -> None:
        """Tokens of the turn are what the conversation's grew by: the same count may be written twice."""
        info = event.get("info")
        total = info.get("total_token_usage") if isinstance(info, dict) else None
        if not isinstance(total, dict) or not self.truth.turns:
            return
        found = {ours: total.get(theirs) for ours, theirs in _TOKENS.items()}
        counted = {name: value for name, value in found.items() if isinstance(value, int)}
        if len(counted) == len(_TOKENS):
            turn = self.truth.turns[-1]
            turn.usage = {name: max(value - self._before.get(name, 0), 0) for name, value in counted.items()}
            # Some releases count before they write the message, some after it; all do after a tool has answered.
            turn.counted = turn.counted or counted != self._counted
            self._counted = counted

    def _add(self, entry: Entry) -> None:
        if not self.truth.turns:
            # A session that was resumed, or a file whose beginning is gone.
            self.truth.turns.append(TurnTruth(user=""))
        self.truth.turns[-1].entries.append(entry)


def _call(item: Json) -> Entry | None:
    call_id = str(item.get("call_id") or item.get("id"))
    name = str(item.get("name") or "")
    if item.get("type") == "local_shell_call":
        name, arguments = "local_shell", item.get("action") or {}
    elif item.get("type") == "custom_tool_call":
        return Entry(kind="file_change", text=str(item.get("input") or ""), call_id=call_id, tool=name)
    else:
        arguments = _loads(item.get("arguments"))
    if not isinstance(arguments, dict):
        arguments = {}
    if name in _SHELLS:
        command = command_text(arguments)
        patch = _PATCH.search(command) if "apply_patch" in command.split("\n", 1)[0] else None
        if patch:
            return Entry(kind="file_change", text=patch[0] + "\n", call_id=call_id, tool=name)
        return Entry(kind="command_execution", text=command, call_id=call_id, tool=name)
    if name == "apply_patch":
        return Entry(kind="file_change", text=str(arguments.get("input") or ""), call_id=call_id, tool=name)
    if name == "update_plan":
        plan: Any = arguments.get("plan") or ()
        steps = [{"text": step.get("step"), "status": step.get("status")} for step in plan]
        text = str(arguments.get("explanation") or "")
        return Entry(kind="todo_list", text=text, steps=steps, call_id=call_id, tool=name)
    if name == "view_image":
        return Entry(kind="image_view", text=str(arguments.get("path") or ""), call_id=call_id, tool=name)
    space = str(item.get("namespace") or "").removeprefix("mcp__").strip("_")
    server, _, tool = name.removeprefix("mcp__").partition("__")
    if space:
        server, tool = space, name
    if not tool:
        return None
    return Entry(kind="mcp_tool_call", tool=f"{server}.{tool}", arguments=arguments, call_id=call_id)


def command_text(arguments: Json) -> str:
    """The script in a shell call's arguments, without the shell that runs it.

    >>> command_text({"command": ["bash", "-lc", "ls | wc -l"]}), command_text({"cmd": "ls"})
    ('ls | wc -l', 'ls')
    """
    command = arguments.get("cmd", arguments.get("command", ""))
    if isinstance(command, str):
        return command
    words = [str(word) for word in command or ()]
    if len(words) == 3 and words[1] in ("-lc", "-c") and words[0].endswith("sh"):
        return words[2]
    return " ".join(words)


def _loads(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return {}
