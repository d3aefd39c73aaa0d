"""A restored message brought to agree with what its notification quotes of the source.

Codex puts the beginning of a turn's last message into the notification that ends the turn: its source, with every
run of white space as one blank, cut after some 200 characters. It says what the drawing does not: where a link's
words begin, which language a fence has, how emphasis was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import regex

_CUT = "..."
_FENCE = regex.compile(r"(?:```|~~~)[^\s`]*")
_NESTED = regex.compile(r"\[([^\[\]\n]*)\[([^\[\]\n]*)\]\(")
_EMPTY = regex.compile(r"((?:```|~~~)[^\s`]*) ?((?:```|~~~))")
_LIKE = 0.7
"""Least likeness of the two; anything less is another message."""


def agree(restored: str, preview: str) -> str:
    """``restored`` with the characters that ``preview`` has, in the layout of the drawing.

    Gives ``restored`` back as it is where the preview is not that of this message.
    """
    whole = not preview.endswith(_CUT)
    quoted = preview if whole else preview[: -len(_CUT)]
    wanted, blanks = _dense(quoted)
    have, places = _dense(restored)
    if not wanted or not have:
        return restored
    have_text = have if whole else have[: 2 * len(wanted) + 40]
    matcher = SequenceMatcher(None, have_text, wanted, autojunk=False)
    codes: Sequence[Code] = matcher.get_opcodes()
    if not whole:
        codes = _without_tail(codes)
    same = sum(_letters(have_text[a1:a2]) for op, a1, a2, _, _ in codes if op == "equal")
    most = max(_letters(wanted), _letters(have_text)) if whole else _letters(wanted)
    if not codes or same < _LIKE * most:
        return restored
    edited = _Layout(restored, places, wanted, blanks).edited(codes)
    if not whole and (found := _NESTED.search(edited)) and not _NESTED.search(restored):
        # The preview ends within the words of a link, which begin where it says and not where they were thought to.
        edited = f"{edited[: found.start()]}[{found[1]}{found[2]}]({edited[found.end() :]}"
    return edited


Code = tuple[str, int, int, int, int]


def _without_tail(codes: Sequence[Code]) -> Sequence[Code]:
    """The edits up to the last place where both agree: what the preview leaves off is not missing."""
    last = max((n for n, code in enumerate(codes) if code[0] == "equal" and code[2] - code[1] > 1), default=-1)
    return codes[: last + 1]


def _letters(text: str) -> int:
    return sum(char.isalnum() for char in text)


def _dense(text: str) -> tuple[str, list[int]]:
    """The characters that are no white space, and where they stand."""
    places = [index for index, char in enumerate(text) if not char.isspace()]
    return "".join(text[index] for index in places), places


class _Layout:
    """The restored text, edited by its dense characters; ``blanks`` are the places of ``wanted`` in the preview."""

    def __init__(self, text: str, places: list[int], wanted: str, blanks: list[int]) -> None:
        self.text, self.places, self.wanted, self.blanks = text, places, wanted, blanks
        self._open = self._shut = False

    def edited(self, codes: Sequence[Code]) -> str:
        out: list[str] = []
        position = 0
        for op, a1, a2, b1, b2 in codes:
            start = self.places[a1] if a1 < len(self.places) else len(self.text)
            if op == "equal":
                end = self.places[a2 - 1] + 1
                piece = self.text[position:end]
                self._open ^= len(_FENCE.findall(piece)) % 2 == 1
                out.append(piece)
                position = end
                continue
            new = self._quoted(b1, b2)
            gap = self.text[position:start]
            fence = _FENCE.fullmatch(new.strip()) if op == "insert" else None
            if fence and self._open:
                out.append("\n" + new.strip())
                self._open = False
                continue
            if fence:
                out += [gap, new.strip(), "\n"]
                position = start
                self._open = True
                continue
            empty = _EMPTY.fullmatch(new.strip()) if op == "insert" and not self._open else None
            if empty:
                # A block without a line leaves nothing in the drawing, not even a blank one.
                out += [gap or "\n\n", f"{empty[1]}\n{empty[2]}", "\n\n" if self.text[start:].strip() else ""]
                position = start
                continue
            if op == "insert" and b1 and self.blanks[b1] == self.blanks[b1 - 1] + 1:
                # It hangs on what stands before it.
                out.append(new)
                continue
            position = self.places[a2 - 1] + 1 if a2 > a1 else start
            if op == "delete" and _FENCE.fullmatch(self.text[start:position]):
                # What was taken for code was none: its fence goes with its line.
                opens = self.text[position : position + 1] == "\n" and not self._shut
                self._shut = opens
                out.append(gap if opens else gap.rstrip("\n"))
                position += opens
                continue
            out += [gap, new]
            if op == "delete" and gap.endswith(" ") and self.text[position : position + 1] == " ":
                position += 1
        out.append(self.text[position:])
        return "".join(out)

    def _quoted(self, start: int, stop: int) -> str:
        """``wanted[start:stop]`` with the blanks that stand within it in the preview."""
        out = ""
        for n in range(start, stop):
            if n > start and self.blanks[n] > self.blanks[n - 1] + 1:
                out += " "
            out += self.wanted[n]
        return out
