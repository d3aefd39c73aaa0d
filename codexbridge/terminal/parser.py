"""Bytes to tokens: runs of text, single controls, whole escape sequences.

A token is a plain string, so that the screen can look up by dictionary what a whole sequence means. What is not
complete yet waits for the next bytes; however the bytes are cut, the tokens of a session are the same but for
where a run of text, or of renditions, is divided.

Everything is bounded. A sequence of more than :data:`LONGEST_SEQUENCE` characters is dropped and counted, as is a
string (OSC, DCS, APC, PM, SOS) of more than :data:`LONGEST_STRING`; an unfinished one never takes more memory than
its bound.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable

LONGEST_SEQUENCE = 1024
LONGEST_STRING = 1 << 20

_STRING = r"[\]PX^_][^\x07\x18\x1a\x1b]*"
_INSIDE = r"\x00-\x17\x19\x1c-\x3f\x7f"  # what may stand inside a control sequence, controls included
# A string ends at BEL or at the ESC of its terminator (which is then a token without effect), as in the state tables
# of DEC terminals; CAN and SUB cancel it. The end of the text counts as an ESC: nothing else is ever cut off there.
_token = (
    r"[^\x00-\x1f\x7f-\x9f]+"
    r"|(?:\x1b\[[0-9;:]{0,64}m){2,8}"  # renditions in a row, which are the half of all sequences
    r"|\x1b(?:"
    r"\[[0-?]*[ -/]*[@-~]"  # a well-formed control sequence
    rf"|{_STRING}(?:[\x07\x18\x1a]|(?=\x1b)|\Z)"
    rf"|\[[{_INSIDE}]*(?:[@-~\x18\x1a])?"  # with controls inside, malformed, or cut short
    r"|[ -/]+[0-~]|[0-OQ-WYZ\\`-~]"  # an escape sequence
    r"|[ -/]*"  # cut short
    r")"
    r"|[\x00-\x1f]"  # DEL and the C1 controls match nothing: they are not part of what we emulate
)
_tokens = re.compile(_token).findall
_kept_tokens = re.compile(rf"\r\n|{_token}").findall
_complete = re.compile(rf"\x1b(?:\[[{_INSIDE}]*[^{_INSIDE}]|{_STRING}[\x07\x18\x1a]|[ -/]+[^ -/]|[^ -/\]PX^_\[])").match
_string_end = re.compile(r"[\x07\x18\x1a\x1b]").search
_control_sequence_end = re.compile(rf"[^{_INSIDE}]").search
_escape_sequence_end = re.compile(r"[^ -/]").search


class Parser:
    """Incremental. ``dropped`` counts what was swallowed for its size."""

    def __init__(self, *, newlines: bool = False) -> None:
        """``newlines``: CR LF is one token."""
        self._find = _kept_tokens if newlines else _tokens
        self._newlines = newlines
        self.dropped: Counter[str] = Counter()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoding = False
        self._pending = ""
        """The unfinished sequence at the end of the last bytes, unless it is a string."""
        self._string: list[str] | None = None
        self._string_size = 0
        self._skip_to: Callable[[str], re.Match[str] | None] | None = None
        """Inside an oversized sequence: what finds its end."""

    def feed(self, data: bytes) -> list[str]:
        """The tokens that ``data`` completes."""
        if self._decoding or not data.isascii():
            text = self._decoder.decode(data)
            self._decoding = bool(self._decoder.getstate()[0])
        else:
            text = data.decode("ascii")
        head: list[str] = []
        if self._string is not None:
            text = self._resume_string(text, head)
        elif self._skip_to:
            text = self._skip(text)
        if self._pending:
            text = self._pending + text
            self._pending = ""
        last = text.rfind("\x1b")
        if last >= 0 and not _complete(text, last):
            rest = text[last:]
            text = text[:last]
            if len(rest) > 1 and rest[1] in "]PX^_":
                self._string, self._string_size = [rest], len(rest)
                self._limit_string()
            elif len(rest) > LONGEST_SEQUENCE:
                self.dropped["sequence"] += 1
                self._skip_to = _control_sequence_end if rest[1] == "[" else _escape_sequence_end
            else:
                self._pending = rest
        elif self._newlines and text.endswith("\r"):
            text, self._pending = text[:-1], "\r"
        tokens = self._find(text)
        return head + tokens if head else tokens

    def _resume_string(self, text: str, head: list[str]) -> str:
        assert self._string is not None
        end = _string_end(text)
        # An ESC is not consumed: it begins the next sequence (of which the string terminator is one).
        stop = len(text) if end is None else end.start() if end[0] == "\x1b" else end.end()
        if self._string_size <= LONGEST_STRING:
            self._string.append(text[:stop])
        self._string_size += stop
        self._limit_string()
        if end is not None:
            if self._string:
                head.append("".join(self._string))
            self._string = None
        return text[stop:]

    def _limit_string(self) -> None:
        if self._string and self._string_size > LONGEST_STRING:
            self.dropped["string"] += 1
            self._string.clear()

    def _skip(self, text: str) -> str:
        assert self._skip_to is not None
        end = self._skip_to(text)
        if end is None:
            return ""
        final = "@" if self._skip_to is _control_sequence_end else "0"
        self._skip_to = None
        return text[end.end() :] if final <= end[0] <= "~" or end[0] in "\x18\x1a" else text[end.start() :]
