"""Items out of a witness's entries."""

from __future__ import annotations

import pytest

from codexbridge.items import model
from codexbridge.items.model import CommandExecution
from codexbridge.lab import mend
from codexbridge.lab.truth import Entry


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (Entry(kind="command_execution", text="ls", output="a\n"), model.CommandExecution),
        (Entry(kind="file_change", text="*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n"), model.FileChange),
        (Entry(kind="mcp_tool_call", tool="lab.echo", arguments={"a": 1}, output="r"), model.McpToolCall),
        (Entry(kind="todo_list", steps=[{"text": "a", "status": "pending"}]), model.TodoList),
        (Entry(kind="agent_message", text="**hi**"), model.AgentMessage),
        (Entry(kind="reasoning", text="hm"), model.Reasoning),
        (Entry(kind="web_search", text="q"), model.WebSearch),
        (Entry(kind="image_view", text="p"), model.ImageView),
    ],
)
def test_every_kind_that_can_be_lost_can_be_sent(entry: Entry, kind: type) -> None:
    item = mend.item_of(entry, "rollout_0")
    assert type(item) is kind
    assert item is not None
    assert (item.id, item.source) == ("rollout_0", "rollout")


def test_errors_and_silence_are_not_sent() -> None:
    assert mend.item_of(Entry(kind="error", text="x"), "i") is None
    assert mend.item_of(Entry(kind="agent_message", text=" "), "i") is None


def test_a_reading_of_a_part_is_not_filled_with_the_whole() -> None:
    part = CommandExecution(id="i", command="a", parsed=[{"type": "list", "target": "a"}], elided=-1, lines=(1, 1))
    entry = Entry(kind="command_execution", text="ls a; cat b", output="everything\n")
    assert mend.filled(part, [entry]) is part
    alone = Entry(kind="command_execution", text="ls a", output="b\n")
    whole = mend.filled(part, [alone])
    assert isinstance(whole, CommandExecution)
    assert whole.aggregated_output == "b\n"


def test_what_the_witness_itself_has_cut_fills_nothing() -> None:
    item = CommandExecution(id="i", command="seq", elided=5, lines=(1, 1))
    entry = Entry(kind="command_execution", text="seq", output="1\n…\n", truncated=True)
    assert mend.filled(item, [entry]) is item
