"""A source told apart from the screen, held against what was drawn of it."""

from __future__ import annotations

import pytest

from codexbridge.items.told import agrees


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("Done.", "Done."),
        ("A *plain* answer with `code`.\n\n- one\n- two", "A plain answer with code.\n\n- one\n- two"),
        ("Look:\n\n```python\ndef f():\n    pass\n```\n", "Look:\n\ndef f():\n    pass"),
        # Code glued to the text around it, lines broken within a word.
        ("Run\n\n```\nmake\n```\n\nnow", "Runmake\nno\nw"),
        ("1. one\n1. two\n1. three", "1. one\n2. two\n3. three"),
        ("See [the docs](https://example.org/a?b=1).", "See the docs (https://example.org/a?b=1)."),
        ("See [the docs](https://example.org/a?b=1).", "See the docs."),
        ("Go to <https://example.org/direct> now", "Go to https://example.org/direct (https://example.org/direct) now"),
        ("a &amp; b<br>c", "a & b\nc"),
        ("---", ""),
        ("日本語 **done** café", "日本語 done café"),
        ("First\x1b[1G\x1b[2m• \x1b[3mI am\x1b[0m a thought", "First• I am a thought"),
    ],
)
def test_what_was_drawn_from_it(source: str, drawn: str) -> None:
    assert agrees(source, drawn)


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("Test 2 passed.", "Test 1 passed."),
        ("First this, then that.", "First that, then this."),
        # The beginning or the end of a longer one.
        ("All of it is done, and here is a long account of what was done.", "All of it is done"),
        ("Done.", ""),
        ("", "Done."),
        ("A conversation with a model.", "Done."),
    ],
)
def test_what_was_not(source: str, drawn: str) -> None:
    assert not agrees(source, drawn)


def test_a_long_one_takes_no_time() -> None:
    source = "\n".join(f"- line *{n}* of a long one" for n in range(20_000))
    assert agrees(source, source.replace("*", ""))
    assert not agrees(source, source.replace("*", "").replace("line 19999", "line x"))


def test_a_release_that_doubles_and_loses_lines_is_believed_all_the_same() -> None:
    lines = [f"- line {number} says something of its own" for number in range(20)]
    source = "\n".join(lines)
    drawn = "\n".join([*lines[:5], lines[4], *lines[5:9], *lines[10:], "- line 3"])
    assert not agrees(source, drawn)
    assert agrees(source, drawn, misdrawn=True)
    assert not agrees("An answer to something else.", drawn, misdrawn=True)
    assert not agrees("\n".join(lines[:8]), drawn, misdrawn=True)


WHOLE = "First line of the **answer**.\n\nSecond line of it, `whole` the second time."
DRAWN = "First line of the answer.\n\nSecond line of it, whole the second time."


@pytest.mark.parametrize(
    "before",
    [
        "First line of the answer.\n\nSec",
        "Fi",
        "First line of the answer.\n\nFirst line",
        "F",
        "First line of the answer.\n\n",
    ],
)
def test_attempts_that_broke_off_are_drawn_in_front(before: str) -> None:
    assert agrees(WHOLE, before + DRAWN)


def test_what_is_no_attempt_is_another_message() -> None:
    assert not agrees(WHOLE, "Other words. " + DRAWN)
    assert not agrees(WHOLE, "First line of the answer. No. " + DRAWN)
    assert not agrees(WHOLE, DRAWN + " And more.")
    assert not agrees("same", "same same")
    assert not agrees("x" * 2000 + " end", "x" * 4000 + " and")


def test_lines_that_are_drawn_twice() -> None:
    assert agrees("One.\n\nTwo of it.\n\nThree.", "One.\nTwo of it.\nTwo of it.\n\nThree.")
    assert not agrees("One.\n\nTwo of it.\n\nThree.", "One.\nTwo of it.\nThree.\nTwo of it.\nThree.")
