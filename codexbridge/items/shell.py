"""A command line as a shell would read it: what ``bash -lc '...'`` runs."""

from __future__ import annotations

import regex

_WORD = regex.compile(r"""(?:'[^']*+'|"(?:[^"\\]|\\.)*+"|\\.|[^\s'"\\])++""", regex.DOTALL)
_PIECE = regex.compile(
    r"""'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^'"\\]+)""", regex.DOTALL
)
_DOUBLE = regex.compile(r'\\([$`"\\!\n])')
_SHELL = regex.compile(r"(?:\S*/)?(?:ba|z|da|k)?sh")


def script(line: str) -> str:
    """The script in ``bash -lc '<script>'``, its quotes undone; any other line as it is.

    >>> script("bash -lc \\"echo 'hi'\\"")
    "echo 'hi'"
    """
    words = _WORD.findall(line)
    if len(words) != 3 or words[1] not in ("-lc", "-c") or not _SHELL.fullmatch(words[0]):
        return line
    rest = line.split(words[1], 1)[1].lstrip(" ")
    return unquoted(rest) if rest == words[2] else line


def unquoted(word: str) -> str:
    """One word without its quotes."""
    text = ""
    for piece in _PIECE.finditer(word):
        if piece["double"] is not None:
            text += _DOUBLE.sub(r"\1", piece["double"])
        else:
            text += next(part for part in (piece["single"], piece["escaped"], piece["plain"]) if part is not None)
    return text
