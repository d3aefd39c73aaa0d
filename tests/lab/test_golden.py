"""Goldens and how their differences are shown."""

from __future__ import annotations

import json

from codexbridge.lab import golden, replay

from .tiny import RELEASE, recording


def test_one_golden_per_seam_and_no_times() -> None:
    files = golden.goldens(replay.play(recording(), RELEASE))
    assert set(files) == {
        "screens.txt",
        "transcript.txt",
        "items.jsonl",
        "events.jsonl",
    }
    lines = [json.loads(line) for line in files["items.jsonl"].splitlines()]
    assert [line["what"] for line in lines][:2] == ["turn started", "completed"]
    assert not any('"at"' in line for line in files["items.jsonl"].splitlines())
    events = [json.loads(line)["type"] for line in files["events.jsonl"].splitlines()]
    assert events == ["session.init", "agent.tool_call", "agent.tool_result", "agent.text"]


def test_screens_are_rows_by_marker_and_what_did_not_change_is_not_repeated() -> None:
    assert golden.screens_text({"turn 1": ("a", "@ b"), "turn 1 done": ("a", "@ b"), "end": ("a", "", "c")}) == (
        "@ turn 1\n|a\n|@ b\n@ turn 1 done: as before\n@ end\n|a\n|\n|c\n"
    )


def test_slower_gives_the_same_goldens() -> None:
    cast = recording()
    slower = cast._replace(events=[event._replace(time=event.time * 1.5) for event in cast.events])
    assert golden.goldens(replay.play(cast, RELEASE)) == golden.goldens(replay.play(slower, RELEASE))


def test_changed_names_the_guilty_layer_first() -> None:
    old = {"events.jsonl": "a", "transcript.txt": "a", "screens.txt": "a"}
    new = {"events.jsonl": "b", "transcript.txt": "b", "screens.txt": "a", "items.jsonl": "c"}
    assert golden.changed(old, new) == ["transcript.txt", "items.jsonl", "events.jsonl"]


def test_two_sided_shows_both_sides() -> None:
    text = golden.two_sided("a\nb\nc\n", "a\nB\nc\nd\n", width=40)
    rows = [row.split() for row in text.splitlines()]
    assert ["b", "|", "B"] in rows
    assert [">", "d"] in rows


def test_two_sided_cuts_what_long_lines_share() -> None:
    text = golden.two_sided("x" * 200 + "left\n", "x" * 200 + "right\n", width=60)
    assert "left" in text
    assert "right" in text
