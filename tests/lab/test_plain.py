from __future__ import annotations

import pytest

from codexbridge.lab.plain import html, output_lines, plain


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**bold** and *it* and `code` and ~~gone~~", "bold and it and code and gone"),
        ("# Head\n\ntext", "Head\ntext"),
        ("- a\n- b\n  - c", "a\nb\nc"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> said", "said"),
        ("```py\nx = 1\n\ny\n```", "x = 1\n\ny"),
        ("[text](http://x)", "text (http://x)"),
        ("<http://x> and [http://x](http://x)", "http://x and http://x"),
        ("a\\*b &amp; c", "a*b & c"),
        ("|a|b|\n|-|-|\n|1|2|", "a\nb\n1\n2"),
        ("one\ntwo", "one\ntwo"),
        ("---", ""),
    ],
)
def test_markdown_as_plain_text(source: str, text: str) -> None:
    assert plain(source) == text


def test_sources_that_render_alike_are_alike() -> None:
    assert html("* a\n* b") == html("- a\n- b")
    assert html("*a*  b") == html("_a_ b")
    assert html("```\na  b\n```") != html("```\na b\n```")
    assert html("**a**") != html("a")


def test_outputs_compare_by_line() -> None:
    assert output_lines("\x1b[31mred\x1b[0m\tx  y \n\nz\n\n") == ["red x y", "", "z"]
