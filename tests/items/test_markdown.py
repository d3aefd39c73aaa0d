"""Markdown back from style: what a drawing says must render to what was written."""

from __future__ import annotations

import pytest

from codexbridge.grammar.markup import parse_lines
from codexbridge.items.bare import dress
from codexbridge.items.markdown import markdown

CASES = {
    "emphasis": (
        "Some {bold}bold{}, {italic}italic{}, {bold italic}both{}, {cyan}code{} and {strike}struck{}.",
        "Some **bold**, *italic*, ***both***, `code` and ~~struck~~.",
    ),
    "dim code": ("Run {dim}make{} now.", "Run `make` now."),
    "code within bold": (
        "{bold}bold with {}{cyan}code{}{bold} inside{}, {bold}and {}{cyan}x{}",
        "**bold with `code` inside**, **and `x`**",
    ),
    "code beside bold": ("{bold}a{} {cyan}code{} {bold}b{}", "**a** `code` **b**"),
    "headings": (
        "{bold underline}# One{}\n\n{bold}## Two {}{cyan}x{}\n\n{bold italic}### Three{}\n\n{italic}#### Four{}",
        "# One\n\n## Two `x`\n\n### Three\n\n#### Four",
    ),
    "autolink": ("See https://a.b/c ({cyan underline}https://a.b/c{}).", "See <https://a.b/c>."),
    "link of one word": ("The manual ({cyan underline}https://a.b{}).", "The [manual](https://a.b)."),
    "link with code": ("{cyan}x{} ({cyan underline}https://a.b{})", "[`x`](https://a.b)"),
    "nested lists": ("- one\n    - two\n        - three\n- four", "- one\n  - two\n    - three\n- four"),
    "numbers": ("{fg:brightblue}1. {}one\n{fg:brightblue}2. {}two", "1. one\n2. two"),
    "paragraph in an item": (
        "{fg:brightblue}1. {}one\n\n   more\n{fg:brightblue}2. {}two",
        "1. one\n\n   more\n\n2. two",
    ),
    "tasks": ("- [ ] open\n- [x] done", "- [ ] open\n- [x] done"),
    "drawn tasks": ("{fg:87d7d7}☐ {}open\n{fg:87d7d7}☑ {}done", "- [ ] open\n- [x] done"),
    "quote": ("{green}> one{}\n{green}>{}\n{green}> two{}", "> one\n>\n> two"),
    "rule": ("above\n\n———\n\nbelow", "above\n\n---\n\nbelow"),
    "indented code": ("Text:\n\nplain\n    four\n  two", "Text:\n\n```\nplain\n    four\n  two\n```"),
    "code with blank lines": (
        "def f():\n    return 1\n\n\nf()\n\nThat was it.",
        "```python\ndef f():\n    return 1\n\n\nf()\n```\n\nThat was it.",
    ),
    "highlighted": (
        "{fg:cba6f7}def{}{fg:cdd6f4} {}{fg:89b4fa}f{}{fg:9399b2}():{}\n{fg:cdd6f4}    {}{fg:cba6f7}pass{}",
        "```python\ndef f():\n    pass\n```",
    ),
    "a fence left as it was": (
        "Text:\n\n```py\na = 1\n\nb = *x*\n```\n\nEnd.",
        "Text:\n\n```py\na = 1\n\nb = *x*\n```\n\nEnd.",
    ),
    "a diff is no list": ("- old\n+ new", "```diff\n- old\n+ new\n```"),
    "a comment is no heading": ("# install\nmake install", "```bash\n# install\nmake install\n```"),
    "table": (
        "{fg:f9e2af bold} Name     Count    Note{}\n{fg:303030}━━━━━━━  ━━━━━━━  ━━━━━━━{}\n"
        " apple        3    {italic}fresh{}\n{fg:303030}───────  ───────  ───────{}\n pear        12     {cyan}old{}",
        "| Name | Count | Note |\n|---|---:|:---:|\n| apple | 3 | *fresh* |\n| pear | 12 | `old` |",
    ),
    "stars in text": ("2 * 3 * 4 and *.py but *this* was plain", "2 * 3 * 4 and \\*.py but \\*this\\* was plain"),
    "underscores": ("snake_case_name and _x_", "snake_case_name and \\_x\\_"),
    "no needless backslash": ("a_b C++ x<y [sic] (maybe) #12 & more 100%", "a_b C++ x<y [sic] (maybe) #12 & more 100%"),
}


@pytest.mark.parametrize("name", CASES)
def test_drawn(name: str) -> None:
    drawn, source = CASES[name]
    assert markdown(parse_lines(drawn)) == source


def test_bare_blocks_get_their_style_back() -> None:
    drawn = "# Title\n\n> quoted\n\n{fg:brightblue}1.{}\nOf one.\n\nRun this:\ndef f():\n    pass\nThen read on."
    restored = markdown(dress(parse_lines(drawn)), escape=False)
    code = "```python\ndef f():\n    pass\n```"
    assert restored == f"# Title\n\n> quoted\n\n1. Of one.\n\nRun this:\n\n{code}\n\nThen read on."


def test_text_that_looks_like_nothing_special_stays() -> None:
    text = "First paragraph, two lines\nof it.\n\nSecond one."
    assert markdown(parse_lines(text)) == text
