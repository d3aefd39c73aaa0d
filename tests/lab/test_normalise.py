"""Replacing what must not be committed, without moving anything."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codexbridge.lab.cast import Cast, Event, Header
from codexbridge.lab.normalise import RULES, Normaliser, own_literals

SESSION = "0199f0aa-12ab-7cde-8f01-23456789abcd"


def test_every_replacement_is_as_long_as_what_it_replaces() -> None:
    texts = [
        "at /tmp/codexbridge-raw-ab_12xyz/work/greet.py",
        "error sending request for url (http://127.0.0.1:40123/v1/responses)",
        f"codex resume {SESSION}.",
        "Incorrect API key provided: sk-proj-abcdefghijklmnop",
        "Bearer abcdefghijklmnopqrstuvwxyz",
        "2026-03-04T05:06:07.123456Z",
    ]
    for text in texts:
        normaliser = Normaliser()
        done = normaliser.text(text)
        assert len(done) == len(text)
        assert done != text
        assert sum(normaliser.counts.values()) == 1
        assert normaliser.text(done) == done


def test_what_only_looks_alike_stays() -> None:
    for text in (
        "/tmp/codexbridge-raw/work",
        "version 127.0.0.1",
        "12:34567",
        "task-list-of-many-things",
        "2026-03-04",
    ):
        assert Normaliser().text(text) == text


def test_a_secret_split_between_two_reads_is_found() -> None:
    events = [Event(0, "o", "to continue, run codex resume 0199f0aa-12ab"), Event(1, "m", "turn 1")]
    events.append(Event(2, "o", "-7cde-8f01-23456789abcd now"))
    done = Normaliser().cast(Cast(Header(80, 24, {"timestamp": 5, "title": "t"}), events))
    whole = "".join(event.data for event in done.events if event.code == "o")
    assert "0199f0aa" not in whole
    assert "23456789" not in whole
    assert [len(event.data) for event in done.events] == [len(event.data) for event in events]
    assert done.header.rest == {"title": "t"}


def test_a_word_may_follow_a_control_sequence_at_once() -> None:
    session = "9b4b7db8-1cd5-4249-a6bc-532d77c7080a"
    for before in ("\x1b[39;49m", "\x1b[4;16H", " "):
        assert Normaliser().text(before + session) == before + "00000000-0000-0000-0000-000000000000"


def test_notices_are_made_the_same_and_stay_what_they_are() -> None:
    payload = {"type": "agent-turn-complete", "thread-id": SESSION, "cwd": "/tmp/codexbridge-raw-ab_12xyz/work"}
    done = Normaliser().cast(Cast(Header(80, 24), [Event(1, "n", json.dumps(payload))]))
    said = json.loads(done.events[0].data)
    assert said["type"] == payload["type"]
    assert said["thread-id"] != SESSION
    assert said["cwd"] == "/tmp/codexbridge-raw-workroom/work"


def test_values_of_the_machine_are_replaced_but_not_written_down() -> None:
    rules = own_literals(
        {"MY_API_KEY": "hunter2hunter2", "SHELL": "/bin/sh"}, Path("/home/somebody"), "somebody", "box7"
    )
    normaliser = Normaliser([*rules, *RULES])
    done = normaliser.text("hunter2hunter2 in /home/somebody/x on box7")
    assert "hunter2" not in done
    assert "somebody" not in done
    assert "box7" not in done
    applied = {rule.name: rule for rule in normaliser.applied()}
    assert set(applied) == {"secret", "home", "host"}
    assert all(rule.pattern == "" for rule in applied.values())


KEY = "sk-proj-Ab12Cd34Ef56Gh78"
TOKEN = "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2Q"
PLANTED = (KEY, TOKEN, "hunter2hunter2", "/home/somebody", "somebody", "box-seven", SESSION)
STYLES = ("\x1b[1m", "\x1b[38;5;2;49m", "\x1b[0m", "\x1b]8;;\x1b\\", "")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_that_was_planted_is_left(data: st.DataObject) -> None:
    """Whatever stands around it, however it is cut into reads, and whatever colours it has."""
    words = data.draw(
        st.lists(st.sampled_from([*PLANTED, "a word", "→ ls -la", "\r\n", "日本"]), min_size=1, max_size=8)
    )
    pieces: list[str] = []
    for word in words:
        at = data.draw(st.integers(0, len(word)))
        pieces += [word[:at], data.draw(st.sampled_from(STYLES)), word[at:], data.draw(st.sampled_from(" \t\n\"'"))]
    whole = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    parts = [whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])]
    events = [Event(float(n), "o", part) for n, part in enumerate(parts)]
    own = own_literals({"MY_TOKEN": "hunter2hunter2"}, Path("/home/somebody"), "somebody", "box-seven")
    normaliser = Normaliser([*own, *RULES])
    done = normaliser.cast(Cast(Header(120, 24, {}), events))
    assert [len(event.data) for event in done.events] == [len(event.data) for event in events]
    assert normaliser.shown(done) == []
    bare = "".join(event.data for event in done.events)
    for style in filter(None, STYLES):
        bare = bare.replace(style, "")
    assert not [secret for secret in PLANTED if secret in bare]


def test_a_secret_that_is_drawn_in_pieces_is_seen_on_the_screen() -> None:
    # The middle is drawn first, and what is around it later.
    text = "\x1b[?2026h\x1b[1;5Hproj-Ab12Cd34Ef\x1b[2;1Hother\x1b[1;2Hsk-\x1b[1;20H56Gh78\x1b[?2026l"
    cast = Cast(Header(80, 24, {}), [Event(1.5, "o", text)])
    normaliser = Normaliser()
    assert normaliser.shown(normaliser.cast(cast)) == [(1.5, "key")]
