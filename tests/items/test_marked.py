"""Markdown back from what the Node renderer draws."""

import pytest

from codexbridge.grammar.markup import parse_lines
from codexbridge.items.marked import marked


@pytest.mark.parametrize(
    ("drawn", "source"),
    [
        ("Some {bold}bold{} and {fg:brown}code{}.", "Some **bold** and `code`."),
        ("each {italic}run {}{italic fg:brown}*args{} of", "each *run `*args`* of"),
        ("{bold magenta}# One{}\n\nText.", "# One\n\nText."),
        ("* a\n    * b with **raw** marks\n        * c\n\n        * d", "- a\n- b with **raw** marks\n  - c\n  - d"),
        ("Then:\n\n    1. one\n        1. inner\n    2. two", "Then:\n\n1. one\n   1. inner\n2. two"),
        ("Then:\n\n    * [ ]  open\n    * [X]  done", "Then:\n\n- [ ] open\n- [x] done"),
        (
            "See:\n\n    1. Run:\n\n           make test\n    2. Read.",
            "See:\n\n1. Run:\n\n   ```bash\n   make test\n   ```\n2. Read.",
        ),
        ("So:\n\n    one\n\n\n    two\n\nEnd.", "So:\n\n```\none\n\n\ntwo\n```\n\nEnd."),
        ("{italic black}    {}A quote\n{italic black}    {}of two lines.", "> A quote\n> of two lines."),
        ("-" * 60 + "\n---\n\nAfter.", "---\n\nAfter."),
        (
            "See {blue}the manual ({}{underline blue}https://example.org{}{blue}){}.",
            "See [the manual](https://example.org).",
        ),
        ("See {underline blue}https://example.org{}.", "See <https://example.org>."),
        (
            "{blue}a {}{fg:brown}b{}{blue} ({}{underline blue}https://example.org{}{blue}){}",
            "[a `b`](https://example.org)",
        ),
        (
            "{bold green}## See {}{bold underline blue}it (https://example.org){}",
            "## See [it](https://example.org)",
        ),
        ("* a\n        * b\n\n      more of a\n    * c", "- a\n  - b\n\n  more of a\n- c"),
        ("Then:\n\n    * [X]\n    * [ ]  open", "Then:\n\n- [x]\n- [ ] open"),
        ("{bold green}## A {}{fg:brown}b{}", "## A `b`"),
        ("{red}- old{}", "```diff\n- old\n```"),
        ("if x\n        y\n\nEnd.", "```\nif x\n    y\n```\n\nEnd."),
        ("See:\n\n    * a\n        * b\n\n                code", "See:\n\n- a\n  - b\n\n    ```\n    code\n    ```"),
        (
            "┌───┬───┐\n│{red} a {}│{red} b {}│\n├───┼───┤\n│ {italic}x{} │ y │\n└───┴───┘",
            "| a | b |\n|---|---|\n| *x* | y |",
        ),
    ],
)
def test_a_block(drawn: str, source: str) -> None:
    assert marked(parse_lines(drawn)) == source


def test_text_that_looks_like_markup_stays_text() -> None:
    assert marked(parse_lines("an escaped *star* and a_b")) == "an escaped \\*star\\* and a_b"
