"""Markdown back from what a Node renderer for terminals draws.

It keeps the marks of headings, draws lists indented by four with their inline marks as source, code indented by four
and highlighted, quotations with four faint columns before each line, tables in boxes, links in blue.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from codexbridge.grammar.styles import style_at
from codexbridge.items.body import cut
from codexbridge.items.code import language
from codexbridge.items.inline import ESCAPE, inline
from codexbridge.terminal.records import PLAIN, Run, Style
from codexbridge.transcript.lines import Line

_STEP = 4
_ITEM = regex.compile(r"(?<indent> *)(?<mark>\*|\d{1,9}\.) (?<text>.*)")
_TASK = regex.compile(r"\[(?<done>[ Xx])\](?:  (?<text>.*))?")
_HEADING = regex.compile(r"#{1,6}(?: |$)")
_NAMED = regex.compile(r"(?<words>.*\S) \((?<url>\S*)\)")
_RULE = regex.compile(r"-{20,}")
_SIGNS = {"red": "-", "green": "+"}
_HEADER = "red"
_CODE = "brown"
_KEYWORD = {"red", "green", "cyan", "blue"}
_LINK = {"blue", "brightblue", "0000ee", "5c5cff"}


def marked(lines: Sequence[Line]) -> str:
    """The Markdown of a message from its drawn lines (mark and margin removed)."""
    blocks: list[str] = []
    index = 0
    while index < len(lines):
        if not lines[index].text:
            index += 1
            continue
        text, index = _block(lines, index)
        blocks.append(text)
    return "\n\n".join(blocks)


def _block(lines: Sequence[Line], index: int) -> tuple[str, int]:
    """The source of the block that begins at ``index``, and where it ends."""
    line = lines[index]
    if _RULE.fullmatch(line.text):
        # The rule is a little wider than the text may be.
        rest = index + 1 < len(lines) and set(lines[index + 1].text) == {"-"}
        return "---", index + 1 + rest
    if (mark := _HEADING.match(line.text)) and style_at(line, 0).bold:
        base = style_at(line, 0)
        text = inline([_restyled(cut(line, mark.end()), base=base)], base).replace(ESCAPE, "\\")
        return f"{mark[0].rstrip()} {text}".rstrip(), index + 1
    if line.text.startswith("┌"):
        return _table(lines, index)
    if _quoted(line):
        end = _while(lines, index, _quoted)
        return "\n".join("> " + _inline([cut(one, _STEP)]) for one in lines[index:end]), end
    if _item(line, first=index == 0):
        return _list(lines, index)
    if line.text.startswith(" " * _STEP) or (index == 0 and _begins_code(lines)):
        end = index + 1
        while end < len(lines) and (not lines[end].text or lines[end].text.startswith(" " * _STEP)):
            if _quoted(lines[end]) or (end > index and not lines[end - 1].text and _item(lines[end], first=False)):
                break
            end += 1
        indented = line.text.startswith(" " * _STEP)
        first = cut(line, _STEP) if indented else line
        return _fence([first, *(cut(one, _STEP) for one in lines[index + 1 : end])]), end
    end = index
    while end < len(lines) and lines[end].text and not lines[end].text.startswith(" " * _STEP):
        end += 1
    end = max(end, index + 1)
    return _inline(lines[index:end]), end


def _while(lines: Sequence[Line], index: int, test: object) -> int:
    assert callable(test)
    while index < len(lines) and test(lines[index]):
        index += 1
    return index


def _quoted(line: Line) -> bool:
    style = style_at(line, 0)
    return line.text.startswith(" " * _STEP) and style.italic and style.fg != "default"


def _item(line: Line, first: bool) -> regex.Match[str] | None:
    found = _ITEM.fullmatch(line.text)
    if found is None or style_at(line, found.start("mark")).fg != "default":
        return None
    indent = len(found["indent"])
    # What a message begins with has lost its indentation.
    return found if (indent or first) and indent % _STEP == 0 else None


def _list(lines: Sequence[Line], index: int) -> tuple[str, int]:
    out: list[str] = []
    offsets: list[int] = []
    """Where the text of the open items begins in the source, outermost first."""
    begin = index
    while index < len(lines):
        line = lines[index]
        if not line.text:
            index += 1
            continue
        found = _item(line, first=index == begin == 0)
        level = max(len(found["indent"]) // _STEP, 1) if found else 0
        if found:
            del offsets[level - 1 :]
            at = offsets[-1] if offsets else 0
            mark = "-" if found["mark"] == "*" else found["mark"]
            if not offsets and out and not lines[index - 1].text:
                out.append("")
            out.append(" " * at + f"{mark} {_task(found['text'])}")
            offsets.append(at + len(mark) + 1)
            index += 1
            continue
        indent = len(line.text) - len(line.text.lstrip(" "))
        # Text of an item stands below the words beside its mark; less far in, it is the text of an item around.
        while offsets and indent < _STEP * len(offsets) + offsets[-1]:
            offsets.pop()
        if not offsets:
            break
        # Text of an item, or code in it, stands behind a blank line.
        pad, drawn = " " * offsets[-1], _STEP * len(offsets) + offsets[-1]
        end = index
        while end < len(lines) and lines[end].text and not _item(lines[end], first=False):
            end += 1
        rows = lines[index:end]
        spaced = not lines[index - 1].text
        if indent >= drawn + _STEP:
            block = _fence([cut(row, drawn + _STEP) for row in rows]).split("\n")
        else:
            block = [row.text.lstrip(" ") for row in rows]
        out += ([""] if spaced else []) + [pad + row for row in block]
        index = end
    while out and not out[-1]:
        out.pop()
    return "\n".join(out), index


def _task(text: str) -> str:
    found = _TASK.fullmatch(text)
    return text if found is None else f"[{found['done'].lower()}] {found['text'] or ''}".rstrip()


def _begins_code(lines: Sequence[Line]) -> bool:
    """Whether a message begins with code, whose first line has lost its indentation."""
    below = lines[1] if len(lines) > 1 else None
    if below is not None and below.text.startswith(" " * _STEP) and not _quoted(below):
        return _item(lines[0], first=True) is None
    return any(_of_code(group) for group in _groups(lines[0].runs))


def _of_code(group: Sequence[Run]) -> bool:
    """Whether runs have a colour that text never has: that of a keyword, a string, a number."""
    if any(style.bold or style.underline or style.italic for _, _, style in group):
        return False
    return any(style.fg in _KEYWORD for _, _, style in group)


def _fence(rows: Sequence[Line]) -> str:
    text = "\n".join(row.text for row in rows).strip("\n")
    shown = [row for row in rows if row.text]
    marks = [_SIGNS.get(style_at(row, 0).fg) == row.text[0] for row in shown]
    known = (
        "diff" if any(marks) and all(m or row.text[0] not in "+-" for m, row in zip(marks, shown, strict=True)) else ""
    )
    return f"```{known or language(text.split(chr(10)))}\n{text}\n```"


def _table(lines: Sequence[Line], index: int) -> tuple[str, int]:
    rows: list[str] = []
    while index < len(lines) and lines[index].text[:1] in "┌│├└" and lines[index].text:
        line = lines[index]
        index += 1
        if not line.text.startswith("│"):
            continue
        cells, start = [], 1
        for place, character in enumerate(line.text[1:], start=1):
            if character == "│":
                cells.append(_inline([_between(line, start, place)], header=not rows).strip())
                start = place + 1
        rows.append("| " + " | ".join(cells) + " |")
        if len(rows) == 1:
            rows.append("|" + "---|" * len(cells))
    return "\n".join(rows), index


def _between(line: Line, start: int, stop: int) -> Line:
    runs = tuple(Run(s, min(e, stop), style) for s, e, style in line.runs if s < stop)
    cell = cut(Line(line.id, line.text[:stop], runs), start)
    blank = len(cell.text) - len(cell.text.lstrip(" "))
    return cut(cell, blank)


def _inline(lines: Sequence[Line], header: bool = False) -> str:
    return inline([_restyled(line, header) for line in lines]).replace(ESCAPE, "\\")


def _restyled(line: Line, header: bool = False, base: Style = PLAIN) -> Line:
    """The line in the styles that the other looks have: links without the blue around them, plain headers."""
    text, done = "", 0
    runs: list[Run] = []

    def draw(piece: str, style: Style) -> None:
        nonlocal text
        runs.append(Run(len(text), len(text) + len(piece), style))
        text += piece

    for group in _groups(line.runs):
        start, end = group[0].start, group[-1].end
        text += line.text[done:start]
        done = end
        if not any(style.fg in _LINK for _, _, style in group):
            for begin, stop, style in group:
                if header and style.fg == _HEADER:
                    style = style._replace(fg="default")
                elif style.strike:
                    style = style._replace(fg="default", dim=False)
                elif style.fg == _CODE:
                    # Within emphasis code is drawn with both; what is around it tells the emphasis.
                    style = style._replace(bold=False, italic=False)
                draw(line.text[begin:stop], style)
            continue
        # All of ``words (target)`` is blue, but for code in the words; what is its own target stands alone.
        found = _NAMED.fullmatch(line.text, start, end)
        words, url = (found.end("words"), found["url"]) if found else (end, line.text[start:end])
        for begin, stop, style in group:
            if begin < words:
                if style.fg in _LINK:
                    style = style._replace(fg=base.fg, underline=base.underline)
                draw(line.text[begin : min(stop, words)], style._replace(link=url))
        draw(" (", base)
        draw(url, base._replace(fg="cyan", underline=True))
        draw(")", base)
    text += line.text[done:]
    kept = text.rstrip(" ")
    return Line(line.id, kept, tuple(run for run in runs if run.start < len(kept)), line.fill, line.serial)


def _groups(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs, those of one link together: they touch each other and are blue, or code."""
    groups: list[list[Run]] = []
    for run in runs:
        last = groups[-1][-1] if groups else None
        near = {last.style.fg, run.style.fg} if last is not None and last.end == run.start else set()
        if near & _LINK and near <= _LINK | {_CODE}:
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups
