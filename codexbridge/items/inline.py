"""Inline Markdown back from style: emphasis, code, links; and what must be escaped so that text stays text."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from codexbridge.items.rich import BOLD, ITALIC, STRIKE, Piece, pieces
from codexbridge.terminal.records import PLAIN, Style
from codexbridge.transcript.lines import Line

ESCAPE = "\ue000"
"""Stands for a backslash until it is known whether text that reads like markup is text, or markup left undrawn."""

_WORD = regex.compile(r"\S+$")
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SCHEME = regex.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*")
_START = regex.compile(
    r"(?:#{1,6}(?= |$)|[-+*](?= |$)|>|(?:={2,}|-{2,})\s*$|`{3,}|~{3,})|(?<number>\d{1,9})(?=[.)](?: |$))"
)


def inline(lines: Sequence[Line], base: Style = PLAIN) -> str:
    """The Markdown of the lines of one paragraph, with its line breaks."""
    found: list[Piece] = []
    for number, line in enumerate(lines):
        if number:
            found.append(Piece("\n"))
        found += pieces(line, base)
    return _write(_balance(_links(found)))


def _links(found: list[Piece]) -> list[Piece]:
    """Fold ``words (target)`` into links."""
    result: list[Piece] = []
    index = 0
    while index < len(found):
        piece = found[index]
        after = found[index + 1] if index + 1 < len(found) else None
        before = result[-1] if result else None
        closes = after is not None and after.text.startswith(")") and not after.code
        if not (piece.url and before and before.text.endswith(" (") and closes and not before.code):
            # Words of a link stand underlined before their target, or alone where the target is not drawn.
            result.append(piece)
            index += 1
            continue
        assert after is not None
        url = piece.text
        if len(before.text) > 2:
            before.text = before.text[:-2]
        else:
            result.pop()
        _fold(result, url)
        after.text = after.text[1:]
        if not after.text:
            del found[index + 1]
        index += 1
    for piece in result:
        if piece.url:
            piece.url, piece.target = False, ""
    return result


def _fold(result: list[Piece], url: str) -> None:
    """Make the words at the end of ``result`` a link to ``url``."""
    words: list[Piece] = []
    while result and result[-1].target == url and not result[-1].raw:
        words.insert(0, result.pop())
    if not words and result and not result[-1].raw:
        last = result[-1]
        if last.code or last.marks:
            words = [result.pop()]
        elif last.text.endswith(url):
            words = [Piece(url)]
            last.text = last.text[: -len(url)]
        elif found := _WORD.search(last.text):
            # Nothing shows where a link's words begin: the last word is the least that it can be.
            words = [Piece(found[0])]
            last.text = last.text[: found.start()]
        if result and not result[-1].text:
            result.pop()
    text = "".join(word.text for word in words)
    if text == url and _SCHEME.fullmatch(url):
        result.append(Piece(f"<{url}>", words[0].marks, raw=True))
        return
    marks = frozenset.intersection(*(word.marks for word in words)) if words else frozenset()
    for word in words:
        word.marks, word.target, word.url = word.marks - marks, "", False
    shown = _write(_balance(words))
    target = f"<{url}>" if regex.search(r"[\s<>]|^$", url) or url.count("(") != url.count(")") else url
    result.append(Piece(f"[{shown}]({target})", marks, raw=True))


def _balance(found: list[Piece]) -> list[Piece]:
    """Give blanks and code the marks of what they stand within: neither shows them by itself."""
    split: list[Piece] = []
    for piece in found:
        if piece.code or piece.raw or not piece.marks:
            split.append(piece)
            continue
        core = piece.text.strip()
        if not core:
            split.append(piece)
            continue
        begin = piece.text.index(core)
        for text in (piece.text[:begin], core, piece.text[begin + len(core) :]):
            if text:
                split.append(Piece(text, piece.marks))
    for index, piece in enumerate(split):
        before, after = _neighbour(split, index, -1), _neighbour(split, index, 1)
        if piece.code:
            # "**bold `code`**" draws a bold blank before the code; "**bold** `code`" a plain one.
            marks: frozenset[str] = frozenset()
            left = split[index - 1] if index else None
            right = split[index + 1] if index + 1 < len(split) else None
            if left and (not left.text.strip() or (right and left.marks == right.marks)):
                marks |= left.marks
            if right and not right.text.strip():
                marks |= right.marks
            piece.marks |= marks
    for index, piece in enumerate(split):
        if piece.text.strip() or piece.code:
            continue
        before, after = _neighbour(split, index, -1), _neighbour(split, index, 1)
        both = before.marks & after.marks if before and after else frozenset()
        piece.marks = both if piece.text == "\n" else piece.marks & both
    return split


def _neighbour(found: list[Piece], index: int, step: int) -> Piece | None:
    index += step
    while 0 <= index < len(found):
        if found[index].text.strip():
            return found[index]
        index += step
    return None


def _write(found: list[Piece]) -> str:
    """The source of pieces."""
    chars: list[tuple[str, bool]] = []
    stack: list[str] = []

    def markup(text: str) -> None:
        chars.extend((char, False) for char in text)

    for index, piece in enumerate(found):
        while any(mark not in piece.marks for mark in stack):
            markup(stack.pop())
        missing = [mark for mark in (STRIKE, BOLD, ITALIC) if mark in piece.marks and mark not in stack]
        for mark in sorted(missing, key=lambda mark: -_reach(found, index, mark)):
            markup(mark)
            stack.append(mark)
        if piece.raw:
            markup(piece.text)
        elif piece.code:
            markup(code_span(piece.text))
        else:
            chars.extend((char, True) for char in piece.text)
    while stack:
        markup(stack.pop())
    return _escape(chars)


def _reach(found: list[Piece], index: int, mark: str) -> int:
    end = index
    while end < len(found) and mark in found[end].marks:
        end += 1
    return end - index


def code_span(text: str) -> str:
    """``text`` as inline code."""
    longest = max((len(run) for run in regex.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1 if longest else 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" or (text[:1] == text[-1:] == " " and text.strip()) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _escape(chars: list[tuple[str, bool]]) -> str:
    """Put a backslash where text would otherwise be read as markup, and nowhere else."""
    whole = "".join(char for char, _ in chars)
    escaped = _emphatic(whole, chars)
    ticks = [index for index, (char, text) in enumerate(chars) if char == "`" and text]
    if len(ticks) > 1 or (ticks and whole.count("`") > 1):
        escaped.update(ticks)
    for found in _ENTITY.finditer(whole):
        escaped.add(found.start())
    for found in regex.finditer(r"\[(?=[^\[\]]*\]\()", whole):
        escaped.add(found.start())
    tildes = [found.start() for found in regex.finditer("~~", whole) if chars[found.start()][1]]
    if len(tildes) > 1:
        escaped.update(tildes)
    for found in regex.finditer(r"\\(?=[!-/:-@\[-`{-~])", whole):
        escaped.add(found.start())
    for found in regex.finditer(r"(?:^|\n)( *)", whole):
        begin = _START.match(whole, found.end())
        if begin:
            escaped.add(begin.end("number") if begin["number"] else begin.start())
    return "".join(ESCAPE + char if text and index in escaped else char for index, (char, text) in enumerate(chars))


def _emphatic(whole: str, chars: list[tuple[str, bool]]) -> set[int]:
    """The stars and underscores of the text that could open or close emphasis between them."""
    openers: dict[str, list[int]] = {"*": [], "_": []}
    closers: dict[str, list[int]] = {"*": [], "_": []}
    for index, (char, text) in enumerate(chars):
        if char not in openers or not text:
            continue
        before = whole[index - 1] if index else " "
        after = whole[index + 1] if index + 1 < len(whole) else " "
        left = not after.isspace() and (_letter(after) or not _letter(before))
        right = not before.isspace() and (_letter(before) or not _letter(after))
        if char == "_":
            left, right = left and not (right and _letter(before)), right and not (left and _letter(after))
        if left:
            openers[char].append(index)
        if right:
            closers[char].append(index)
    escaped: set[int] = set()
    for char, opens in openers.items():
        closes = closers[char]
        if opens and closes and min(opens) < max(closes):
            escaped.update(index for index in opens if index < max(closes))
            escaped.update(index for index in closes if index > min(opens))
    return escaped


def _letter(char: str) -> bool:
    return char.isalnum() or not (char.isspace() or regex.match(r"[\p{P}\p{S}]", char))
