from __future__ import annotations

from typing import Any

import msgspec
import pytest

from codexbridge.items.model import (
    AgentMessage,
    AnyItem,
    CommandExecution,
    Error,
    FileChange,
    McpToolCall,
    Reasoning,
    TodoList,
    UserMessage,
)
from codexbridge.lab.losses import LOSSES
from codexbridge.lab.score import METRICS, Difference, judged, patch_changes, score
from codexbridge.lab.truth import Entry, Truth, TurnTruth
from codexbridge.session.api import AnyEvent, ItemCompleted, Status, TurnStarted

PATCH = """\
*** Begin Patch
*** Add File: a.txt
+x
+y
*** Update File: b.txt
*** Move to: c.txt
@@
-1
+2
*** End Patch
"""


def drawn_changes() -> list[dict[str, Any]]:
    """The changes of :data:`PATCH` as a release draws them."""
    diffs = ("+x\n+y", "@@\n context\n-1\n+2")
    return [{**change, "diff": diff} for change, diff in zip(patch_changes(PATCH), diffs, strict=True)]


def truth(*entries: Entry, user: str = "go") -> Truth:
    return Truth(turns=[TurnTruth(user=user, entries=list(entries))])


def said(text: str) -> Entry:
    return Entry(kind="agent_message", text=text)


def ran(command: str, output: str = "", code: int = 0, call_id: str = "call_0_0_0") -> Entry:
    return Entry(
        kind="command_execution", text=command, output=output, exit_code=code, failed=code != 0, call_id=call_id
    )


def user(text: str = "go") -> UserMessage:
    return UserMessage(id="u", text=text)


def message(text: str) -> AgentMessage:
    return AgentMessage(id="m", text=text)


def command(text: str, output: str = "", failed: bool = False, **more: Any) -> CommandExecution:
    status = "failed" if failed else "completed"
    return CommandExecution(id="c", command=text, aggregated_output=output, status=status, **more)


def wrong(told: Truth, items: list[AnyItem], *losses: str) -> list[str]:
    return [difference.what for difference in score(told, items, losses).faults]


def test_what_is_the_same_is_perfect() -> None:
    told = truth(said("**a**"), ran("ls", "x\n"), ran("no", "", 1, "call_0_1_0"))
    result = score(told, [user(), message("**a**"), command("ls", "x"), command("no", failed=True)])
    assert result.perfect
    assert all(tally.right == tally.of for tally in result.tallies.values())
    assert set(result.tallies) == set(METRICS)


@pytest.mark.parametrize(
    ("items", "faults"),
    [
        ([user(), message("one"), message("two")], []),
        ([user(), message("one")], ["recall"]),
        ([user(), message("one"), message("two"), message("two")], ["precision"]),
        ([user(), message("two"), message("one")], ["order"]),
        ([user("other"), message("one"), message("two")], ["recall", "precision"]),
        ([message("one"), message("two")], ["recall"]),
    ],
)
def test_missing_doubled_and_misplaced_items_are_told(items: list[AnyItem], faults: list[str]) -> None:
    assert wrong(truth(said("one"), said("two")), items) == faults


def test_text_is_compared_as_it_renders() -> None:
    told = truth(said("# Head\n\n* `a`\n* **b**"))
    rendered = score(told, [user(), message("Head\n\n- a\n- b")])
    assert rendered.perfect
    assert rendered.tallies["markdown"].right == 0
    assert wrong(told, [user(), message("Head\n\n- a\n- c")]) == ["text"]
    source = score(told, [user(), message("# Head\n\n- `a`\n- **b**")])
    assert (source.tallies["markdown"].right, source.tallies["source"].right) == (1, 1)


@pytest.mark.parametrize(
    ("item", "faults"),
    [
        (command("ls -la", "a\nb"), []),
        (command("ls -l", "a\nb"), ["commands"]),
        (command("ls -la", "a"), ["outputs"]),
        (command("ls -la", "a\nb", elided=3), ["outputs"]),
        (command("ls -la", "a\nb", failed=True), ["failures"]),
        (command("ls -la", "a\nb", exit_code=3), ["failures"]),
    ],
)
def test_commands_outputs_and_failures(item: CommandExecution, faults: list[str]) -> None:
    assert wrong(truth(ran("ls -la", "a\nb\n")), [user(), item]) == faults


def test_the_same_command_twice_is_two_items() -> None:
    told = truth(ran("ls", "x\n"), ran("ls", "x\n", call_id="call_0_1_0"))
    assert wrong(told, [user(), command("ls", "x"), command("ls", "x")]) == []
    assert wrong(told, [user(), command("ls", "x")]) == ["recall"]
    assert wrong(told, [user(), *[command("ls", "x")] * 3]) == ["precision"]


def test_parallel_commands_may_end_in_any_order() -> None:
    told = truth(ran("slow", "s"), ran("fast", "f", call_id="call_0_0_1"), ran("last", "l", call_id="call_0_1_0"))
    assert wrong(told, [user(), command("fast", "f"), command("slow", "s"), command("last", "l")]) == []
    assert "order" in wrong(told, [user(), command("last", "l"), command("slow", "s"), command("fast", "f")])


def test_reasoning_counts_by_part_however_it_is_cut() -> None:
    told = truth(Entry(kind="reasoning", text="**A**\n\nb\n\nc", parts=["**A**\n\nb", "c"]))
    assert wrong(told, [user(), Reasoning(id="r", text="**A**\n\nb"), Reasoning(id="r", text="c")]) == []
    assert wrong(told, [user(), Reasoning(id="r", text="**A**\n\nb\n\nc")]) == []


def test_only_declared_losses_are_taken_off() -> None:
    told = truth(Entry(kind="reasoning", text="t", parts=["t"]), ran("ls", "out\n"), said("m"))
    items: list[AnyItem] = [user(), command("ls"), message("m")]
    assert sorted(wrong(told, items)) == ["outputs", "recall"]
    result = score(told, items, ["reasoning", "output"])
    assert result.perfect
    assert result.losses == {"reasoning": 1, "output": 1}
    assert set(result.losses) <= set(LOSSES)


def test_what_was_not_offered_is_not_expected() -> None:
    assert wrong(truth(Entry(kind="todo_list", state="not_offered"), said("m")), [user(), message("m")]) == []


def test_errors_that_were_overcome_are_not_expected() -> None:
    failed = Entry(kind="error", text="500", times=3)
    assert wrong(truth(failed, said("m")), [user(), message("m")]) == []
    assert wrong(truth(failed), [user()]) == ["recall"]


def test_patches_and_plans_are_compared_in_detail() -> None:
    told = truth(
        Entry(kind="file_change", text=PATCH, output="Success."),
        Entry(kind="todo_list", steps=[{"text": "a `b`", "status": "pending"}]),
    )
    changes = drawn_changes()
    assert [(c["kind"], c["added"], c["removed"]) for c in patch_changes(PATCH)] == [("add", 2, 0), ("update", 1, 1)]
    plan = TodoList(id="t", items=[{"text": "a b", "status": "pending"}])
    assert wrong(told, [user(), FileChange(id="f", changes=changes), plan]) == []
    changes[0] = {**changes[0], "added": 3}
    assert wrong(told, [user(), FileChange(id="f", changes=changes), plan]) == ["details"]


@pytest.mark.parametrize(
    ("diffs", "losses", "faults"),
    [
        (("+x\n+y", "-1\n+2"), [], []),
        (("+x\n+y", "-1\n+3"), [], ["diffs"]),
        (("+x\n+y", "+2"), [], ["diffs"]),
        ((" x\n+y", "-1\n+2"), [], ["diffs"]),
        (("", "-1\n+2"), [], ["diffs"]),
        (("", "-1\n+2"), ["patch_added"], []),
        (("+x\n+y", ""), ["patch_added"], ["diffs"]),
        (("", ""), ["patch_kind"], []),
        (("+x", "-1\n+2"), ["patch_kind", "patch_added", "patch_tabs", "patch_empty"], ["diffs"]),
    ],
)
def test_the_lines_of_a_patch_are_compared(diffs: tuple[str, str], losses: list[str], faults: list[str]) -> None:
    told = truth(Entry(kind="file_change", text=PATCH, output="Success."))
    changes = [{**change, "diff": diff} for change, diff in zip(patch_changes(PATCH), diffs, strict=True)]
    assert wrong(told, [user(), FileChange(id="f", changes=changes)], *losses) == faults


def test_empty_lines_and_tabs_of_a_patch() -> None:
    told = truth(Entry(kind="file_change", text="*** Add File: a\n+b\n+\n+\tc\n", output="Success."))
    for diff, loss in (("+b\n+\n+    c", "patch_tabs"), ("+b\n+\tc", "patch_empty")):
        changes = [{"path": "a", "kind": "add", "added": 3, "removed": 0, "diff": diff}]
        assert wrong(told, [user(), FileChange(id="f", changes=changes)]) == ["diffs"]
        assert wrong(told, [user(), FileChange(id="f", changes=changes)], loss) == []


def test_a_message_into_a_running_turn_may_show_anywhere_in_it() -> None:
    told = truth(said("one"), said("two"))
    told.turns[0].steered = ["hurry"]
    told.turns.append(TurnTruth(user="next", entries=[said("three")]))
    rest = [user("next"), message("three")]
    assert wrong(told, [user(), message("one"), user("hurry"), message("two"), *rest]) == []
    assert wrong(told, [user(), user("hurry"), message("one"), message("two"), *rest]) == []
    assert wrong(told, [user(), message("one"), message("two"), *rest, user("hurry")]) == ["order"]


def test_a_dash_is_form_whether_a_list_or_a_line_of_code_has_it() -> None:
    told = truth(said("The change is this one:\n\n```\n- an old line\n```"))
    one = score(told, [user(), message("The change is this one:\n\n- an old line")])
    assert one.faults == []
    assert [fault.what for fault in one.differences] == ["markdown", "source"]
    (fault,) = score(told, [user(), message("The change is this one:\n\n- an odd line")]).faults
    assert fault.what == "text"


def test_a_command_is_hidden_only_beside_or_right_after_a_read() -> None:
    hidden = ["hidden_after_reads"]
    beside = truth(ran("make", call_id="call_0_0_0"), ran("cat x", "x\n", call_id="call_0_0_1"))
    assert score(beside, [user(), command("cat x", "x")], hidden).faults == []
    after = truth(ran("cat x", "x\n", call_id="call_0_0_0"), ran("make", call_id="call_0_1_0"))
    assert score(after, [user(), command("cat x", "x")], hidden).faults == []
    other = truth(ran("make", call_id="call_0_0_0"), ran("make test", call_id="call_0_1_0"))
    (fault,) = score(other, [user(), command("make")], hidden).faults
    assert fault.what == "recall"


def test_the_head_of_an_output_may_be_all_of_it_where_the_release_loses_it() -> None:
    one = truth(ran("make", "begin\nend\n"))
    for shown, faults in (("end", []), ("", []), ("begin", ["outputs"])):
        found = score(one, [user(), command("make", shown)], ["output_head"])
        assert [fault.what for fault in found.faults] == faults
    assert score(one, [user(), command("make", "")]).faults


def test_pieces_of_a_hurried_message_may_be_missing_but_nothing_may_be_added() -> None:
    one = truth(said("one two three four five six seven eight nine ten"))
    kept = score(one, [user(), message("one two four five six seven")], ["hurried_text"])
    assert kept.faults == []
    added = message("one two three four five six and quite seven")
    (fault,) = score(one, [user(), added], ["hurried_text"]).faults
    assert fault.what == "text"


def test_of_parallel_commands_like_goes_with_like() -> None:
    first, second = "python3 - <<'A'\nprint(501)\nA", "python3 - <<'B'\nprint(412)\nB"
    told = truth(ran(first, "501", call_id="call_0_0_0"), ran(second, "412", call_id="call_0_0_1"))
    assert wrong(told, [user(), command(second, "412"), command(first, "501")]) == []


def test_equal_commands_of_neighbouring_answers_each_have_their_own() -> None:
    told = truth(
        ran("a", "1", call_id="call_0_0_0"),
        ran("b", "2", call_id="call_0_0_1"),
        ran("a", "1", call_id="call_0_1_0"),
        ran("c", "3", call_id="call_0_1_1"),
    )
    drawn = {"a": "1", "b": "2", "c": "3"}
    assert wrong(told, [user(), *(command(one, drawn[one]) for one in "baca")]) == []
    assert wrong(told, [user(), *(command(one, drawn[one]) for one in "bcaa")]) != []


STORY: list[Entry] = [
    Entry(kind="reasoning", text="**Looking** at it"),
    said("I run `two` things:\n\n1. this\n2. that"),
    ran("ls -la", "a\nb\nc\nd\n"),
    ran("no", "gone\n", 1, "call_0_1_0"),
    Entry(kind="file_change", text=PATCH, output="Success", call_id="call_0_2_0"),
    Entry(kind="mcp_tool_call", tool="lab.echo", arguments={"text": "x"}, output="x\ny", failed=False, call_id="c3"),
    Entry(kind="todo_list", text="It is time", steps=[{"text": "one", "status": "pending"}]),
    said("That is all."),
    Entry(kind="error", text="404 The model does not exist."),
]


def story() -> list[AnyItem]:
    return [
        user(),
        Reasoning(id="r", text="**Looking** at it"),
        message("I run `two` things:\n\n1. this\n2. that"),
        command("ls -la", "a\nb\nc\nd"),
        command("no", "gone", failed=True, exit_code=1),
        FileChange(id="f", changes=drawn_changes()),
        McpToolCall(id="t", server="lab", tool="echo", arguments={"text": "x"}, result="x\ny"),
        TodoList(id="p", items=[{"text": "one", "status": "pending"}], explanation="It is time"),
        message("That is all."),
        Error(id="e", message="unexpected status 404 Not Found"),
    ]


ALTERED = {
    "text": "something else entirely",
    "command": "rm -rf /",
    "aggregated_output": "a\nb\nd",
    "elided": 2,
    "status": "failed",
    "exit_code": 7,
    "changes": [],
    "arguments": {},
    "result": "x",
    "items": [{"text": "one", "status": "completed"}],
    "explanation": "",
    "message": "all is well",
}


def mutations() -> list[tuple[str, list[AnyItem]]]:
    """Every item dropped, doubled, swapped with the next, and altered in each of its fields."""
    found: list[tuple[str, list[AnyItem]]] = []
    items = story()
    for n, item in enumerate(items):
        name = f"{n} {type(item).__name__}"
        found.append((f"drop {name}", [*items[:n], *items[n + 1 :]]))
        found.append((f"double {name}", [*items[: n + 1], item, *items[n + 1 :]]))
        if n + 1 < len(items):
            found.append((f"swap {name}", [*items[:n], items[n + 1], item, *items[n + 2 :]]))
        for field, value in ALTERED.items():
            if hasattr(item, field):
                other = "completed" if getattr(item, field) == value else value
                changed = msgspec.structs.replace(item, **{field: other})
                if field == "status" and not isinstance(item, CommandExecution | FileChange | McpToolCall):
                    continue
                found.append((f"{field} of {name}", [*items[:n], changed, *items[n + 1 :]]))
    return found


def test_the_story_itself_is_perfect() -> None:
    assert wrong(truth(*STORY), story()) == []


@pytest.mark.parametrize(("name", "items"), mutations(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_mutation_is_told(name: str, items: list[AnyItem]) -> None:
    assert wrong(truth(*STORY), items) != []


def test_a_loss_explains_only_what_it_names() -> None:
    told = truth(said("First:\n\n1. one\n2. two\n\nand the rest of it."))
    assert wrong(told, [user(), message("First:\n\n1. one\n1. two\n\nand the rest of it.")], "markdown_lists") == []
    assert wrong(told, [user(), message("First: one two and the rest of it, zebra.")], "markdown_lists") == ["text"]
    assert wrong(truth(said("No list, only words here.")), [user(), message("No list, words here.")], "markdown_lists")
    assert wrong(truth(said("one two")), [user(), message("one two"), user("go")], "wedged") == ["precision"]
    assert wrong(truth(said("one two")), [user(), message("one two"), user("more")], "wedged") == []
    assert wrong(truth(said("Whole it is.")), [user(), message("Whole itWhole it is.")], "dropped_text") == []
    assert wrong(truth(said("Whole it is.")), [user(), message("Something. Whole it is.")], "dropped_text") == ["text"]
    long = "".join(f"{n}\n" for n in range(20))
    for elided, faults in ((17, []), (12, ["outputs"])):
        item = command("seq", f"0\n1\n2\n[{elided} lines not shown]", elided=elided)
        assert wrong(truth(ran("seq", long)), [user(), item], "output_elided") == faults


def test_a_return_excuses_what_follows_it_in_its_line_and_no_other_line() -> None:
    told = truth(ran("printf", "first\rsecond\n\rthird\n"))
    assert wrong(told, [user(), command("printf", "first")], "returns") == []
    assert wrong(told, [user(), command("printf", "")], "returns") == ["outputs"]
    more = truth(ran("printf", "first\rsecond\nthird\n"))
    assert wrong(more, [user(), command("printf", "first")], "returns") == ["outputs"]
    assert wrong(truth(ran("printf", "\n\rthird\n")), [user(), command("printf", "")], "returns") == []


def test_a_call_has_its_place_before_what_is_said_after_it() -> None:
    told = truth(ran("a", "", call_id="call_0_0_0"), said("Between."), ran("b", "", call_id="call_0_0_1"))
    assert wrong(told, [user(), command("a"), message("Between."), command("b")]) == []
    assert wrong(told, [user(), message("Between."), command("a"), command("b")]) == ["order"]


def test_an_output_that_codex_cut_says_how_much_is_missing() -> None:
    entry = ran("seq", "0123456789" * 20)
    for text, right in (
        ("0123456789" * 3 + "…150 chars truncated…" + "0123456789" * 2, True),
        ("0123456789" * 3 + "…120 chars truncated…" + "0123456789" * 2, False),
        ("0123456789" * 3 + "…150 chars truncated…" + "012345678x" * 2, False),
    ):
        faults = score(truth(entry), [user(), command("seq", text)], ["output_cut"]).faults
        assert (not faults) == right
        assert score(truth(entry), [user(), command("seq", text)]).faults


def test_a_heading_that_the_status_row_showed_is_not_lost() -> None:
    def faults(told: Truth, items: list[AnyItem], *said: str) -> list[Difference]:
        events: list[AnyEvent] = [TurnStarted(at=0, turn=1)]
        events += [Status(at=0, text=text) for text in said]
        events += [ItemCompleted(at=0, turn=1, item=item) for item in items]
        found = judged(told, events, ["reasoning_heading"]).faults
        return [fault for fault in found if fault.what == "text"]

    told = truth(Entry(kind="reasoning", text="**Looking**\n\nAt it."))
    items: list[AnyItem] = [user(), Reasoning(id="r", text="At it.")]
    assert not faults(told, items)
    assert not faults(told, items, "Working")
    assert faults(told, items, "Working", "Looking")
    twice = truth(*(Entry(kind="reasoning", text="**Looking**\n\nAt it.") for _ in range(2)))
    shown = [user(), Reasoning(id="r", text="**Looking**\n\nAt it."), Reasoning(id="s", text="At it.")]
    assert not faults(twice, shown, "Looking")
