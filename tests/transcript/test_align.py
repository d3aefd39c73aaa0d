from hypothesis import given
from hypothesis import strategies as st

from codexbridge.transcript.align import Span, align

LINES = st.lists(st.sampled_from(["", "a", "b", "• c", "  d"]), max_size=12)


def apply(known: list[str], restated: list[str]) -> list[str]:
    """Carry the spans out: what is known after the restatement."""
    result, shift = list(known), 0
    for first, last, start, stop in align(known, restated):
        result[first + shift : last + shift] = restated[start:stop]
        shift += (stop - start) - (last - first)
    return result


def test_equal_histories_differ_nowhere() -> None:
    assert align(["a", "b"], ["a", "b"]) == []


def test_a_restatement_that_ends_early_changes_nothing() -> None:
    assert align(["a", "b", "c"], ["a", "b"]) == []


def test_new_lines_at_the_end() -> None:
    assert align(["a"], ["a", "b", "c"]) == [Span(1, 1, 1, 3)]


def test_a_line_drawn_anew_in_the_middle() -> None:
    assert align(["a", "old", "c"], ["a", "new", "c"]) == [Span(1, 2, 1, 2)]


@given(LINES, LINES)
def test_the_spans_lead_from_one_to_the_other(known: list[str], restated: list[str]) -> None:
    result = apply(known, restated)
    assert result == restated or known[: len(restated)] == restated
