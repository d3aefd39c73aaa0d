"""Markdown back from a renderer that keeps the fences of code, and sets the text of a list's items at the margin.

What it draws: an item of one paragraph beside its mark, its further lines at the margin; an item of several, and any
item of a loose list, below a mark that stands alone, at the margin too. Lists within lists are indented by four, their
numbers set flush right. A new list has a blank line before it, the next item of a list never has. So whatever stands
between an item and one that follows without a blank line is part of the former, and only the end of a list's last
item has to be guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import regex

from codexbridge.items.body import cut
from codexbridge.items.inline import ESCAPE, inline
from codexbridge.items.markdown import heading, is_heading, is_quote
from codexbridge.items.rich import first_style
from codexbridge.terminal.records import PLAIN, Style
from codexbridge.transcript.lines import Line

_STEP = 4
_FENCE = regex.compile(r"(?<ticks>```)(?<info>[^`]*)")
_BULLET = regex.compile(r"(?<indent>(?: {4})*)(?<mark>-)(?: (?<text>.*))?")
_NUMBER = regex.compile(r"(?<indent> *)(?<mark>\d{1,9}\.)(?: (?<text>.*))?")


class _Item(msgspec.Struct):
    """The line that an item begins with."""

    depth: int
    """1 for the items of a list that is in no other."""
    mark: str
    start: int
    """Where its text begins."""
    alone: bool
    """Nothing stands beside the mark."""


def fenced(lines: Sequence[Line]) -> str:
    """The Markdown of a message from its drawn lines (mark and margin removed)."""
    return "\n\n".join("\n".join(block) for block in _blocks(list(lines), PLAIN)).replace(ESCAPE, "\\")


def _blocks(lines: list[Line], base: Style) -> list[list[str]]:
    """The source of each block, line by line."""
    blocks: list[list[str]] = []
    index = 0
    while index < len(lines):
        if not lines[index].text.strip():
            index += 1
            continue
        block, index = _block(lines, index, base)
        blocks.append(block)
    return blocks


def _block(lines: list[Line], index: int, base: Style) -> tuple[list[str], int]:
    line = lines[index]
    end = _closed(lines, index)
    if end:
        return _code([one.text for one in lines[index:end]]), end
    if is_quote(line, base):
        end = index
        while end < len(lines) and is_quote(lines[end], base):
            end += 1
        inner = [cut(one, 2 if one.text[1:2] == " " else 1) for one in lines[index:end]]
        source = "\n\n".join("\n".join(block) for block in _blocks(inner, base._replace(fg=first_style(line).fg)))
        return [f"> {one}".rstrip() for one in source.split("\n")], end
    if is_heading(line, base):
        return [heading(line, base)], index + 1
    if _item(line, base):
        return _list(lines, index, base)
    end = index + 1
    while end < len(lines) and lines[end].text.strip() and not _begins(lines, end, base):
        end += 1
    return inline(lines[index:end], base).split("\n"), end


def _begins(lines: list[Line], index: int, base: Style) -> bool:
    """Whether something other than text begins at a line that follows text."""
    line = lines[index]
    return bool(_closed(lines, index) or is_quote(line, base) or is_heading(line, base) or _item(line, base))


def _closed(lines: Sequence[Line], index: int) -> int:
    """The line after the fenced block that begins at ``index``; 0 if none does."""
    if not _FENCE.fullmatch(lines[index].text) or lines[index].runs:
        return 0
    return next((n + 1 for n in range(index + 1, len(lines)) if lines[n].text == "```"), 0)


def _code(texts: Sequence[str]) -> list[str]:
    first, *inner, _ = texts
    longest = max((len(run) for text in inner for run in regex.findall(r"^ *(`{3,})", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return [ticks + first[3:], *inner, ticks]


def _item(line: Line, base: Style) -> _Item | None:
    found = _NUMBER.fullmatch(line.text)
    if found:
        # A number has a colour of its own, and is set flush right unless it has no room for that.
        width = found.end("mark") - 1 if found["indent"] else 1
        if first_style(line).fg in ("default", base.fg) or width % _STEP != 1:
            return None
        depth = width // _STEP + 1
    else:
        found = _BULLET.fullmatch(line.text)
        if found is None or first_style(line).fg not in ("default", base.fg):
            return None
        depth = len(found["indent"]) // _STEP + 1
    return _Item(depth, found["mark"], found.end("mark") + 1, not found["text"])


# ---- lists ------------------------------------------------------------------------------------------------


def _list(lines: list[Line], index: int, base: Style) -> tuple[list[str], int]:
    """The list that begins at ``index``, with all that is in it."""
    end = _list_end(lines, index, base)
    source: list[str] = []
    pads: list[int] = []
    """Where the text of the open items begins in the source, outermost first."""
    while index < end:
        item = _item(lines[index], base)
        assert item is not None
        after = index + 1
        while after < end and not _is_item(lines, after, base):
            after = _closed(lines, after) or after + 1
        sibling = len(pads) >= item.depth
        del pads[item.depth - 1 :]
        at = pads[-1] if pads else 0
        below = lines[index + 1 : after]
        if item.alone:
            blocks = _blocks(below, base)
            loose = bool(below) and bool(below[0].text.strip())
        else:
            # What goes on without a blank line is the rest of the first paragraph.
            text = next((n for n, line in enumerate(below) if _ends_text(below, n, base)), len(below))
            first = inline([cut(lines[index], item.start), *below[:text]], base).split("\n")
            blocks = [first, *_blocks(below[text:], base)]
            loose = False
        body = [row for number, block in enumerate(blocks) for row in (([""] if number else []) + block)]
        pad = " " * (at + len(item.mark) + 1)
        if loose and sibling and source[-1]:
            source.append("")
        first_row, *rest = body or [""]
        source.append(f"{' ' * at}{item.mark} {first_row}".rstrip())
        source += [(pad + row).rstrip() for row in rest]
        pads.append(len(pad))
        index = after
    while source and not source[-1]:
        source.pop()
    return source, end


def _ends_text(lines: list[Line], index: int, base: Style) -> bool:
    return not lines[index].text.strip() or _begins(lines, index, base)


def _is_item(lines: list[Line], index: int, base: Style) -> bool:
    return _item(lines[index], base) is not None


def _list_end(lines: list[Line], index: int, base: Style) -> int:
    """Where the list that begins at ``index`` ends: after the text of its last item."""
    end = index
    place = index
    while place < len(lines):
        item = _item(lines[place], base)
        if item is None or (place > index and not lines[place - 1].text.strip()):
            if item is not None:
                # After a blank line a list begins anew.
                break
            place = _closed(lines, place) or place + 1
            continue
        place += 1
        if item.alone and place < len(lines) and lines[place].text.strip():
            place = _closed(lines, place) or place
        while place < len(lines) and lines[place].text.strip() and not _item(lines[place], base):
            if _closed(lines, place) or is_heading(lines[place], base):
                break
            place += 1
        end = place
    return end
