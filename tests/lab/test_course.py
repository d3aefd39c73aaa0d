"""Turns with their outcomes, and the life of each item."""

from __future__ import annotations

from typing import Any

import pytest

from codexbridge.items.model import AgentMessage, AnyItem, CommandExecution, UserMessage
from codexbridge.lab.course import disorder, outcome
from codexbridge.lab.score import judged
from codexbridge.lab.truth import Entry, Truth, TurnTruth
from codexbridge.session.api import AnyEvent, ItemCompleted, ItemStarted, ItemUpdated, TurnCompleted, TurnStarted


def user(text: str = "go", identity: str = "u") -> AnyItem:
    return UserMessage(id=identity, text=text)


def message(status: Any = "completed", source: Any = "screen", identity: str = "m") -> AnyItem:
    return AgentMessage(id=identity, text="Done.", status=status, source=source)


def begin(item: AnyItem, turn: int = 1) -> AnyEvent:
    return ItemStarted(turn=turn, item=item)


def update(item: AnyItem, turn: int = 1) -> AnyEvent:
    return ItemUpdated(turn=turn, item=item)


def complete(item: AnyItem, turn: int = 1) -> AnyEvent:
    return ItemCompleted(turn=turn, item=item)


def turn(*events: AnyEvent, number: int = 1, status: Any = "completed") -> list[AnyEvent]:
    return [TurnStarted(turn=number), *events, TurnCompleted(turn=number, status=status)]


RUNNING = message("in_progress")
WHOLE = [begin(RUNNING), update(RUNNING), complete(message())]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (turn(*WHOLE), []),
        (turn(complete(message())), []),
        # What comes later corrects.
        ([*turn(*WHOLE), update(message("failed"))], []),
        (turn(*WHOLE, update(message(source="raw"))), []),
        (turn(complete(message(source="raw")), update(message())), ["is corrected from the screen"]),
        (turn(*WHOLE, update(RUNNING)), ["is in progress after"]),
        (turn(*WHOLE, begin(RUNNING)), ["is started after its completion", "is in progress after"]),
        (turn(*WHOLE, complete(message())), ["is completed twice"]),
        (turn(begin(RUNNING), *WHOLE), ["is started twice"]),
        (turn(update(RUNNING), complete(message())), ["is updated before its start"]),
        (turn(begin(message()), complete(message())), ["is completed before its completion"]),
        (turn(complete(RUNNING)), ["and still in progress"]),
        (turn(begin(RUNNING)), ["is never completed"]),
        ([*turn(), complete(message())], ["is completed after its turn"]),
        ([*turn(begin(RUNNING)), *turn(complete(message(), 2), number=2)], ["was started in turn 1"]),
        (
            turn(begin(CommandExecution(id="m", command="x", status="in_progress")), complete(message())),
            ["was started"],
        ),
        ([TurnStarted(turn=1)], ["never ends"]),
        ([TurnStarted(turn=1), *turn(number=2)], ["begins before turn 1 has ended", "never ends"]),
        ([*turn(), *turn()], ["begins twice", "ends twice"]),
        ([TurnCompleted(turn=1, status="failed")], ["ends and never began"]),
    ],
)
def test_what_cannot_be_is_told(events: list[AnyEvent], said: list[str]) -> None:
    found = [one.what for one in disorder(events)]
    assert len(found) == len(said), found
    assert all(words in one for words, one in zip(said, found, strict=True)), found


def entry(kind: Any = "agent_message", **more: Any) -> Entry:
    return Entry(kind=kind, text="Done.", **more)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (TurnTruth(user="go", entries=[entry()]), "completed"),
        (TurnTruth(user="go", entries=[entry("error"), entry()]), "completed"),
        (TurnTruth(user="go", entries=[entry(), entry("error")]), "failed"),
        (TurnTruth(user="go", entries=[entry(state="dropped")]), "failed"),
        (TurnTruth(user="go", entries=[entry()], interrupted=True), "interrupted"),
        (TurnTruth(user="go", entries=[entry("command_execution")]), "interrupted"),
        (TurnTruth(user="go", entries=[entry("command_execution", output="")]), "completed"),
        (TurnTruth(user="go", entries=[entry("error"), entry(state="not_offered")]), "failed"),
    ],
)
def test_how_a_turn_ended(told: TurnTruth, status: str) -> None:
    assert outcome(told) == status


def test_turns_and_lives_are_part_of_the_score() -> None:
    told = Truth(turns=[TurnTruth(user="go", entries=[entry()]), TurnTruth(user="on", entries=[entry("error")])])
    first = turn(complete(user()), *WHOLE)
    second = turn(complete(user("on", "v"), 2), number=2, status="failed")
    good = judged(told, [*first, *second], ["error"])
    assert good.perfect
    assert (good.tallies["turns"].of, good.tallies["lifecycle"].of) == (2, 5)
    silent = [*first, *turn(complete(user("on", "v"), 2), number=2)]
    assert [one.what for one in judged(told, silent).faults] == ["recall", "turns"]
    # Where the failure is not drawn, nothing tells that the turn failed.
    assert judged(told, silent, ["error"]).perfect
    twice = [*first[:-1], complete(message()), *first[-1:], *second]
    faults = judged(told, twice, ["error"]).faults
    assert {one.what for one in faults} == {"precision", "lifecycle"}
