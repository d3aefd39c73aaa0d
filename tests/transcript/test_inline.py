from codexbridge.terminal.records import Frame, Inserted, Row, Wiped
from codexbridge.transcript.inline import InlineCollector
from codexbridge.transcript.lines import Committed, Live, Replaced


def inserted(serial: int, *texts: str) -> Inserted:
    return Inserted(tuple(Row(text) for text in texts), serial)


def frame(*rows: tuple[int, str]) -> Frame:
    return Frame(1, tuple(Row(text) for _, text in rows), tuple(origin for origin, _ in rows), (0, 0), True, False, "")


def texts(change: Committed | Replaced) -> list[str]:
    return [line.text for line in change.lines]


def test_insertions_are_committed_in_order() -> None:
    collector = InlineCollector()
    first, second = collector.receive(inserted(1, "a", "b")), collector.receive(inserted(2, "c"))
    assert [texts(change) for change in (*first, *second)] == [["a", "b"], ["c"]]
    assert [line.id for change in (*first, *second) for line in change.lines] == [0, 1, 2]


def test_soft_wrapped_rows_are_one_line() -> None:
    collector = InlineCollector()
    (change,) = collector.receive(Inserted((Row("ab", wrapped=True), Row("cd")), 1))
    assert texts(change) == ["abcd"]


def test_rows_below_the_history_are_live() -> None:
    collector = InlineCollector()
    (change,) = collector.receive(frame((1, "history"), (0, ""), (0, "› composer"), (0, "")))
    assert isinstance(change, Live)
    assert [line.text for line in change.lines] == ["", "› composer"]


def test_a_restated_history_creates_nothing_twice() -> None:
    collector = InlineCollector()
    collector.receive(inserted(1, "banner", "same", "same"))
    collector.receive(frame((1, "banner"), (1, "same"), (1, "same")))
    collector.receive(Wiped(screen=True, scrollback=True))
    assert collector.receive(inserted(2, "banner", "same", "same", "new")) == []
    changes = collector.receive(frame((2, "banner")))
    assert [texts(change) for change in changes if isinstance(change, Committed)] == [["new"]]
    assert collector.epochs == 1


def test_a_line_drawn_anew_replaces_the_known_one() -> None:
    collector = InlineCollector()
    collector.receive(inserted(1, "a", "| t |", "z"))
    collector.receive(Wiped(screen=True, scrollback=True))
    collector.receive(inserted(2, "a", "┃ t ┃", "z"))
    change = collector.receive(frame((2, "a")))[0]
    assert isinstance(change, Replaced)
    assert (change.first, change.last, texts(change)) == (1, 1, ["┃ t ┃"])


def test_the_wipe_at_the_start_is_no_restatement() -> None:
    collector = InlineCollector()
    collector.receive(Wiped(screen=True, scrollback=True))
    assert [texts(change) for change in collector.receive(inserted(1, "a"))] == [["a"]]
