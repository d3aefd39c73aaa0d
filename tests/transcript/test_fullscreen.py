"""Windows of a pane laid over one another."""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.terminal.records import Frame, Row
from codexbridge.transcript.fullscreen import FullscreenCollector
from codexbridge.transcript.lines import Change, Committed, Live, Lost, Replaced

WIDTH = 40


def pane(rows: Sequence[str], height: int, *, top: int | None = None, column: str = "│") -> Frame:
    """A picture of a pane of ``height`` rows that follows the end of ``rows``, or shows them from ``top`` on."""
    scrolls = len(rows) > height
    first = (len(rows) - height if scrolls else 0) if top is None else top
    shown = [*rows[first : first + height], *[""] * height][:height]
    inner = []
    for number, text in enumerate(shown):
        bar = ("↑" if number == 0 else "↓" if number == height - 1 else "█") if scrolls else " "
        inner.append(column + text.ljust(WIDTH - 3) + bar + "│")
    edge = "─" * (WIDTH - 2)
    below = [f"╭{edge}╮", "│ send a message".ljust(WIDTH - 1) + "│", f"╰{edge}╯"]
    texts = [f"╭Messages{edge[8:]}╮", *inner, f"╰{edge}╯", *below]
    return Frame(1, tuple(Row(text) for text in texts), (0,) * len(texts), (0, 0), False, True, "")


def history(changes: Sequence[Change]) -> list[str]:
    """What the changes amount to."""
    known: list[tuple[int, str]] = []
    for change in changes:
        if isinstance(change, Committed):
            known += [(line.id, line.text) for line in change.lines]
        elif isinstance(change, Replaced):
            ids = [identity for identity, _ in known]
            start, stop = ids.index(change.first), ids.index(change.last) + 1
            known[start:stop] = [(line.id, line.text) for line in change.lines]
    return [text for _, text in known]


def feed(collector: FullscreenCollector, *frames: Frame) -> list[Change]:
    return [change for frame in frames for change in collector.receive(frame) if not isinstance(change, Live)]


def test_a_pane_that_holds_everything_is_the_history() -> None:
    collector = FullscreenCollector()
    changes = feed(collector, pane(["user", "hello"], 8), pane(["user", "hello", "", "codex", "hi"], 8))
    assert [type(change) for change in changes] == [Committed, Committed]
    assert history(changes) == ["user", "hello", "", "codex", "hi"]


def test_what_lies_below_the_pane_is_live() -> None:
    (*_, live) = FullscreenCollector().receive(pane(["x"], 4))
    assert isinstance(live, Live)
    assert any("send a message" in line.text for line in live.lines)


def test_a_scrolling_pane_is_stitched() -> None:
    lines = [f"line {number}" for number in range(60)]
    collector = FullscreenCollector()
    changes = feed(collector, *(pane(lines[:count], 10) for count in range(3, 61, 4)), pane(lines, 10))
    assert history(changes) == lines
    assert not any(isinstance(change, Replaced) for change in changes)


def test_a_cell_that_is_drawn_anew_replaces_the_old_one() -> None:
    collector = FullscreenCollector()
    before = [f"old {number}" for number in range(20)]
    running = [*before, "command running...", "$ ls"]
    done = [*before, "command (code: 0, duration: 5ms)", "$ ls", "README.md", "", "codex", "Done."]
    start = [pane(before[:count], 12) for count in (8, 16, 20)]
    changes = feed(collector, *start, pane(running, 12), pane(running, 12), pane(done, 12))
    assert history(changes)[-6:] == done[-6:]
    assert sum(isinstance(change, Replaced) for change in changes) == 1


def test_the_same_text_again_is_new() -> None:
    lines = [text for number in range(20) for text in ("user", "again", "", "codex", f"the same {number // 7}", "")]
    collector = FullscreenCollector()
    # A whole window of repetitions tells by its steps how many there are: the echo comes before the answer.
    changes = feed(collector, *(pane(lines[: step * 6 + rows], 31) for step in range(20) for rows in (2, 5)))
    assert history(changes) == lines[:-1]


def test_what_a_carriage_return_left_in_the_border_is_no_text() -> None:
    collector = FullscreenCollector()
    assert history(feed(collector, pane(["$ bash -lc ls"], 6, column="c"))) == ["$ bash -lc ls"]


def test_gaps_behind_spacing_marks_are_closed() -> None:
    assert history(feed(FullscreenCollector(), pane(["दुनि या  ok"], 6))) == ["दुनिया ok"]


def test_more_than_the_pane_holds_is_reported_and_read_back() -> None:
    before = [f"known {number}" for number in range(10)]
    after = [*before, *(f"new {number}" for number in range(50))]
    collector = FullscreenCollector()
    changes = feed(collector, pane(before, 10))
    assert feed(collector, pane(after, 10)) == [Lost(True)]
    # Paged up, each time with four rows that were seen before.
    found: list[Change] = []
    for top in range(len(after) - 16, 0, -6):
        found += feed(collector, pane(after, 10, top=top))
    assert Lost(False) in found
    assert history([*changes, *found]) == after


def test_what_cannot_be_read_back_stands_alone() -> None:
    before = [f"known {number}" for number in range(10)]
    after = [*before, *(f"new {number}" for number in range(50))]
    collector = FullscreenCollector()
    changes = [*feed(collector, pane(before, 10), pane(after, 10)), *collector.give_up()]
    assert history(changes) == [*before, *after[-10:]]
    more = [*after, "later"]
    assert history([*changes, *feed(collector, pane(more, 10))])[-2:] == ["new 49", "later"]


def test_rows_that_are_drawn_otherwise_at_the_top_of_a_window_are_no_new_history() -> None:
    lines = [f"line {number}" for number in range(40)]
    collector = FullscreenCollector()
    other = [*lines[:20], "LINE 20", *lines[21:], "line 40", "line 41"]
    changes = feed(collector, pane(lines, 60), pane(other, 22))
    assert history(changes) == [*lines, "line 40", "line 41"]
    assert not any(isinstance(change, Lost) for change in changes)
