"""The life of a message, told to whoever sent it."""

from __future__ import annotations

from codexbridge.runtime.receipts import REPEATS, Frame, Receipts
from codexbridge.session import api


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(receipts: Receipts, event_id: str) -> list[Frame]:
    frames: list[Frame] = []
    receipts.watch(event_id, frames.append)
    return frames


def test_a_whole_life() -> None:
    receipts = Receipts(Clock())
    assert receipts.accept("a")
    live = told(receipts, "a")
    receipts.observe(api.TurnStarted(turn=3, message_id="a"))
    receipts.observe(api.Delivery(message_id="a", state="delivered", altered="x"))
    receipts.observe(api.TurnCompleted(turn=2, status="completed"))
    receipts.observe(api.TurnCompleted(turn=3, status="failed", error="no"))
    receipts.observe(api.TurnCompleted(turn=3, status="completed"))
    assert [frame["type"] for frame in live] == ["accepted", "delivered", "turn.started", "turn.completed"]
    assert all(frame["event_id"] == "a" for frame in live)
    assert live[1]["altered"] == "x"
    assert live[3]["status"] == "failed"
    assert told(receipts, "a") == live


def test_a_repeat_is_known_for_a_while() -> None:
    clock = Clock()
    receipts = Receipts(clock)
    assert receipts.accept("a")
    clock.now = REPEATS - 1
    assert not receipts.accept("a")
    clock.now += REPEATS - 1
    assert not receipts.accept("a")
    clock.now += REPEATS + 1
    assert receipts.accept("a")


def test_rejected_is_the_end() -> None:
    receipts = Receipts(Clock())
    receipts.accept("a")
    live = told(receipts, "a")
    receipts.observe(api.Delivery(message_id="a", state="rejected", reason="too long"))
    receipts.observe(api.TurnStarted(turn=1, message_id="a"))
    assert [frame["type"] for frame in live] == ["accepted", "rejected"]


def test_what_nobody_sent_here_is_ignored() -> None:
    receipts = Receipts(Clock())
    receipts.observe(api.Delivery(message_id="seed", state="delivered"))
    receipts.observe(api.TurnStarted(turn=1, message_id="seed"))
    assert told(receipts, "seed") == []


def test_a_sender_that_has_gone_hears_no_more() -> None:
    receipts = Receipts(Clock())
    receipts.accept("a")
    frames: list[Frame] = []
    receipts.watch("a", frames.append)
    receipts.unwatch(frames.append)
    receipts.observe(api.Delivery(message_id="a", state="delivered"))
    assert len(frames) == 1


def test_a_message_that_was_steered_into_a_turn_ends_with_it() -> None:
    receipts = Receipts(Clock())
    receipts.accept("a")
    receipts.accept("b")
    live = told(receipts, "b")
    receipts.observe(api.TurnStarted(turn=1, message_id="a"))
    receipts.observe(api.Delivery(message_id="a", state="delivered"))
    receipts.observe(api.Delivery(message_id="b", state="delivered"))
    receipts.observe(api.TurnCompleted(turn=1, status="completed"))
    assert [frame["type"] for frame in live] == ["accepted", "delivered", "turn.started", "turn.completed"]
    assert [frame["type"] for frame in told(receipts, "a")][-1] == "turn.completed"


def test_what_waits_when_the_session_ends_is_rejected() -> None:
    receipts = Receipts(Clock())
    for name in "ab":
        receipts.accept(name)
    waiting, delivered = told(receipts, "a"), told(receipts, "b")
    receipts.observe(api.Delivery(message_id="b", state="delivered"))
    receipts.close("over")
    assert waiting[-1] == {"type": "rejected", "reason": "over", "event_id": "a"}
    assert delivered[-1]["type"] == "delivered"
