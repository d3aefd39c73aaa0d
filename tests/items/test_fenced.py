"""Markdown back from a renderer that keeps fences and sets the text of items at the margin."""

import pytest

from codexbridge.grammar.markup import parse_lines
from codexbridge.items.fenced import fenced

CODE = "{fg:c0c5ce}"


@pytest.mark.parametrize(
    ("drawn", "source"),
    [
        ("Some {bold}bold{} words.", "Some **bold** words."),
        ("{bold underline}# One{}\n\nText\nof two lines.", "# One\n\nText\nof two lines."),
        (
            f"So:\n\n```python\n{CODE}x = 1{{}}\n\n\n{CODE}y{{}}\n```\n\nEnd.",
            "So:\n\n```python\nx = 1\n\n\ny\n```\n\nEnd.",
        ),
        ("```\n- no item\n# no heading\n```", "```\n- no item\n# no heading\n```"),
        ("- a\n- b\n    - c\n        - d\n- e", "- a\n- b\n  - c\n    - d\n- e"),
        ("- a\ngoes on\n- b", "- a\n  goes on\n- b"),
        (
            "{fg:brightblue}9. {}a\n{fg:brightblue}10. {}b\n    {fg:brightblue}1. {}c\n\nEnd.",
            "9. a\n10. b\n    1. c\n\nEnd.",
        ),
        (
            "{fg:brightblue}1.{}\none\n\nmore\n{fg:brightblue}2.{}\ntwo\n\nAfter.",
            "1. one\n\n   more\n\n2. two\n\nAfter.",
        ),
        (
            f"{{fg:brightblue}}1. {{}}Run:\n\n```bash\n{CODE}make{{}}\n```\n{{fg:brightblue}}2. {{}}Read.",
            "1. Run:\n\n   ```bash\n   make\n   ```\n2. Read.",
        ),
        ("- a\n\n- another list", "- a\n\n- another list"),
        ("{green}> one{}\n{green}> two{}\n{green}>{}\n{green}> three{}", "> one\n> two\n>\n> three"),
        ("| a | b |\n|---|--:|\n| {italic}x{} | y |", "| a | b |\n|---|--:|\n| *x* | y |"),
        ("1. no colour, no item", "1\\. no colour, no item"),
        ("", ""),
    ],
)
def test_markdown_back(drawn: str, source: str) -> None:
    assert fenced(parse_lines(drawn)) == source
