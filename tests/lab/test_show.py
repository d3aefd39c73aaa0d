"""Events, items and lines as text."""

from __future__ import annotations

from codexbridge.grammar.markup import parse_line
from codexbridge.items import model
from codexbridge.lab import replay, show
from codexbridge.session import api

from .tiny import RELEASE, recording


def test_items_name_their_kind_and_outcome() -> None:
    command = model.CommandExecution(id="item_1", command="ls", aggregated_output="a\nb", exit_code=3, status="failed")
    assert show.item(command) == "command_execution [failed] (exit 3): ls\n    a\n    b"
    patch = model.FileChange(id="i", changes=[{"path": "a", "kind": "add", "added": 1, "removed": 0}])
    assert show.item(patch) == "file_change: add a (+1 -0)"
    plan = model.TodoList(id="i", items=[{"text": "one", "status": "pending"}], explanation="why")
    assert show.item(plan) == "todo_list: why\n    [pending] one"


def test_every_kind_of_item_has_a_line() -> None:
    others = [
        model.McpToolCall(id="i", server="lab", tool="echo", arguments={"a": 1}, result="r"),
        model.WebSearch(id="i", query="q"),
        model.ImageView(id="i", path="p"),
        model.Error(id="i", message="m", recoverable=True),
        model.ApprovalRequest(id="i", subject="command", text="t", decision="accept"),
        model.Notice(id="i", text="n"),
        model.Unknown(id="i", text="u"),
    ]
    lines = [show.item(one) for one in others]
    assert all(line.startswith(one.__struct_config__.tag or "?") for one, line in zip(others, lines, strict=True))


def test_events_leave_out_what_is_empty() -> None:
    assert show.event(api.TurnStarted(turn=1, message_id=None)) == "TurnStarted turn=1"
    assert show.event(api.Status(text="two words")) == 'Status text="two words" reconnecting=false'


def test_a_line_of_history_with_its_rule() -> None:
    accounts = replay.accounts(replay.play(recording("nobody knows this"), RELEASE))
    assert any(show.account(one) == "? unknown                nobody knows this" for one in accounts)


def test_styles_stand_after_a_tab() -> None:
    assert show.styled(parse_line("{bold green}•{} hi")) == "• hi\t0:1 bold green"
    assert show.styled(parse_line("plain")) == "plain"
