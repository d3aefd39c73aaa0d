"""Have a real release put questions to its user, other than for a command or a patch, and answer them.

``python -m codexbridge.lab.questions 0.135.0 0.169.0``: the model asks by its own tool, an MCP server asks, a tool of
an MCP server needs leave, and the model asks for permissions; each under every policy. ``--look`` prints the dialogs
and answers nothing, which shows what a new release asks.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from codexbridge.lab import trials
from codexbridge.lab.bench import Bench
from codexbridge.lab.listener import Json, call, message, outputs
from codexbridge.lab.model.tools import Toolbox
from codexbridge.lab.scenario import Mcp, Part
from codexbridge.session.api import Answer, Delivery, DialogClosed, DialogOpened, TurnCompleted
from codexbridge.session.dialogs import Desk

_FINE = ("ok", "seen", "not offered", "not asked")

Way = Literal["decline", "accept", "ask-first", "ask-decline", "ask-timeout"]
WAYS: tuple[Way, ...] = ("decline", "accept", "ask-first", "ask-decline", "ask-timeout")

_ASKS = {
    "question": [{"options": True}],
    "questions": [{"options": True}, {"options": True}],
    "open": [{"options": False}],
}
KINDS = ("question", "questions", "open", "choice", "text", "nothing", "url", "tool", "permissions", "network")
"""By the model's own tool: one question, two, one without options. By an MCP server: one field with choices, one with
text, none, a page to open. Then leave for a tool of an MCP server, for permissions, and for a host."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what came of the answer."""

    kind: str
    way: str
    verdict: str
    """``ok``, ``not offered`` where the release has no such question, ``not asked`` where it answers itself, or what is
    wrong."""
    subjects: list[str] = []
    answer: str = ""
    """What the model got."""
    asked: str = ""


def _tables(kind: str) -> dict[str, Any]:
    server = {"command": sys.executable, "args": [str(Path(__file__).with_name("mcp_asker.py"))]}
    tables: dict[str, Any] = {
        "mcp_servers": {"lab": server},
        "features": {"default_mode_request_user_input": True, "request_permissions_tool": True},
    }
    if kind in ("permissions", "network", "tool"):
        tables |= {"approval_policy": "on-request", "sandbox_mode": "workspace-write"}
    else:
        # Elicitations are declined by Codex itself where nobody is to be asked.
        tables |= {"approval_policy": "on-request", "sandbox_mode": "danger-full-access"}
    if kind == "network":
        tables["sandbox_workspace_write"] = {"network_access": True}
    return tables


_MANAGED = "[experimental_network]\nenabled = true\n"
"""What an administrator must demand for a host to be asked about; elsewhere one is refused, or reached, unasked."""


def _call(kind: str, request: Json) -> Json | None:
    """The call that makes Codex ask, or None where nothing like it is offered."""
    tools = Toolbox(request.get("tools") or [])
    if kind in _ASKS:
        if "request_user_input" not in tools.functions:
            return None
        options = [{"label": "Alpha", "description": "the first"}, {"label": "Beta", "description": "the second"}]
        asked = [
            {
                "id": f"q{n}",
                "header": "Area",
                "question": f"Which one, {n}?",
                **({"options": options} if ask["options"] else {}),
            }
            for n, ask in enumerate(_ASKS[kind], 1)
        ]
        return _function("request_user_input", {"questions": asked})
    if kind == "permissions":
        if "request_permissions" not in tools.functions:
            return None
        wanted = {"network": {"enabled": True}}
        return _function("request_permissions", {"reason": "The lab needs the network", "permissions": wanted})
    if kind == "network":
        return call(request, "curl -sS -m 6 http://93.184.215.14/ || true")
    tool = Mcp(server="lab", tool="touch", arguments={"what": "x"}) if kind == "tool" else None
    tool = tool or Mcp(server="lab", tool="ask", arguments={"kind": kind})
    return tools.call(Part(mcp=tool), "call_1")


def _function(name: str, arguments: Json) -> Json:
    return {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": name,
        "arguments": json.dumps(arguments),
    }


def trial(version: str, kind: str, way: str, record: Path | None = None) -> Trial:
    """Let it be asked once; with the way ``look`` nothing is answered."""
    offered: list[bool] = []
    got: list[str] = []

    def plan(request: Json, text: str) -> list[Json] | None:
        if not text.startswith("please"):
            return None
        if answers := outputs(request):
            got[:] = [json.dumps(answer.get("output"), ensure_ascii=False) for answer in answers]
            return [message("That is that.")]
        made = _call(kind, request)
        offered.append(made is not None)
        return [message("There is none.")] if made is None else [made]

    desk = Desk(policy=trials.policy(way), timeout=4.0 if way == "ask-timeout" else 600.0)
    requirements = _MANAGED if kind == "network" else ""
    more: dict[str, Any] = {"session": {"desk": desk}, "record": record, "requirements": requirements}
    with Bench(version, plan, tables=_tables(kind), **more) as bench:
        bench.start()
        bench.send("please do it")
        opened = bench.wait(lambda: bool(bench.seen(DialogOpened) or bench.seen(TurnCompleted)), 20)
        if way == "look":
            bench.run(2.5)
            for row in bench.session.frame.rows if bench.session.frame else ():
                if row.text.strip():
                    print(f"    |{row.text[:150]}")
        waiting = bench.post("and then?")
        answered: set[str] = set()
        if bench.seen(TurnCompleted):
            bench.wait(lambda: bench.outcome(waiting) is not None, 5)

        def answer() -> bool:
            for event in bench.seen(DialogOpened):
                if way.startswith("ask-") and way != "ask-timeout" and event.dialog_id not in answered:
                    answered.add(event.dialog_id)
                    bench.run(0.5)
                    choice = "decline" if way == "ask-decline" else event.options[0][0] if event.options else "accept"
                    try:
                        bench.command(Answer(dialog_id=event.dialog_id, choice=choice))
                    except ValueError as error:
                        got.append(f"refused: {error}")
            return len(bench.seen(TurnCompleted)) > 0

        bench.wait(answer, 5 if way == "look" else 25)
        bench.wait(lambda: bench.outcome(waiting) is not None, 3 if way == "look" else 10)
        bench.wait(lambda: "and then?" in bench.listener.heard, 5)
        dialogs = bench.seen(DialogOpened)
        asked = dialogs[0].text if dialogs else ""
        verdict = "ok"
        if offered and not offered[0]:
            verdict = "not offered"
        elif not dialogs and bench.seen(TurnCompleted):
            verdict = "not asked"
        elif not opened or not dialogs:
            verdict = "no dialog was seen"
        elif _overtook(bench, waiting):
            verdict = "a message did not wait behind it"
        elif way == "look":
            verdict = "seen"
        elif not bench.seen(TurnCompleted):
            verdict = "the turn did not end"
        elif bench.listener.heard != ["please do it", "and then?"]:
            verdict = f"the model heard {bench.listener.heard}"
        elif not all(event.choice for event in bench.seen(DialogClosed)):
            verdict = f"closed by itself: {[event.choice for event in bench.seen(DialogClosed)]}"
        if verdict not in _FINE:
            verdict = trials.with_screen(verdict, bench)
        return Trial(
            kind=kind,
            way=way,
            verdict=verdict,
            subjects=[event.subject for event in dialogs],
            answer="; ".join(got)[:300],
            asked=asked,
        )


def _overtook(bench: Bench, name: str) -> bool:
    """Whether a message went out while something was asked."""
    open_ = False
    for event in bench.log:
        if isinstance(event, (DialogOpened, DialogClosed)):
            open_ = isinstance(event, DialogOpened)
        elif isinstance(event, Delivery) and event.message_id == name and event.state == "delivered":
            return open_
    return False


def _every(versions: tuple[str, ...], only: str, look: bool, record: Path | None) -> Iterator[trials.Trial]:
    unasked: set[tuple[str, str]] = set()
    for version, kind, way in trials.cases(only, versions, KINDS, ("look",) if look else WAYS):
        if (version, kind) in unasked:
            continue
        began = time.monotonic()
        done = trial(version, kind, way, record)
        if done.verdict.startswith("not "):
            unasked.add((version, kind))
        told = f"{version} {kind} {way}: {done.verdict} {done.subjects} {done.answer}"
        yield done.verdict not in _FINE, f"{told} ({time.monotonic() - began:.1f} s)"


@trials.command
@trials.only
@click.option("--look", is_flag=True, help="Show what is asked, and answer nothing.")
@trials.record
def main(versions: tuple[str, ...], only: str, look: bool, record: Path | None) -> None:
    """Answer questions of VERSIONS in every way."""
    trials.report(_every(versions, only, look, record))


if __name__ == "__main__":
    main()
