"""What is too large is cut in the middle and says so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codexbridge.items.large import LIMIT, fit, middle_cut
from codexbridge.items.model import CommandExecution


@given(st.text(), st.integers(min_value=100, max_value=400))
def test_it_fits_and_keeps_both_ends(text: str, limit: int) -> None:
    shown, gone = middle_cut(text, limit)
    assert len(shown.encode("utf-8", "surrogatepass")) <= limit
    assert (gone == 0) == (shown == text)


def test_whole_lines_are_kept_and_the_rest_is_counted() -> None:
    text = "\n".join(f"line {n}" for n in range(100_000))
    shown, gone = middle_cut(text)
    lines = shown.split("\n")
    assert lines[0] == "line 0"
    assert lines[-1] == "line 99999"
    assert len(lines) - 1 + gone == 100_000


def test_a_long_line_is_cut_within() -> None:
    shown, gone = middle_cut("x" * 1_000_000)
    assert len(shown) <= LIMIT
    assert gone == 1


def test_an_output_counts_what_is_missing() -> None:
    item = CommandExecution(id="item_0", command="yes", aggregated_output="y\n" * 1_000_000)
    fit(item)
    assert item.elided > 700_000
    assert len(item.aggregated_output) <= LIMIT
