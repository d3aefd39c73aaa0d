"""Messages of looks that draw blocks bare: brought into the shape that later looks draw.

These looks drop the style of whole lines (headings, quotes), glue code to the paragraphs around it and put the number
of a list item on a line of its own. Here headings and quotes get a style again and code gets blank lines around
it, so that one reading serves all looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import regex

from codexbridge.items.body import cut
from codexbridge.items.code import is_prose, looks_like_code
from codexbridge.items.rich import is_styled, runs
from codexbridge.terminal.records import Run, Style
from codexbridge.transcript.lines import Line

_HEADING = regex.compile(r"#{1,6} \S.*")
_QUOTE = regex.compile(r">(?: .*)?")
_NUMBER = regex.compile(r" *(?:\d{1,9}\.|-)")
_ADDED = regex.compile(r"\+ ?\S")
_CHANGED = regex.compile(r"[-+ ] ?\S|@@ ")
_MARK = regex.compile(r" *(?:[-•]|\d{1,9}\.)(?: |$)")


def dress(lines: Sequence[Line]) -> list[Line]:
    """The lines as a later look would have drawn them."""
    result: list[Line] = []
    group: list[Line] = []
    for line in [*_within_items(_numbered(lines)), Line(-1, "")]:
        if line.text.strip():
            group.append(line)
            continue
        result += _group(group)
        result.append(line)
        group = []
    return result[:-1]


def headed(lines: Sequence[Line]) -> list[Line]:
    """The lines, with the style that headings lack; there is no code among them."""
    return [_styled(line, Style(italic=True)) if _HEADING.fullmatch(line.text) else line for line in lines]


def _numbered(lines: Sequence[Line]) -> list[Line]:
    """Put the text of an item beside its number, or its dash, again."""
    result: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        after = lines[index + 1] if index + 1 < len(lines) else None
        if _NUMBER.fullmatch(line.text) and after is not None and after.text and not _MARK.match(after.text):
            text = cut(after, len(after.text) - len(after.text.lstrip()))
            shift = len(line.text) + 1
            moved = tuple(Run(start + shift, end + shift, style) for start, end, style in text.runs)
            result.append(Line(line.id, f"{line.text} {text.text}", (*line.runs, *moved), line.fill, line.serial))
            index += 2
            continue
        result.append(line)
        index += 1
    return result


def _within_items(lines: list[Line]) -> list[Line]:
    """Indent the paragraph of an item that stands at the margin: the next number follows it without a blank line."""
    result = list(lines)
    for index in range(2, len(result)):
        mark = _MARK.match(result[index].text)
        first = index
        while first and result[first - 1].text and not _MARK.match(result[first - 1].text):
            first -= 1
        above = result[first - 2].text if first >= 2 and not result[first - 1].text else ""
        if mark is None or first == index or not mark[0].strip()[:-1].isdigit():
            continue
        number = int(mark[0].strip()[:-1])
        if above.lstrip().startswith(f"{number - 1}. "):
            result[first:index] = [_indented(line, 3) for line in result[first:index]]
    return result


def _indented(line: Line, by: int) -> Line:
    moved = tuple(Run(start + by, end + by, style) for start, end, style in line.runs)
    return Line(line.id, " " * by + line.text, moved, line.fill, line.serial)


def _group(group: list[Line]) -> list[Line]:
    """Lines without a blank one between them."""
    if not group:
        return []
    if len(group) == 1 and _HEADING.fullmatch(group[0].text):
        return [_styled(group[0], Style(italic=True))]
    if all(_QUOTE.fullmatch(line.text) for line in group):
        return [_styled(line, Style(fg="green")) for line in group]
    if group[-1].text.startswith("##") and _HEADING.fullmatch(group[-1].text):
        # What follows code is glued to it, a heading too; a comment has one mark.
        return [*_group(group[:-1]), Line(-1, ""), _styled(group[-1], Style(italic=True))]
    kinds = _kinds(group)
    result: list[Line] = []
    for index, line in enumerate(group):
        if index and kinds[index] != kinds[index - 1]:
            result.append(Line(-1, ""))
        result.append(line)
    return result


def _styled(line: Line, base: Style) -> Line:
    """``line`` with ``base`` under its own styles."""
    position, styled = 0, []
    for text, style in runs(line):
        merged = style._replace(italic=style.italic or base.italic, fg=base.fg if style.fg == "default" else style.fg)
        styled.append(Run(position, position + len(text), merged))
        position += len(text)
    return Line(line.id, line.text, tuple(styled), line.fill, line.serial)


def _kinds(group: Sequence[Line]) -> list[Literal["code", "prose"]]:
    """Which lines of a group are code that is glued to prose."""
    if any(_ADDED.match(line.text) for line in group):
        # Bullets are drawn as "-" whatever they were: a plus stands in a diff.
        return ["code" if _CHANGED.match(line.text) and not is_styled(line) else "prose" for line in group]
    listed = any(_MARK.match(line.text) for line in group)
    kinds: list[Literal["code", "prose", "open"]] = []
    for line in group:
        text = line.text
        if is_styled(line) or _MARK.match(text):
            kinds.append("prose")
        elif (
            (listed and text.startswith("   ") and looks_like_code(text.strip()))
            or (text[:1].isspace() and not listed)
            or (looks_like_code(text) and not text[:1].isspace())
        ):
            kinds.append("code")
        else:
            kinds.append("prose" if is_prose(text) or listed else "open")
    for index in range(len(group) - 2, -1, -1):
        # What stands right above an indented line began the block that it belongs to.
        if kinds[index] == "open" and kinds[index + 1] == "code" and group[index + 1].text[:1].isspace():
            kinds[index] = "code"
    result: list[Literal["code", "prose"]] = []
    for index, kind in enumerate(kinds):
        if kind != "open":
            result.append(kind)
            continue
        between = bool(result) and result[-1] == "code" and "code" in kinds[index + 1 :]
        result.append("code" if between else "prose")
    return result
