"""A restored message agrees with what the notification quotes of it."""

from __future__ import annotations

import pytest

from codexbridge.items.preview import agree

CASES = [
    ("See the [manual](https://a.b).", "See [the manual](https://a.b).", "See [the manual](https://a.b)."),
    ("- one\n- two", "* one * two", "* one\n* two"),
    ("Text:\n\nsome words\nmore\n\nEnd.", "Text: ```text some words more ``` End.",
     "Text:\n\n```text\nsome words\nmore\n```\n\nEnd."),
    ("```\none line\nand two\n```\n\nWords after.", "one line and two Words after.", "one line\nand two\n\nWords after."),
    ("```python\nls -la src/main\n```", "```bash ls -la src/main ```", "```bash\nls -la src/main\n```"),
    ("Words:\n\nand more words", "Words: ```python ``` and more words", "Words:\n\n```python\n```\n\nand more words"),
    ("Some more words", "Some more words ``` ```", "Some more words\n\n```\n```"),
    ("`a`, the rest is long enough", "**`a`**, the rest is long e...", "**`a`**, the rest is long enough"),
    ("*soft* words", "_soft_ words", "_soft_ words"),
    ("one\\*two", "one*two", "one*two"),
    ("Some words more, then see the [long docs](https://a.b).", "Some words more, then see [the lo...",
     "Some words more, then see [the long docs](https://a.b)."),
    ("Something else altogether", "Approval requested: touch x", "Something else altogether"),
    ("Words", "", "Words"),
    ("", "Words", ""),
]  # fmt: skip


@pytest.mark.parametrize(("restored", "preview", "expected"), CASES)
def test_agreement(restored: str, preview: str, expected: str) -> None:
    assert agree(restored, preview) == expected


def test_what_the_preview_leaves_off_stays() -> None:
    text = "The first words of it. " + "More and more of [it](https://a.b/c). " * 30
    assert agree(text, text[:197] + "...") == text
