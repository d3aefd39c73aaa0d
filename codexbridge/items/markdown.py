"""Markdown back from a drawn message: blocks from layout and style, their text by :mod:`codexbridge.items.inline`.

Codex draws Markdown close to its source. What it leaves out is put back: the fences of code, the marks of emphasis
and code, links' brackets, tables' bars. What cannot be told from the drawing (a loose list whose items are one
paragraph each, emphasis within a heading of the same weight) is left as seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import regex

from codexbridge.items.body import cut
from codexbridge.items.code import is_code, language
from codexbridge.items.inline import ESCAPE, inline
from codexbridge.items.rich import all_coloured, first_style, is_highlighted, is_styled
from codexbridge.items.tables import is_table, table
from codexbridge.terminal.records import PLAIN, Style
from codexbridge.transcript.lines import Line

Kind = Literal["paragraph", "heading", "rule", "quote", "list", "code", "table"]

_NUMBER = regex.compile(r"(?<indent> {0,3})(?<mark>\d{1,9}[.)])(?: |$)")
_BULLET = regex.compile(r"(?<indent> {0,3})(?<mark>[-*•◦▪☐☑])(?: |$)")
_HEADING = regex.compile(r"(?<mark>#{1,6})(?: (?<text>.*))?")
_RULE = "———"
_HEX = regex.compile("[0-9a-f]{6}")
_UNDRAWN = regex.compile(r"\d{1,9}[.)] |#{1,6} |> |```|~~~")
_MARKS = {"☐": "- [ ]", "☑": "- [x]"}


class Block(msgspec.Struct):
    """One block of the restored source."""

    kind: Kind
    lines: list[str]
    spaced: bool
    """A blank line was drawn before it."""


class _Marker(msgspec.Struct):
    """The mark of a list item: where it stands, how wide it is with its blank, what it says."""

    indent: int
    width: int
    number: int | None
    text: str


def markdown(lines: Sequence[Line], escape: bool = True) -> str:
    """The Markdown of a message from its drawn lines (mark and indentation removed).

    Without ``escape``, text within lists that reads like markup is taken for markup that the release left undrawn.
    """
    blocks = _blocks(list(lines), PLAIN)
    source = "\n\n".join("\n".join(block.lines) for block in blocks)
    if not escape:
        source = "\n".join(line.replace(ESCAPE, "") if line[:2].isspace() else line for line in source.split("\n"))
    return source.replace(ESCAPE, "\\")


def _blocks(lines: list[Line], base: Style, within_item: bool = False) -> list[Block]:
    blocks: list[Block] = []
    index, spaced = 0, False
    while index < len(lines):
        if not lines[index].text.strip():
            index, spaced = index + 1, True
            continue
        stop = _next_blank(lines, index)
        # The first words of an item are its text, however much they look like a command.
        code = not (within_item and not blocks) and _code_group(lines[index:stop], base)
        if code:
            block, index = _code(lines, index, base)
        else:
            block, index = _block(lines, index, stop, base)
        block.spaced = spaced
        blocks.append(block)
        spaced = False
    return blocks


def _next_blank(lines: Sequence[Line], index: int) -> int:
    while index < len(lines) and lines[index].text.strip():
        index += 1
    return index


def _block(lines: list[Line], index: int, stop: int, base: Style) -> tuple[Block, int]:
    """The block that begins at ``index``, and where the next may begin."""
    line = lines[index]
    if is_quote(line, base):
        end = index
        while end < stop and is_quote(lines[end], base):
            end += 1
        inner_base = base._replace(fg=first_style(line).fg)
        inner = _blocks([cut(one, 2 if one.text[1:2] == " " else 1) for one in lines[index:end]], inner_base)
        source = "\n\n".join("\n".join(block.lines) for block in inner)
        return Block("quote", [("> " + one).rstrip() for one in source.split("\n")], False), end
    if is_heading(line, base):
        return Block("heading", [heading(line, base)], False), index + 1
    if line.text.strip() == _RULE:
        return Block("rule", ["---"], False), index + 1
    if is_table(lines[index:stop]):
        return Block("table", table(lines[index:stop]), False), stop
    marker = _marker(line, base)
    if marker is not None:
        return _list(lines, index, marker, base)
    end = index + 1
    while end < stop and not (_marker(lines[end], base) or is_quote(lines[end], base) or is_heading(lines[end], base)):
        end += 1
    return Block("paragraph", inline(lines[index:end], base).split("\n"), False), end


# ---- what a line is ---------------------------------------------------------------------------------------


def is_quote(line: Line, base: Style) -> bool:
    if not (line.text == ">" or line.text.startswith("> ")):
        return False
    style = first_style(line)
    return style.fg != "default" and not style.underline


def is_heading(line: Line, base: Style) -> bool:
    style = first_style(line)
    weighed = (style.bold and not base.bold) or (style.italic and not base.italic)
    return weighed and _HEADING.fullmatch(line.text) is not None


def heading(line: Line, base: Style) -> str:
    """The source of a line that is a heading."""
    found = _HEADING.fullmatch(line.text)
    assert found is not None
    start = found.start("text") if found["text"] is not None else len(line.text)
    text = inline([cut(line, start)], _heading_base(line, base)).lstrip()
    return f"{found['mark']} {text}".rstrip()


def _heading_base(line: Line, base: Style) -> Style:
    """What a heading's own style gives to all of its text."""
    style = first_style(line)
    return base._replace(bold=style.bold, italic=style.italic, underline=style.underline, fg=style.fg)


def _marker(line: Line, base: Style) -> _Marker | None:
    found = _NUMBER.match(line.text)
    if found:
        style = first_style(line)
        if style.fg in ("default", base.fg) and base.fg == "default":
            return None
        mark = found["mark"]
        return _Marker(len(found["indent"]), len(mark) + 1, int(mark[:-1]), mark)
    found = _BULLET.match(line.text)
    if found is None:
        return None
    style = first_style(line)
    if style.bold or style.italic or style.underline:
        return None
    return _Marker(len(found["indent"]), 2, None, _MARKS.get(found["mark"], "-"))


# ---- lists ------------------------------------------------------------------------------------------------


def _list(lines: list[Line], index: int, first: _Marker, base: Style) -> tuple[Block, int]:
    items: list[tuple[_Marker, list[Block]]] = []
    marker = first
    while True:
        end = _item_end(lines, index, marker, base)
        inner = [cut(lines[index], marker.indent + marker.width)]
        for line in lines[index + 1 : end]:
            room = len(line.text) - len(line.text.lstrip())
            inner.append(cut(line, min(marker.indent + marker.width, room)))
        items.append((marker, _blocks(inner, base, within_item=True)))
        index = end
        while end < len(lines) and not lines[end].text.strip():
            end += 1
        following = _marker(lines[end], base) if end < len(lines) else None
        if following is None or not _follows(marker, following) or _is_code_at(lines, end, base):
            break
        index, marker = end, following
    loose = any(
        block.spaced and block.kind in ("paragraph", "code", "quote", "table")
        for _, blocks in items
        for block in blocks
    )
    source: list[str] = []
    for number, (mark, blocks) in enumerate(items):
        if loose and number:
            source.append("")
        source += _item(mark, blocks, loose)
    return Block("list", source, False), index


def _is_code_at(lines: list[Line], index: int, base: Style) -> bool:
    """Whether a list would be continued by what is code, after a blank line."""
    blank = index > 0 and not lines[index - 1].text.strip()
    return blank and _code_group(lines[index : _next_blank(lines, index)], base)


def _follows(marker: _Marker, following: _Marker) -> bool:
    if following.indent != marker.indent or (marker.number is None) != (following.number is None):
        return False
    return marker.number is None or following.number in (marker.number, marker.number + 1)


def _item_end(lines: Sequence[Line], index: int, marker: _Marker, base: Style) -> int:
    """Where the item that begins at ``index`` ends; blank lines after it are not part of it."""
    end = last = index + 1
    while end < len(lines):
        text = lines[end].text
        if not text.strip():
            end += 1
            continue
        room = len(text) - len(text.lstrip())
        nested = room > marker.indent and _marker(cut(lines[end], marker.indent + 2), base) is not None
        if room < marker.indent + marker.width and not nested:
            break
        end += 1
        last = end
    return last


def _item(marker: _Marker, blocks: list[Block], loose: bool) -> list[str]:
    source: list[str] = []
    for number, block in enumerate(blocks):
        if number and (block.spaced if block.kind == "list" or not loose else True):
            source.append("")
        source += block.lines
    pad = " " * marker.width
    first, *rest = source or [""]
    return [f"{marker.text} {first}".rstrip(), *((pad + line).rstrip() for line in rest)]


# ---- code -------------------------------------------------------------------------------------------------


def _code_group(group: Sequence[Line], base: Style) -> bool:
    """Whether lines without a blank one between were (a part of) a fenced block."""
    if any(is_highlighted(line, base) and not _marked(line, base) for line in group):
        return all(all_coloured(line, base) for line in group)
    if is_quote(group[0], base) or is_heading(group[0], base):
        return False
    style = first_style(group[0])
    if len(group[0].runs) == 1 and all_coloured(group[0], base) and _HEX.fullmatch(style.fg):
        return all(all_coloured(line, base) for line in group)
    if any(is_styled(line, base) for line in group) or any(is_quote(line, base) for line in group):
        return False
    if is_table(group) or group[0].text.strip() == _RULE or _is_table_source(group):
        return False
    texts = [line.text for line in group]
    bullets = [text.startswith("- ") for text in texts]
    if bullets[0]:
        # A list is followed by a blank line unless its next line is indented or an item.
        return any(not bullet and not text.startswith(" ") for bullet, text in zip(bullets, texts, strict=True))
    if any(_marker(line, base) for line in group):
        return not _marker(group[0], base)
    if any(_UNDRAWN.match(text) for text in texts) or any(text.startswith("| ") for text in texts):
        # As text this would have been drawn with a style of its own, or was escaped, which is rare.
        return True
    return is_code(texts)


def _marked(line: Line, base: Style) -> bool:
    """Whether the line begins with a coloured mark of a list, which makes two colours with the code after it."""
    marker = _marker(line, base)
    if marker is None or not line.runs:
        return False
    return line.runs[0].end == marker.indent + marker.width and len(line.runs) > 1


def _is_table_source(group: Sequence[Line]) -> bool:
    return (
        len(group) > 1 and regex.fullmatch(r"\|?(?: *:?-+:? *\|?)+", group[1].text) is not None and "|" in group[1].text
    )


def _code(lines: list[Line], index: int, base: Style) -> tuple[Block, int]:
    """The fenced block that begins at ``index``, with the blank lines and the further groups in it."""
    if lines[index].text.startswith("```"):
        # Some looks leave fences as they were written.
        close = next((n for n in range(index + 1, len(lines)) if lines[n].text.strip() == "```"), None)
        if close is not None:
            return Block("code", [line.text for line in lines[index : close + 1]], False), close + 1
    end = _next_blank(lines, index)
    coloured = all_coloured(lines[index], base)
    while True:
        start = end
        while start < len(lines) and not lines[start].text.strip():
            start += 1
        if start >= len(lines):
            break
        stop = _next_blank(lines, start)
        group = lines[start:stop]
        # Only code has two blank lines in a row.
        inside = start - end > 1 and not any(is_styled(line, base) for line in group) and not coloured
        same = all_coloured(group[0], base) == coloured
        if not inside and not (same and _code_group(group, base)):
            break
        end = stop
    texts = [line.text for line in lines[index:end]]
    while texts and not texts[-1].strip():
        texts.pop()
    ticks = "`" * max(3, 1 + max((len(run) for text in texts for run in regex.findall(r"^ *(`{3,})", text)), default=0))
    return Block("code", [ticks + language(texts), *texts, ticks], False), end
