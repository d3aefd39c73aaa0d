"""Sources found in a history that was restated raw."""

from __future__ import annotations

import pytest

from codexbridge.items.model import McpToolCall
from codexbridge.items.restated import find, is_certain, result

RAW = """Codex
model: x

Show it.

$ echo hi
hi
✓ • 0ms

# Title

Some **bold** and [a link](https://e.org).

```python
x = 1
```

Worked for 3s • 12:00""".split("\n")  # noqa: SIM905
DRAWN = "# Title\n\nSome bold and a link (https://e.org).\n\nx = 1"


def test_a_source_is_found_whole() -> None:
    place = find(RAW, DRAWN)
    assert place is not None
    assert place.text == "\n".join(RAW[9:16])


def test_nothing_is_taken_for_what_is_not_there() -> None:
    assert find(RAW, "Something else entirely, of which nothing stands there.") is None
    assert find(RAW, "") is None


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_repeated_words_are_counted(count: int) -> None:
    raw = ["same", "", "user", "", *["same", ""] * count]
    place = find(raw, "\n\n".join(["same"] * count))
    assert place is not None
    assert place.text == "\n\n".join(["same"] * count)


def test_the_search_goes_upwards_from_a_place() -> None:
    raw = ["first **answer**", "", "question", "", "first **answer**"]
    last = find(raw, "first answer")
    assert last is not None
    assert last.start == 4
    above = find(raw, "first answer", last.start)
    assert above is not None
    assert above.start == 0


@pytest.mark.parametrize("text", ["Plain words, and more.", "Run `make` now.\n\nThen `make test`."])
def test_certain(text: str) -> None:
    assert is_certain(text)


@pytest.mark.parametrize("text", ["- a list", "1. a list", "**bold**", "# head", "[a](b)", "a\n  b", "> q", "a_b_c"])
def test_uncertain(text: str) -> None:
    assert not is_certain(text)


def test_rules_at_the_ends_belong_to_the_message() -> None:
    raw = ["question", "", "***", "", "The words.", "", "---", "", "Worked for 1s"]
    place = find(raw, "———\n\nThe words.\n\n———")
    assert place is not None
    assert place.text == "***\n\nThe words.\n\n---"
    bare = find(raw, "The words.")
    assert bare is not None
    assert bare.text == "The words."


FENCED = """```json
{
```

returns a list:

- and more

```
same {

}
```"""


def test_code_without_a_word_at_either_end_comes_along_with_its_fences() -> None:
    raw = ["an answer before, with code", "", "```", "}", "```", "", *FENCED.split("\n"), "", "$ true", "✓ • 0ms"]
    place = find(raw, "{\n\nreturns a list:\n\n- and more\n\nsame {\n\n}")
    assert place is not None
    assert place.text == FENCED


def test_a_fence_of_what_stands_before_is_left_there() -> None:
    raw = ["```", "x = 1", "```", "", "---", "", "the next", "", "```", "y", "```"]
    place = find(raw, "———\n\nthe next")
    assert place is not None
    assert place.text == "---\n\nthe next"
    assert find(raw, "the next") == (6, 7, "the next")


@pytest.mark.parametrize("mark", ["", "• "])
def test_the_result_of_a_call_is_read_as_long_as_it_is_known_to_be(mark: str) -> None:
    call = McpToolCall(id="", server="lab", tool="echo", arguments={"n": 2}, elided=3)
    call.result = "one\nt wo\nthree\n[3 lines not shown]"
    body = ["one", "t\two", "three", "", "Called lab.other()", "six"]
    tree = ["  └ one", *("    " + row for row in body[1:])] if mark else body
    raw = ['Called lab.echo({"n": 1})', "one", "", mark + 'Called lab.echo({"n":2})', *tree, "", "And more."]
    assert result(raw, call) == (3, 10, "\n".join(body))
    assert result([*raw[:4], "another", *raw[5:]], call) is None
    assert result(raw[:8], call) is None
