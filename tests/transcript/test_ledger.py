from codexbridge.terminal.records import Row
from codexbridge.transcript.ledger import Ledger
from codexbridge.transcript.lines import Committed, Replaced


def rows(*texts: str) -> list[Row]:
    return [Row(text) for text in texts]


def test_equal_and_shorter_histories_change_nothing() -> None:
    ledger = Ledger()
    ledger.append(rows("a", "b", "c"))
    assert ledger.rewrite(0, rows("a", "b")) == []
    assert ledger.rewrite(1, rows("b", "c")) == []


def test_lines_that_follow_are_committed_with_new_ids() -> None:
    ledger = Ledger()
    ledger.append(rows("a"))
    (change,) = ledger.rewrite(0, rows("a", "b"))
    assert isinstance(change, Committed)
    assert [(line.id, line.text) for line in change.lines] == [(1, "b")]


def test_lines_drawn_anew_replace_those_from_the_first_difference_on() -> None:
    ledger = Ledger()
    ledger.append(rows("a", "b", "c"))
    (change,) = ledger.rewrite(0, rows("a", "x", "c", "d"))
    assert isinstance(change, Replaced)
    assert (change.first, change.last) == (1, 2)
    assert [line.text for line in change.lines] == ["x", "c", "d"]
    assert [row.text for row in ledger.rows] == ["a", "x", "c", "d"]
