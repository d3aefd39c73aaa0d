"""Styled lines taken apart: pieces of text with what their style says, relative to what surrounds them.

Only what Markdown can say is kept: bold, italic, struck, code, the target of a link. Colours tell code from text:
no look draws other text of a message in a colour of its own without also underlining or weighing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from codexbridge.grammar.styles import style_at
from codexbridge.terminal.records import PLAIN, Run, Style
from codexbridge.transcript.lines import Line

BOLD, ITALIC, STRIKE = "**", "*", "~~"


class Piece(msgspec.Struct):
    """A run of text under the same marks."""

    text: str
    marks: frozenset[str] = frozenset()
    """Of ``BOLD``, ``ITALIC`` and ``STRIKE``."""
    code: bool = False
    target: str = ""
    """Where the piece links to."""
    url: bool = False
    """The piece is the target of a link, drawn after its words."""
    raw: bool = False
    """The piece is Markdown already."""


def lit(lines: Sequence[Line]) -> list[Line]:
    """The lines without what all of their text shares: thoughts are dim and slanted throughout."""
    shown = [style for line in lines for text, style in runs(line) if text.strip()]
    dim, italic = all(style.dim for style in shown), all(style.italic for style in shown)

    def bare(style: Style) -> Style:
        return style._replace(dim=style.dim and not dim, italic=style.italic and not italic)

    return [replace(line, runs=tuple(Run(s, e, bare(style)) for s, e, style in line.runs)) for line in lines]


def runs(line: Line) -> Iterator[tuple[str, Style]]:
    """The whole line as runs of text, plain ones included."""
    position = 0
    for start, end, style in line.runs:
        if start > position:
            yield line.text[position:start], PLAIN
        yield line.text[start:end], style
        position = end
    if position < len(line.text):
        yield line.text[position:], PLAIN


def pieces(line: Line, base: Style = PLAIN) -> list[Piece]:
    """The pieces of a line; ``base`` is the style of the block around it (a heading's, a quote's)."""
    result: list[Piece] = []
    for text, style in runs(line):
        piece = _piece(text, style, base)
        last = result[-1] if result else None
        if last and (last.marks, last.code, last.target, last.url) == (
            piece.marks,
            piece.code,
            piece.target,
            piece.url,
        ):
            last.text += text
        else:
            result.append(piece)
    return result


def _piece(text: str, style: Style, base: Style) -> Piece:
    marks = {BOLD} if style.bold and not base.bold else set()
    if style.italic and not base.italic:
        marks.add(ITALIC)
    if style.strike and not base.strike:
        marks.add(STRIKE)
    coloured = style.fg not in ("default", base.fg)
    if style.underline and (not base.underline or coloured):
        return Piece(text, frozenset(marks), target=style.link, url=True)
    weighed = style.bold or style.italic or style.underline or style.strike
    code = not weighed and (coloured or (style.dim and not base.dim))
    return Piece(text, frozenset(marks), code=code and bool(text.strip()), target=style.link)


def is_styled(line: Line, base: Style = PLAIN) -> bool:
    """Whether any inline mark stands on the line: what the unhighlighted lines of a code block cannot have."""
    return any(piece.marks or piece.code or piece.url or piece.target for piece in pieces(line, base))


def is_highlighted(line: Line, base: Style = PLAIN) -> bool:
    """Whether every character has a colour of its own, as highlighted code has, in more colours than one."""
    colours = set()
    for text, style in runs(line):
        if not text.strip():
            continue
        if style.fg in ("default", base.fg) or style.underline:
            return False
        colours.add(style.fg)
    return len(colours) > 1


def all_coloured(line: Line, base: Style = PLAIN) -> bool:
    """Whether every character has a colour: highlighted code, or a line that is nothing but inline code."""
    shown = [style for text, style in runs(line) if text.strip()]
    return bool(shown) and all(style.fg not in ("default", base.fg) and not style.underline for style in shown)


def first_style(line: Line) -> Style:
    """The style of the first character that is no blank."""
    return style_at(line, len(line.text) - len(line.text.lstrip()))


def part(line: Line, start: int, stop: int | None = None) -> Line:
    """``line`` from character ``start`` to ``stop``, blanks around it removed."""
    stop = len(line.text) if stop is None else min(stop, len(line.text))
    text = line.text[start:stop]
    start += len(text) - len(text.lstrip())
    stop = start + len(text.strip())
    kept = tuple(
        Run(max(s, start) - start, min(e, stop) - start, style) for s, e, style in line.runs if e > start and s < stop
    )
    return Line(line.id, line.text[start:stop], kept, line.fill, line.serial)


def unboxed(line: Line) -> Line:
    """The line with inline code known by its black ground alone: within bold text it is drawn bold as well."""
    kept = tuple(Run(start, end, _code_only(style)) for start, end, style in line.runs)
    return line if kept == line.runs else Line(line.id, line.text, kept, line.fill, line.serial, line.blanks)


def _code_only(style: Style) -> Style:
    return Style(fg="brightwhite", bg="black") if (style.fg, style.bg) == ("brightwhite", "black") else style
