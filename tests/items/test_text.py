"""Breaks at the width of the screen are undone, others are kept."""

from __future__ import annotations

from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codexbridge.items.text import rejoined, unwrapped
from codexbridge.transcript.lines import Line

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=12), min_size=1, max_size=60)


@given(WORDS, st.integers(min_value=40, max_value=90))
def test_a_wrapped_paragraph_is_one_line_again(words: list[str], columns: int) -> None:
    text = " ".join(words)
    rows = wrap(text, columns - 2)
    assert [line.text for line in unwrapped([Line(-1, row) for row in rows], columns)] == [text]


def test_short_lines_and_blank_ones_stay() -> None:
    rows = [Line(-1, text) for text in ("one", "two", "", "three")]
    assert [line.text for line in unwrapped(rows, 80)] == ["one", "two", "", "three"]
    assert [line.text for line in unwrapped(rows, 0)] == ["one", "two", "", "three"]


def test_the_indent_of_a_continuation_goes() -> None:
    rows = [Line(-1, "- " + "word " * 14 + "word"), Line(-1, "  next")]
    assert [line.text for line in unwrapped(rows, 80)] == ["- " + "word " * 15 + "next"]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (["one two three", "four five"], ["one two three four five"]),
        (["one two t", "four five"], ["one two t", "four five"]),
        (["x" * 14, "x" * 16, "xx y"], ["x" * 32 + " y"]),
        (["one two three", "  four"], ["one two three", "  four"]),
        (["one two three", "", "four"], ["one two three", "", "four"]),
    ],
)
def test_rows_that_were_broken_at_the_width_are_one(rows: list[str], lines: list[str]) -> None:
    assert rejoined(rows, 6, 4, 20) == lines
    assert rejoined(rows, 6, 4, 0) == rows
