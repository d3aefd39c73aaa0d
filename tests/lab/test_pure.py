from __future__ import annotations

from codexbridge.lab.pure import fill
from codexbridge.lab.scenario import parse
from codexbridge.lab.truth import Entry, Truth, TurnTruth

STORY = """
title = "t"
[files]
"a.txt" = "one\\n"
[[turn]]
user = "go"
[[turn.response]]
items = [{ command = "echo two >> a.txt; cat a.txt", pure = true }]
[[turn.response]]
items = [{ command = "cat a.txt; exit 3", pure = true }, { command = "date" }]
"""


def test_only_what_was_cut_is_noted() -> None:
    entries = [
        Entry(kind="command_execution", call_id="call_0_0_0", output="one\n"),
        Entry(kind="command_execution", call_id="call_0_1_0", output="one\ntwo\n"),
        Entry(kind="command_execution", call_id="call_0_1_1", output="today"),
        Entry(kind="command_execution", call_id="other", output="x"),
    ]
    fill(Truth(turns=[TurnTruth(user="go", entries=entries)]), parse(STORY, "x"))
    assert [entry.whole for entry in entries] == ["one\ntwo\n", None, None, None]
