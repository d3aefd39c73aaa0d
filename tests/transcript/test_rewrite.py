"""A history above a block that is redrawn in place."""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Frame, Record, Row, Run, Scrolled, Style, Wiped
from codexbridge.transcript.lines import Change, Committed, Live
from codexbridge.transcript.rewrite import RewriteCollector

WIDTH = 60
TIMER = Row("thinking for 3s", (Run(0, 15, Style(fg="brown")),))


def block(*, busy: bool) -> list[Row]:
    edge = "─" * (WIDTH - 2)
    box = [f"╭{edge}╮", "│ x".ljust(WIDTH - 1) + "│", f"╰{edge}╯", "  send q or ctrl+c to exit"]
    return [*([Row(), TIMER] if busy else []), *(Row(text) for text in box)]


def picture(above: Sequence[str], *, busy: bool = False) -> Frame:
    rows = [*(Row(text) for text in above), *block(busy=busy)]
    return Frame(1, tuple(rows), (0,) * len(rows), (0, 0), True, False, "")


def committed(*records: Record, collector: RewriteCollector | None = None) -> list[str]:
    collector = collector or RewriteCollector()
    changes: list[Change] = [change for record in records for change in collector.receive(record)]
    assert all(isinstance(change, Committed | Live) for change in changes)
    return [line.text for change in changes if isinstance(change, Committed) for line in change.lines]


def test_rows_above_the_block_are_the_history() -> None:
    assert committed(picture(["user", "hello"]), picture(["user", "hello", "", "    codex", "    hi"], busy=True)) == [
        "user",
        "hello",
        "",
        "    codex",
        "    hi",
    ]


def test_the_timer_belongs_to_the_block() -> None:
    (*_, live) = RewriteCollector().receive(picture(["user", "hello"], busy=True))
    assert isinstance(live, Live)
    assert live.lines[0].text == TIMER.text


def test_a_banner_in_a_narrow_box_is_history() -> None:
    banner = ["╭──────────╮", "│ ● OpenAI │", "╰──────────╯"]
    assert committed(picture(banner)) == banner


def test_rows_that_leave_the_screen_are_taken_once_and_with_what_follows() -> None:
    lines = [f"line {number}" for number in range(20)]
    scrolled = Scrolled(tuple(Row(text) for text in lines[:12]))
    assert committed(picture(lines[:8]), scrolled, picture(lines[12:])) == lines


def test_a_clear_and_a_full_redraw_create_nothing_twice() -> None:
    lines = [f"line {number}" for number in range(6)]
    wiped = Wiped(screen=True, scrollback=True)
    assert committed(picture(lines), wiped, picture([*lines, "new"])) == [*lines, "new"]


def test_a_torn_picture_commits_nothing() -> None:
    rows = (Row("half of"), Row("╭" + "─" * 58 + "╮"), Row("│ x"))
    frame = Frame(1, rows, (0, 0, 0), (0, 0), True, False, "")
    assert committed(frame) == []
