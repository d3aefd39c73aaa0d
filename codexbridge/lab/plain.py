"""What a text says once its Markdown is rendered: the measure of "the same message"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_CONTROL = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def plain(source: str) -> str:
    """Render Markdown to plain text: the words, list numbers, code, and link targets in brackets.

    Bullets, quote marks, rules and emphasis are form and leave nothing; blocks stand on lines of their own.
    """
    lines: list[str] = []
    numbers: list[int | None] = []
    pending = ""
    for token in _parser().parse(source):
        if token.type == "ordered_list_open":
            numbers.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            numbers.append(None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif token.type == "list_item_open" and numbers[-1] is not None:
            pending += f"{numbers[-1]}. "
            numbers[-1] = numbers[-1] + 1
        elif token.type == "inline":
            lines.append(pending + _inline(token.children or []))
            pending = ""
        elif token.type in ("fence", "code_block", "html_block"):
            lines.append(pending + token.content.rstrip("\n"))
            pending = ""
    return "\n".join([*lines, pending] if pending else lines)


def _inline(tokens: Sequence[Token]) -> str:
    out: list[str] = []
    targets: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "html_inline"):
            out.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            out.append("\n")
        elif token.type == "image":
            out.append(token.content)
        elif token.type == "link_open":
            targets.append((str(token.attrGet("href") or ""), len(out)))
        elif token.type == "link_close":
            target, begin = targets.pop()
            if target and "".join(out[begin:]) != target and token.markup != "autolink":
                out.append(f" ({target})")
    return "".join(out)


def html(source: str) -> str:
    """Markdown as HTML with white space folded outside of code: two sources that render alike give the same."""
    rendered = str(_parser().render(source))
    parts = re.split(r"(<pre>.*?</pre>)", rendered, flags=re.DOTALL)
    return "".join(part if part.startswith("<pre>") else re.sub(r"\s+", " ", part) for part in parts).strip()


def folded(text: str) -> str:
    """Every run of white space as one blank."""
    return " ".join(text.split())


def output_lines(text: str) -> list[str]:
    """An output as lines to compare: control sequences gone, blanks and tabs folded, no blank lines at the end."""
    lines = [re.sub(r"[ \t]+", " ", _CONTROL.sub("", line)).rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines
