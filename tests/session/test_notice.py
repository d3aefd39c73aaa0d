"""What Codex tells its notify program: the source of a turn's last message, and the turn's end."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest

from codexbridge.items.model import AgentMessage
from codexbridge.lab import replay
from codexbridge.lab.cast import Cast, Event, Header
from codexbridge.session import api
from codexbridge.session.core import Session
from codexbridge.session.notice import LastWord

COLUMNS, ROWS = 60, 20
BULLET = "\x1b[2m• \x1b[0m"
# Drawn so, `**` and the language of the fence cannot be told.
SOURCE = "It is **`code`**:\n\n```text\nsome words\n```\n"
DRAWN = (f"{BULLET}It is \x1b[36mcode\x1b[0m:", "", "  some words")


def told(message: str | None, thread: str = "t1", **more: object) -> str:
    return json.dumps({"type": "agent-turn-complete", "thread-id": thread, "last-assistant-message": message, **more})


def insertion(*lines: str) -> str:
    body = "".join(f"\r\n{line}\x1b[0m" for line in lines)
    return f"\x1b[?2026h\x1b[1;12r\x1b[12;1H{body}\x1b[r\x1b[14;1H\x1b[1m›\x1b[0m \x1b[2mask\x1b[0m\x1b[K\x1b[?2026l"


LISTENS = Event(0.05, "n", '{"type":"codexbridge-listening"}')


def turn(start: float, *events: Event, osc: bool = True) -> list[Event]:
    """A turn whose last message is drawn a second after ``start``; ``events`` have times from ``start`` on."""
    own = [
        Event(0.0, "m", "turn"),
        Event(0.1, "o", insertion("\x1b[1m\x1b[2m› \x1b[0mhello there", "")),
        Event(1.0, "o", insertion(*DRAWN, "")),
        *([Event(1.1, "o", "\x1b]9;It\x07")] if osc else []),
        *events,
    ]
    return [event._replace(time=event.time + start) for event in sorted(own, key=lambda event: event.time)]


def play(*turns: list[Event], release: str = "0.47.0", listens: bool = True) -> replay.Replay:
    banner = Event(0.1, "o", insertion("\x1b[2m╭───╮", f"\x1b[2m│ OpenAI Codex (v{release}) │", "\x1b[2m╰───╯", ""))
    events = [*([LISTENS] if listens else []), banner, *itertools.chain.from_iterable(turns)]
    core = Session(release, columns=COLUMNS, rows=ROWS)
    return replay.play(Cast(Header(COLUMNS, ROWS), events), release, session=core)


def messages(passed: replay.Replay) -> list[tuple[str, str]]:
    items = replay.items(passed.events)
    return [(item.text, item.source) for item in items if isinstance(item, AgentMessage)]


def ends(passed: replay.Replay) -> list[float]:
    return [round(event.at, 2) for event in passed.events if isinstance(event, api.TurnCompleted)]


@pytest.mark.parametrize("at", [0.9, 1.05, 1.12])
def test_the_last_message_of_a_turn_is_its_source(at: float) -> None:
    passed = play(turn(1, Event(at, "n", told(SOURCE))))
    assert messages(passed) == [(SOURCE, "notice")]
    assert not passed.session.drift


def test_where_nobody_listens_it_is_restored_and_nothing_waits() -> None:
    passed = play(turn(1), listens=False)
    assert [source for _, source in messages(passed)] == ["screen"]
    assert messages(passed)[0][0] != SOURCE
    assert ends(passed) == [2.16]


def test_a_turn_waits_a_moment_to_be_told() -> None:
    first = turn(1, Event(1.9, "n", told(SOURCE)))
    passed = play(first, turn(10, Event(1.4, "n", told(SOURCE))))
    assert [source for _, source in messages(passed)] == ["notice", "notice"]
    assert ends(passed) == [2.9, 11.4]
    assert ends(play(*(turn(start) for start in (1, 10, 20)))) == [3.16, 12.16, 21.16]
    # It does not wait for ever, nor each time.
    passed = play(first, *(turn(start) for start in (10, 20, 30, 40)))
    assert ends(passed) == [2.9, 12.16, 22.16, 31.16, 41.16]
    assert [source for _, source in messages(passed)] == ["notice"] + ["screen"] * 4


def test_a_notice_of_another_message_is_not_believed() -> None:
    passed = play(turn(1, Event(1.05, "n", told("Something else."))))
    assert [source for _, source in messages(passed)] == ["screen"]
    assert passed.session.drift == {"notice of another message": 1}


def test_side_requests_have_a_thread_of_their_own() -> None:
    title = Event(0.5, "n", told("A title", "t2"))
    own = Event(1.05, "n", told(SOURCE))
    passed = play(turn(1, title, own), turn(10, title, own), turn(20, Event(3.0, "n", told("A title", "t2"))))
    assert [source for _, source in messages(passed)] == ["notice", "notice", "screen"]
    assert not passed.session.drift


def test_one_that_comes_too_late_belongs_to_no_turn() -> None:
    passed = play(turn(1, Event(5.0, "n", told(SOURCE))), turn(10))
    assert [source for _, source in messages(passed)] == ["screen", "screen"]
    assert passed.session.drift == {"notice too late": 1}


def test_a_late_one_does_not_keep_the_next_turn_from_its_own() -> None:
    # Of a turn that ended by guess; the notice comes when the next one has begun.
    late = Event(0.5, "n", told("Something of the turn before."))
    passed = play(turn(1, late, Event(1.7, "n", told(SOURCE))))
    assert messages(passed) == [(SOURCE, "notice")]


@pytest.mark.parametrize(
    "payload",
    ["", "nonsense", "[]", "3", '{"type": 5}', '{"type":"agent-turn-complete","last-assistant-message":7}', "\udcff",
     '{"type":"agent-turn-complete","last-assistant-message":"\\ud800"}', '{"type":"x","y":' + "[" * 100_000],
)  # fmt: skip
def test_what_cannot_be_read_is_drift(payload: str) -> None:
    passed = play(turn(1, Event(1.05, "n", payload)))
    assert len(messages(passed)) == 1
    assert passed.session.drift == {"notice not understood": 1}


def test_other_kinds_of_notices_mean_nothing() -> None:
    passed = play(turn(1, Event(1.05, "n", '{"type":"agent-turn-start","turn-id":"1"}')))
    assert not passed.session.drift


def test_where_nothing_else_tells_the_end_the_notice_does() -> None:
    # The row of 0.36.0 has no notification: a turn ends when the screen has been idle for a second.
    arrow = [
        Event(1.0, "m", "turn"),
        Event(1.1, "o", insertion("\x1b[2m\x1b[36m▌ \x1b[0m\x1b[2mhello there", "")),
        Event(2.0, "o", insertion("> It is \x1b[36mcode\x1b[0m:", "", "  some words", "")),
    ]
    passed = play([*arrow], release="0.36.0", listens=False)
    assert ends(passed) == [3.0]
    for at in (1.5, 2.05):
        passed = play(sorted([*arrow, Event(at, "n", told(SOURCE))]), release="0.36.0")
        assert messages(passed) == [(SOURCE, "notice")]
        assert ends(passed)[0] <= at + 0.6
    # But not before the message that it tells of stands there whole.
    part = sorted([*arrow, Event(2.05, "n", told(SOURCE + "\nAnd more that is still to come.")), Event(2.5, "o", " ")])
    assert ends(play(part, release="0.36.0"))[0] >= 3.0


def test_however_it_is_cut_the_events_are_the_same() -> None:
    cast = [*turn(1, Event(1.05, "n", told(SOURCE))), *turn(10, Event(0.8, "n", told(SOURCE)))]
    pieces = [
        Event(event.time, event.code, piece)
        for event in cast
        for piece in (event.data if event.code == "o" else [event.data])
    ]
    assert play(pieces).events == play(cast).events


def test_turns_that_fail_are_told_by_nobody() -> None:
    word = LastWord(0.5, Counter())
    word.turn()
    word.notified(told("x"), True)
    word.turn_over(True)
    for _ in range(5):
        word.turn()
        word.turn_over(False)
    word.turn()
    assert word.awaited("y", 1.0)
    assert word.deadlines() == [1.5]
    assert not word.awaited("y", 1.5)


def test_a_cell_below_the_last_message_came_before_it() -> None:
    """A release that draws what is said line by line keeps the cells of tools back meanwhile."""
    events = [
        Event(0.05, "n", LISTENS.data),
        Event(0.1, "o", insertion("\x1b[1;36muser\x1b[0m", "Look.", "")),
        Event(0.5, "o", insertion("\x1b[1;35mcodex\x1b[0m", "All is there.", "")),
        Event(0.51, "n", told("All is there.")),
        Event(0.53, "o", insertion("\x1b[32m✓\x1b[0m Completed", "\x1b[2m  └ ⌨️ true\x1b[0m", "")),
    ]
    core = Session("0.23.0", columns=COLUMNS, rows=ROWS)
    passed = replay.play(Cast(Header(COLUMNS, ROWS), events), "0.23.0", session=core)
    done = [event for event in passed.events if isinstance(event, api.ItemCompleted | api.TurnCompleted)]
    kinds = [type(event.item).__name__ if isinstance(event, api.ItemCompleted) else "end" for event in done]
    assert kinds == ["UserMessage", "CommandExecution", "AgentMessage", "end"]
