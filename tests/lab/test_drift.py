"""Turns held against a witness."""

from __future__ import annotations

from codexbridge.items.model import AgentMessage, UserMessage
from codexbridge.lab.drift import Turns, differences
from codexbridge.lab.truth import Entry, Truth, TurnTruth


def test_turns_are_found_by_what_the_user_said() -> None:
    truth = Truth(turns=[TurnTruth(user=text) for text in ("one", "two", "two", "three")])
    turns = Turns()
    found = []
    for text in ("one", "two", "two", "three"):
        turns.begin()
        turn = turns.find(truth, text)
        assert turn is not None
        found.append(next(n for n, one in enumerate(truth.turns) if one is turn))
    assert found == [0, 1, 2, 3]


def test_a_turn_that_is_not_there_yet() -> None:
    turns = Turns()
    turns.begin()
    truth = Truth()
    assert turns.find(truth, "one") is None
    truth.turns.append(TurnTruth(user="one, as the release altered it"))
    assert turns.find(truth, "one") is truth.turns[0]


def test_differences_are_told_shortly() -> None:
    turn = TurnTruth(user="u", entries=[Entry(kind="agent_message", text="x" * 5000)])
    items = [UserMessage(id="a", text="u"), AgentMessage(id="b", text="y", plain="y")]
    found = differences(turn, items)
    assert found
    assert all(set(one) == {"what", "kind", "expected", "got"} for one in found)
    assert all(len(one["expected"]) <= 400 for one in found)
