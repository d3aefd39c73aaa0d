"""A recording through the core."""

from __future__ import annotations

from codexbridge.lab import replay
from codexbridge.lab.cast import Event
from codexbridge.session import api
from codexbridge.session.core import Session

from .tiny import RELEASE, recording


def test_items_turns_and_accounts() -> None:
    passed = replay.play(recording(), RELEASE)
    assert [item.__struct_config__.tag for item in replay.items(passed.events)] == [
        "user_message",
        "command_execution",
        "agent_message",
    ]
    assert sum(isinstance(event, api.TurnCompleted) for event in passed.events) == 1
    accounts = replay.accounts(passed)
    assert [account.what for account in accounts if account.rule == "banner.box"] == ["chrome"] * 3
    assert all(account.what != "unknown" for account in accounts)
    assert [account.line.text for account in accounts] == [line.text for line in passed.transcript]


def test_unknown_lines_are_accounted_for() -> None:
    passed = replay.play(recording("nobody knows this"), RELEASE)
    unknown = [account for account in replay.accounts(passed) if account.what == "unknown"]
    assert [account.line.text for account in unknown] == ["nobody knows this"]


def test_screens_at_markers() -> None:
    passed = replay.play(recording(), RELEASE)
    assert list(passed.screens) == ["turn 1", "turn 1 done", "end"]
    assert not any("hello there" in row for row in passed.screens["turn 1"])
    assert any("hello there" in row for row in passed.screens["turn 1 done"])


def test_however_it_is_cut_the_events_are_the_same() -> None:
    cast = recording("nobody knows this")
    bytewise = []
    for event in cast.events:
        pieces = [event.data[n : n + 1] for n in range(len(event.data))] if event.code == "o" else [event.data]
        bytewise += [Event(event.time, event.code, piece) for piece in pieces]
    assert replay.replay(cast._replace(events=bytewise), RELEASE) == replay.replay(cast, RELEASE)


def test_the_release_is_found_in_the_banner_or_the_header() -> None:
    cast = recording()
    assert replay.release_of(cast) == "0.50.0"
    headed = cast._replace(header=cast.header._replace(rest={"x-codexbridge": {"release": "0.99.0"}}))
    assert replay.release_of(headed) == "0.99.0"
    assert replay.release_of(cast._replace(events=[])) is None


def test_resizes_reach_the_terminal() -> None:
    cast = recording()
    cast.events.append(Event(5.0, "r", "100x30"))
    passed = replay.play(cast, RELEASE)
    assert passed.session.terminal.screen.columns == 100


def test_steps_come_with_rising_times() -> None:
    cast = recording()
    session = Session(RELEASE, columns=cast.header.columns, rows=cast.header.rows)
    times = [step.at for step in replay.steps(session, cast.events)]
    assert times == sorted(times)
