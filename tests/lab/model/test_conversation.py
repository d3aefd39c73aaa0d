from __future__ import annotations

from typing import Any

from codexbridge.lab.model.conversation import is_side_request, locate
from codexbridge.lab.scenario import Scenario, parse

STORY = """
title = "t"
[[turn]]
user = "one"
busy = [{ text = "hurry" }]
[[turn.response]]
items = [{ command = "ls" }]
[[turn.response]]
items = [{ message = "m" }]
[[turn]]
user = "again"
[[turn.response]]
items = [{ message = "m" }]
[[turn]]
user = "again"
[[turn.response]]
items = [{ message = "m" }]
"""


def story() -> Scenario:
    return parse(STORY, "x")


def user(*texts: str) -> dict[str, Any]:
    parts = [{"type": "input_text", "text": text} for text in texts]
    return {"type": "message", "role": "user", "content": parts}


def call(call_id: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "shell", "arguments": "{}"}


def output(call_id: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": "x"}


def place(items: list[dict[str, Any]], floor: int = 0) -> tuple[int, int] | None:
    found = locate(items, story(), floor)
    return (found.turn, found.response) if found else None


def test_the_users_text_tells_the_turn_and_answers_tell_the_response() -> None:
    assert place([user("one")]) == (0, 0)
    assert place([user("one"), call("call_0_0_0"), output("call_0_0_0")]) == (0, 1)
    assert place([user("one"), user("again")]) == (1, 0)


def test_the_same_words_twice_are_two_turns() -> None:
    assert place([user("one"), user("again"), user("again")]) == (2, 0)


def test_what_codex_trims_does_not_matter() -> None:
    assert place([user("  one\n")]) == (0, 0)


def test_context_is_nobodys_turn() -> None:
    context = "<environment_context>\n  <cwd>/x</cwd>\n</environment_context>"
    assert place([user(context), user("# AGENTS.md instructions for /x\n\nbe nice")]) is None
    assert place([user(context), user("one")]) == (0, 0)
    assert place([user("one", context)]) == (0, 0)


def test_codex_speaking_in_the_users_name_is_nobodys_turn() -> None:
    warned = [user("one"), call("call_0_0_0"), user("Use the other tool instead."), output("call_0_0_0")]
    assert place(warned) == (0, 1)
    assert place([user("one"), user("Warning: something")]) == (0, 0)


def test_a_message_into_a_running_turn_does_not_begin_one() -> None:
    found = locate([user("one"), call("call_0_0_0"), output("call_0_0_0"), user("hurry")], story(), 0)
    assert found is not None
    assert (found.turn, found.response, found.steered) == (0, 1, ("hurry",))


def test_after_compaction_the_turn_is_still_known() -> None:
    assert place([user("A summary of it all."), user("again")], floor=2) == (2, 0)
    assert place([user("A summary of it all."), user("again"), user("Another summary.")], floor=1) == (1, 0)


def test_anybodys_words_take_the_turns_in_order() -> None:
    assert place([user("hello")]) == (0, 0)
    assert place([user("hello"), user("how are you")]) == (1, 0)


def test_titles_and_summaries_are_told_apart() -> None:
    title = "Generate a concise, single-line task title of at most 36 characters."
    assert is_side_request({"input": [user(title)], "tools": []})
    assert is_side_request({"input": [user("one"), user("You are performing a CONTEXT CHECKPOINT COMPACTION.")]})
    assert not is_side_request({"input": [user("one")], "tools": []})
