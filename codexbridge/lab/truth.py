"""The truth record: what was really said and done in a conversation, by turn and in order.

Two witnesses give it, neither of them the bridge: the scripted model (what it said, and what each tool answered,
read from the next request) and the rollout file that Codex writes (:mod:`codexbridge.lab.rollout`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

State = Literal["said", "dropped", "cut", "not_offered"]

Kind = Literal[
    "agent_message",
    "reasoning",
    "command_execution",
    "file_change",
    "todo_list",
    "mcp_tool_call",
    "web_search",
    "image_view",
    "error",
    "user_message",
]


class Entry(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One thing that was said, done or served.

    ``text`` is the message, the reasoning, the command, the patch, the query, the path or the error message.
    """

    kind: Kind
    text: str = ""
    state: State = "said"
    """``dropped``: the stream was broken off after ``text``; ``cut``: the client went away after it (interrupt);
    ``not_offered``: this release's requests offer no tool for it, so it was left out."""
    parts: list[str] = []
    """The summary parts of reasoning."""
    steps: list[dict[str, Any]] = []
    """The plan: ``{"text", "status"}`` each."""
    call_id: str = ""
    tool: str = ""
    """The tool's name on the wire, or ``server.tool`` for MCP."""
    arguments: Any = None
    output: str | None = None
    """What the tool answered, without the header that Codex puts before it. None: it never answered."""
    exit_code: int | None = None
    failed: bool | None = None
    """None where nothing tells."""
    truncated: bool = False
    """Codex cut the output before the model saw it."""
    whole: str | None = None
    """What a command prints when the lab runs it itself, where the model was told less than that."""
    times: int = 1
    """How often in a row the same error was served."""
    raw: str = ""
    """The tool's answer as it was sent, where a header was taken off."""


class TurnTruth(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One turn: the user's text as the model received it, and what followed."""

    user: str
    sent: str | None = None
    """What the scenario's user said, where that differs from ``user``."""
    entries: list[Entry] = []
    steered: list[str] = []
    """Messages that reached the model within the turn."""
    interrupted: bool = False
    usage: dict[str, int] = {}
    """Tokens of the turn, where the witness counts them: ``input``, ``cached``, ``output``, ``total``."""
    counted: bool = False
    """They were counted since the last tool answered: nothing of the turn is missing but what may still come."""


class Truth(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A whole conversation as one witness has it."""

    scenario: str = ""
    release: str = ""
    witness: Literal["model", "rollout"] = "model"
    turns: list[TurnTruth] = []
    model: str = ""
    """The model of the last turn, where the witness knows it."""
    tools: list[str] = []
    """What the release's requests offer."""
    side_requests: list[str] = []
    """Requests that belong to no turn: titles, compaction, memories."""

    def entry(self, call_id: str) -> Entry | None:
        """The call of that id."""
        found = (entry for turn in self.turns for entry in turn.entries if entry.call_id == call_id)
        return next(found, None)

    def save(self, path: Path) -> None:
        """Write it as readable JSON, at once or not at all."""
        data = json.dumps(msgspec.to_builtins(self), indent=1, ensure_ascii=False) + "\n"
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_text(data, "utf-8")
        temporary.replace(path)


def load(path: Path) -> Truth:
    """Read what :meth:`Truth.save` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Truth)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's answer, taken apart."""

    output: str
    exit_code: int | None = None
    failed: bool | None = None
    truncated: bool = False


_HEADER = re.compile(
    r"""\A(?:Command:\ .*?\n(?=Chunk\ ID:\ ))?(?:(?:
          Chunk\ ID:\ \S+
        | Wall\ time:\ [\d.]+\ seconds?
        | Exit\ code:\ (?P<exit>-?\d+)
        | Process\ exited\ with\ code\ (?P<process>-?\d+)
        | Process\ running\ with\ session\ ID\ (?P<session>\S+)
        | Original\ token\ count:\ \d+
        | (?P<total>Total\ output\ lines:\ \d+)
        | command\ timed\ out\ after\ [^\n]*
        )\n)+ Output:(?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_SANDBOX = re.compile(
    r"failed in sandbox .*? exit code: (?P<code>-?\d+), stdout: (?P<out>.*), stderr: (?P<err>.*)\Z", re.DOTALL
)
_CUT = re.compile(
    r"\A(?P<total>Total output lines: \d+\n\n)|(?P<mark>\[\.\.\. omitted |…\d+ (?:chars|tokens) truncated…)"
)


def read_answer(raw: Any) -> Answer:
    """Take a tool's answer apart, in whichever form the release sends it.

    The forms: a JSON object with ``output`` and ``metadata.exit_code``; header lines (``Exit code:``,
    ``Wall time:``) before ``Output:``; a list of content parts; plain text.
    """
    text = flatten(raw)
    failed: bool | None = None
    if isinstance(raw, dict) and isinstance(raw.get("success"), bool):
        failed = not raw["success"]
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if isinstance(value, dict) and isinstance(value.get("output"), str):
            code = (value.get("metadata") or {}).get("exit_code")
            code = code if isinstance(code, int) else None
            return _answer(value["output"], code, failed)
        if isinstance(value, dict) and isinstance(value.get("content"), list):
            # The result of an MCP tool, as a whole.
            broken = value.get("isError", value.get("is_error"))
            return _answer(flatten(value["content"]), None, broken if isinstance(broken, bool) else failed)
    if text.startswith("[{"):
        try:
            parts = json.loads(text)
        except ValueError:
            parts = []
        if parts and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts):
            return _answer(flatten(parts), None, failed)
    if header := _HEADER.match(text):
        code = next((int(header[name]) for name in ("exit", "process") if header[name]), None)
        inner = text[header.end() :]
        if code is None and not header["session"] and (inner.startswith(('{"output"', "[{")) or _HEADER.match(inner)):
            # A patch that was given to the shell tool answers within the shell's answer.
            return read_answer(inner)
        return _answer(inner, code, failed, bool(header["total"]))
    if sandboxed := _SANDBOX.match(text):
        return _answer(sandboxed["out"] + sandboxed["err"], int(sandboxed["code"]), True)
    return _answer(text, None, failed)


def _answer(output: str, code: int | None, failed: bool | None, cut: bool = False) -> Answer:
    mark = _CUT.search(output)
    if mark and mark["total"]:
        output = output[mark.end() :]
    if code is not None and failed is None:
        failed = code != 0
    return Answer(output=output, exit_code=code, failed=failed, truncated=cut or bool(mark))


def flatten(raw: Any) -> str:
    """The text in an answer that may be a string, a list of content parts or an object with ``content``."""
    if isinstance(raw, str):
        if raw.startswith('[{"'):
            # Older releases give the parts of an MCP result as JSON.
            try:
                return flatten(json.loads(raw))
            except ValueError:
                return raw
        return raw
    if isinstance(raw, list):
        return "\n".join(part.get("text", "") for part in raw if isinstance(part, dict) and "text" in part)
    if isinstance(raw, dict):
        return flatten(raw.get("content", raw.get("text", "")))
    return "" if raw is None else str(raw)
