"""Styled lines as text, for examples inside rules: ``{bold green}•{} {bold}Ran{} ls``.

``{...}`` begins a style (the words of a style test, without ``!`` and ``|``), ``{}`` ends it, ``{{`` is a brace.
``{band}`` at the start of a line shades the whole row.
"""

from __future__ import annotations

import regex

from codexbridge.terminal.records import PLAIN, Run, Style
from codexbridge.transcript.lines import Line

_TOKEN = regex.compile(r"\{\{|\{([^{}]*)\}")
_FLAGS = {"bold", "dim", "italic", "underline", "strike", "reverse", "blink"}
_FOREGROUND = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}


def style_of(words: str) -> Style:
    """The style that ``words`` describe; raises ValueError for an unknown word."""
    style = PLAIN
    for word in words.split():
        if word in _FOREGROUND:
            style = style._replace(fg="brown" if word == "yellow" else word)
        elif word.startswith("fg:"):
            style = style._replace(fg=word[3:])
        elif word == "shaded":
            style = style._replace(bg="1e1e1e")
        elif word.startswith("link:"):
            style = style._replace(link=word[5:])
        elif word in _FLAGS:
            style = Style(**(style._asdict() | {word: True}))
        else:
            raise ValueError(f"markup: {word!r} is no attribute and no colour")
    return style


def parse_line(markup: str, identity: int = -1) -> Line:
    """One line of markup.

    >>> parse_line("{dim}• {}hi").text
    '• hi'
    """
    fill = "default"
    if markup.startswith("{band}"):
        fill, markup = "1e1e1e", markup[6:]
    text, runs, style, position = "", [], PLAIN, 0
    start = 0

    def close(end: int) -> None:
        if style != PLAIN and end > start:
            runs.append(Run(start, end, style))

    for token in _TOKEN.finditer(markup):
        text += markup[position : token.start()]
        position = token.end()
        if token.group() == "{{":
            text += "{"
            continue
        close(len(text))
        start, style = len(text), style_of(token.group(1))
    text += markup[position:]
    close(len(text))
    return Line(identity, text, tuple(runs), fill)


def parse_lines(markup: str) -> list[Line]:
    """Lines of markup, numbered from 0."""
    return [parse_line(line, index) for index, line in enumerate(markup.split("\n"))]
