"""A recording taken apart: control functions by their standard names, and the frames that they make.

For those who write rules: it shows what a release really sends, and what the terminal reports of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from codexbridge.grammar.releases import table
from codexbridge.lab.cast import Cast
from codexbridge.terminal.parser import Parser
from codexbridge.terminal.records import Frame, Inserted, Osc, Record, Row, Scrolled, Wiped
from codexbridge.terminal.terminal import Terminal

_CONTROLS = {
    "\x00": "NUL", "\x05": "ENQ", "\x07": "BEL", "\b": "BS", "\t": "HT", "\n": "LF", "\v": "VT", "\f": "FF",
    "\r": "CR", "\x0e": "SO", "\x0f": "SI", "\x18": "CAN", "\x1a": "SUB",
}  # fmt: skip
_ESCAPES = {
    "7": "DECSC", "8": "DECRC", "D": "IND", "E": "NEL", "H": "HTS", "M": "RI", "c": "RIS", "=": "DECKPAM",
    ">": "DECKPNM", "\\": "ST",
}  # fmt: skip
_SEQUENCES = {
    "@": "ICH", "A": "CUU", "B": "CUD", "C": "CUF", "D": "CUB", "E": "CNL", "F": "CPL", "G": "CHA", "H": "CUP",
    "J": "ED", "K": "EL", "L": "IL", "M": "DL", "P": "DCH", "S": "SU", "T": "SD", "X": "ECH", "Z": "CBT",
    "b": "REP", "c": "DA1", ">c": "DA2", "d": "VPA", "f": "HVP", "g": "TBC", "h": "SM", "l": "RM", "?h": "DECSET",
    "?l": "DECRST", "m": "SGR", "n": "DSR", "r": "DECSTBM", "?r": "XTRESTORE", "s": "SCOSC", "?s": "XTSAVE",
    "u": "SCORC", "?u": "kitty query", ">u": "kitty push", "<u": "kitty pop", "=u": "kitty set",
    "$p": "DECRQM (ANSI)", "?$p": "DECRQM", "!p": "DECSTR", " q": "DECSCUSR", ">q": "XTVERSION", ">m": "XTMODKEYS",
    "t": "XTWINOPS",
}  # fmt: skip
_MODES = {
    "1": "cursor keys", "6": "origin", "7": "autowrap", "25": "cursor", "47": "alternate screen", "1000": "mouse",
    "1002": "mouse drag", "1003": "mouse move", "1004": "focus", "1006": "mouse SGR", "1007": "alternate scroll",
    "1047": "alternate screen", "1048": "save cursor", "1049": "alternate screen", "2004": "bracketed paste",
    "2026": "synchronized update", "2031": "colour scheme",
}  # fmt: skip
_RENDITION = {
    "": "reset", "0": "reset", "1": "bold", "2": "dim", "3": "italic", "4": "underline", "5": "blink", "7": "reverse",
    "8": "hidden", "9": "strike", "21": "double underline", "22": "!bold !dim", "23": "!italic", "24": "!underline",
    "25": "!blink", "27": "!reverse", "28": "!hidden", "29": "!strike", "39": "fg default", "49": "bg default",
}  # fmt: skip
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_SEQUENCE = re.compile(r"\x1b\[([<=>?]?)([0-9;:]*)([ -/]*)([@-~])\Z")
_STRINGS = {"]": "OSC", "P": "DCS", "X": "SOS", "^": "PM", "_": "APC"}


class Entry(NamedTuple):
    """One thing that happened.

    ``kind``: ``text``, ``control``, ``record``, ``input``, ``notice``, ``resize`` or ``marker``.
    """

    at: float
    kind: str
    text: str


def disassemble(cast: Cast) -> Iterator[Entry]:
    """Everything in a recording, in order."""
    parser = Parser()
    terminal = _terminal(cast)
    last: Frame | None = None
    for event in cast.events:
        if event.code != "o":
            kind = {"i": "input", "r": "resize", "m": "marker", "n": "notice"}.get(event.code, event.code)
            if event.code == "r":
                columns, _, rows = event.data.partition("x")
                terminal.resize(int(columns), int(rows))
            yield Entry(event.time, kind, repr(event.data) if kind == "input" else event.data)
            continue
        for token in parser.feed(event.bytes()):
            known = "control" if token[:1] < " " or token[:1] == "\x1b" else "text"
            yield Entry(event.time, known, name(token))
            for record in terminal.feed(token.encode("utf-8", "surrogatepass")):
                yield Entry(event.time, "record", describe(record, last))
                last = record if isinstance(record, Frame) else last
        terminal.data_to_send()


def _terminal(cast: Cast) -> Terminal:
    """The terminal of the release that was recorded, where the recording says which."""
    size = cast.header.columns, cast.header.rows
    ours = cast.header.rest.get("x-codexbridge")
    if not isinstance(ours, dict) or not ours.get("release"):
        return Terminal(*size, tabs="cells")
    row, _ = table().find(str(ours["release"]))
    return Terminal(*size, row.frames, tabs="cells", controls=row.controls, functions=row.functions)


def name(token: str) -> str:
    """A token by the name of its control function; text is quoted.

    >>> name("\\x1b[1;24r"), name("\\x1b[?2026h"), name("\\x1b[1;38;5;2m")
    ('DECSTBM 1;24', 'DECSET 2026 (synchronized update)', 'SGR bold, fg 2')
    """
    if not token.startswith("\x1b"):
        return _CONTROLS.get(token, repr(token))
    if found := _SEQUENCE.match(token):
        prefix, numbers, between, final = found.groups()
        function = _SEQUENCES.get(prefix + between + final)
        if function is None:
            return f"CSI {prefix}{numbers}{between}{final}"
        if function == "SGR":
            return f"SGR {', '.join(rendition(numbers))}"
        if function in ("DECSET", "DECRST"):
            known = [f"{mode} ({_MODES[mode]})" if mode in _MODES else mode for mode in numbers.split(";")]
            return f"{function} {', '.join(known)}"
        return f"{function} {numbers}".rstrip()
    kind = _STRINGS.get(token[1:2])
    if kind:
        body = token[2:].rstrip("\x07\x18\x1a")
        return f"{kind} {body if len(body) < 200 else body[:200] + '…'!r}"
    return _ESCAPES.get(token[1:], f"ESC {token[1:]!r}")


def rendition(numbers: str) -> list[str]:
    """The attributes that an SGR sets, in words."""
    parts = numbers.split(";")
    said: list[str] = []
    while parts:
        part = parts.pop(0)
        if part in ("38", "48", "58") and parts:
            where = {"38": "fg", "48": "bg", "58": "underline"}[part]
            count = 1 if parts[0] == "5" else 3
            said.append(f"{where} {':'.join(parts[1 : 1 + count])}")
            del parts[: 1 + count]
        elif part in _RENDITION:
            said.append(_RENDITION[part])
        elif part.isdigit() and 30 <= int(part) <= 37:
            said.append(f"fg {_COLOURS[int(part) - 30]}")
        elif part.isdigit() and 40 <= int(part) <= 47:
            said.append(f"bg {_COLOURS[int(part) - 40]}")
        elif part.isdigit() and 90 <= int(part) <= 97:
            said.append(f"fg bright {_COLOURS[int(part) - 90]}")
        elif part.isdigit() and 100 <= int(part) <= 107:
            said.append(f"bg bright {_COLOURS[int(part) - 100]}")
        else:
            said.append(part)
    return said


def describe(record: Record, last: Frame | None = None) -> str:
    """What the terminal reports, with the rows that are news."""
    match record:
        case Inserted():
            return _block(f"inserted #{record.serial}", record.rows)
        case Scrolled():
            return _block("scrolled out", record.rows)
        case Wiped():
            what = [word for word, on in (("screen", record.screen), ("scrollback", record.scrollback)) if on]
            return f"wiped {' and '.join(what)}"
        case Osc():
            return f"OSC {record.number}: {record.payload[:200]}"
        case Frame():
            return _frame(record, last)
    return repr(record)


def _frame(frame: Frame, last: Frame | None) -> str:
    known = last.rows if last else ()
    news = [
        f"    {number:4} {_origin(frame.origins[number])}{row.text}"
        for number, row in enumerate(frame.rows)
        if number >= len(known) or (row is not known[number] and row != known[number])
        if row.text or number < len(known)
    ]
    column, line = frame.cursor
    cursor = f"cursor {line}:{column}" if frame.cursor_visible else "cursor hidden"
    where = ", alternate screen" if frame.alternate else ""
    title = f", title {frame.title!r}" if frame.title else ""
    return "\n".join([f"frame {frame.number} ({cursor}{where}{title}), {len(news)} rows are news", *news])


def _origin(serial: int) -> str:
    return f"#{serial:<4}" if serial else "     "


def _block(head: str, rows: tuple[Row, ...]) -> str:
    return "\n".join([f"{head}: {len(rows)} rows", *(f"         {row.text}" for row in rows)])
