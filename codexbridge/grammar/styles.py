"""Style tests: what a rule asks of the attributes at a place in a line.

A test is words that must all hold: an attribute (``bold``, ``dim``, ``italic``, ``underline``, ``strike``,
``reverse``, ``link``), a colour of the foreground (``red``, ``fg:cba6f7``), ``shaded`` (any background) or
``plain`` (none of all that), each with ``!`` in front for its opposite. ``|`` between words means any of them:
``"bold red|green"``.
"""

from __future__ import annotations

from collections.abc import Callable

from codexbridge.terminal.records import PLAIN, Style
from codexbridge.transcript.lines import Line

# The eight ANSI colours by name, in the bright form, and as palette entries of an xterm (which pyte resolves to hex).
_COLOURS = {
    "black": {"black", "brightblack", "000000", "7f7f7f"},
    "red": {"red", "brightred", "cd0000", "ff0000"},
    "green": {"green", "brightgreen", "00cd00", "00ff00"},
    "yellow": {"brown", "yellow", "brightbrown", "brightyellow", "cdcd00", "ffff00"},
    "blue": {"blue", "brightblue", "0000ee", "5c5cff"},
    "magenta": {"magenta", "brightmagenta", "bfightmagenta", "cd00cd", "ff00ff"},
    "cyan": {"cyan", "brightcyan", "00cdcd", "00ffff"},
    "white": {"white", "brightwhite", "e5e5e5", "ffffff"},
}
_ATTRIBUTES = ("bold", "dim", "italic", "underline", "strike", "reverse", "blink")

StyleTest = Callable[[Style], bool]


def style_at(line: Line, position: int) -> Style:
    """The style of the character at ``position`` (plain past the end)."""
    for start, end, style in line.runs:
        if start <= position < end:
            return style
        if start > position:
            break
    return PLAIN


def colour(style: Style) -> str:
    """The name of the foreground's ANSI colour, ``default``, or ``other``."""
    if style.fg == "default":
        return "default"
    for name, values in _COLOURS.items():
        if style.fg in values:
            return name
    return "other"


def _word(word: str) -> StyleTest:
    if word.startswith("!"):
        inner = _word(word[1:])
        return lambda style: not inner(style)
    if word in _ATTRIBUTES:
        index = Style._fields.index(word)
        return lambda style: bool(style[index])
    if word == "link":
        return lambda style: bool(style.link)
    if word == "shaded":
        return lambda style: style.bg != "default"
    if word == "plain":
        return lambda style: style._replace(bg="default", link="") == PLAIN
    if word == "default":
        return lambda style: style.fg == "default"
    if word in _COLOURS:
        values = _COLOURS[word]
        return lambda style: style.fg in values
    if word.startswith("fg:"):
        return lambda style: style.fg == word[3:]
    raise ValueError(f"style test: {word!r} is no attribute and no colour")


def compile_test(test: str) -> StyleTest:
    """Compile a style test; raises ValueError for a word that it does not know.

    >>> compile_test("bold red|green")(Style(fg="red", bold=True))
    True
    """
    alternatives = [[_word(word) for word in part.split("|")] for part in test.split()]
    return lambda style: all(any(check(style) for check in words) for words in alternatives)
