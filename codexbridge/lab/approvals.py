"""Ask a real release for leave, and answer: every way, and see what came of it.

``python -m codexbridge.lab.approvals 0.47.0 0.135.0`` lets the model ask for a command and for a patch, under each
policy, and looks at the folder afterwards: what was accepted is there, what was declined is not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from codexbridge.grammar.releases import table
from codexbridge.lab import trials
from codexbridge.lab.bench import Bench
from codexbridge.lab.listener import Json, call, message, outputs, patch
from codexbridge.session.api import Answer, DialogClosed, DialogOpened, TurnCompleted
from codexbridge.session.dialogs import Desk

Way = Literal["decline", "accept", "ask-accept", "ask-decline", "ask-timeout"]
WAYS: tuple[Way, ...] = ("decline", "accept", "ask-accept", "ask-decline", "ask-timeout")
SUBJECTS = ("command", "patch")

_PATCH = "*** Begin Patch\n*** Add File: made.txt\n+one\n+two\n*** End Patch"


_MADE_UP = "Don't do that, keep going though"
"""What the first look says in the user's name when something is declined."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what came of the answer; ``wrong`` is empty where all is as it must be."""

    subject: str
    way: Way
    wrong: str
    seconds: float
    asked: str = ""
    """The dialog as it was read."""


def trial(version: str, subject: str, way: Way, record: Path | None = None) -> Trial:
    """Let the model ask once."""

    def plan(request: Json, text: str) -> list[Json] | None:
        if not text.startswith("please"):
            return None
        if outputs(request):
            return [message("That is that.")]
        if subject == "patch":
            return [message("I will write."), patch(request, _PATCH)]
        return [message("I will run."), call(request, "touch made.txt", escalate=_escalated(version))]

    desk = Desk(policy=trials.policy(way), timeout=3.0)
    with Bench(version, plan, tables=_tables(version), session={"desk": desk}, record=record) as bench:
        bench.start()
        began = time.monotonic()
        bench.send("please do it")
        accepted = way in ("accept", "ask-accept")
        opened = bench.wait(lambda: bool(bench.seen(DialogOpened)), 20)
        if opened and way in ("ask-accept", "ask-decline"):
            bench.run(0.5)
            bench.command(Answer(dialog_id=bench.seen(DialogOpened)[0].dialog_id, choice=way[4:]))
        bench.wait(lambda: bool(bench.seen(TurnCompleted)), 30)
        seconds = round(time.monotonic() - began, 2)
        after = bench.send("and then?")
        bench.wait(lambda: len(bench.listener.heard) > 1, 5)
        wrong = _judge(bench, subject, way, accepted, after is not None and after.state == "delivered")
        asked = bench.seen(DialogOpened)[0].text if opened else ""
        wrong = trials.with_screen(wrong, bench)
        return Trial(subject=subject, way=way, wrong=wrong, seconds=seconds, asked=asked)


def _judge(bench: Bench, subject: str, way: Way, accepted: bool, next_came: bool) -> str:
    opened, closed = bench.seen(DialogOpened), bench.seen(DialogClosed)
    if not opened:
        return "no dialog was seen"
    if len(opened) > 1:
        return f"{len(opened)} dialogs were seen: {[event.text[:80] for event in opened]}"
    # The first look draws a patch as the command that it is there.
    if opened[0].subject != subject and not (bench.session.look.name == "ink" and opened[0].subject == "command"):
        return f"taken for {opened[0].subject}: {opened[0].text[:200]!r}"
    if opened[0].answerable != way.startswith("ask"):
        return f"answerable: {opened[0].answerable}"
    if not closed or closed[0].choice != ("accept" if accepted else "decline"):
        return f"closed with {[event.choice for event in closed]}"
    if (bench.base / "work" / "made.txt").exists() != accepted:
        return f"made.txt is {'missing' if accepted else 'there'}"
    if not bench.seen(TurnCompleted):
        return "the turn did not end"
    if not next_came:
        return "the next message was not delivered"
    if [text for text in bench.listener.heard if text != _MADE_UP] != ["please do it", "and then?"]:
        return f"the model heard {bench.listener.heard}"
    return ""


def _asks(version: str) -> str:
    """The approval policy under which the bridge lets a release ask."""
    return str(table().find(version)[0].traits.get("asks", "on-request"))


def _tables(version: str) -> dict[str, Any]:
    tables: dict[str, Any] = {"approval_policy": _asks(version), "sandbox_mode": "read-only"}
    if "sandboxed" in table().find(version)[0].traits:
        # It knows no modes, and asks about a command only when its sandbox has stopped it.
        tables["sandbox_permissions"] = ["disk-full-read-access"]
    return tables


def _escalated(version: str) -> str:
    return "It writes a file" if _asks(version) == "on-request" else ""


def _every(versions: tuple[str, ...], only: str, record: Path | None) -> Iterator[trials.Trial]:
    for version, subject, way in trials.cases(only, versions, SUBJECTS, WAYS):
        done = trial(version, subject, cast(Way, way), record)
        yield bool(done.wrong), f"{version} {subject} {way}: {done.wrong or 'ok'} ({done.seconds:.1f} s)"


@trials.command
@trials.only
@trials.record
def main(versions: tuple[str, ...], only: str, record: Path | None) -> None:
    """Answer approvals of VERSIONS in every way."""
    trials.report(_every(versions, only, record))


if __name__ == "__main__":
    main()
