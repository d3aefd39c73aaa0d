"""asciicast v2: terminal sessions as JSON lines, playable by asciinema and by replay.

The first line is a header object, every further one an event ``[time, code, data]``: ``o`` output, ``i`` input,
``r`` resize (``"400x150"``), ``m`` marker. Other codes are kept and given back, and players pass over them
(https://docs.asciinema.org/); one is ours: ``n``, what Codex told its ``notify`` program.

The format holds text, a terminal holds bytes. A character that is split between two reads is held back until it is
whole. Bytes that are no UTF-8 at all are written as lone surrogates (``"\\udcff"`` for 0xFF), which JSON can carry
and :meth:`Event.bytes` turns back: what was recorded is what is replayed, byte for byte.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from codexbridge.lab.errors import LabError


class Event(NamedTuple):
    """One line of a recording. ``time`` is seconds from the start."""

    time: float
    code: str
    data: str

    def bytes(self) -> bytes:
        """What was read or written, exactly."""
        return self.data.encode("utf-8", "surrogateescape")


class Header(NamedTuple):
    """The first line. ``rest`` holds every other key (``timestamp``, ``title``, ``env``, our own ``x-...``)."""

    columns: int
    rows: int
    rest: dict[str, Any] = {}  # noqa: RUF012 - a default that nobody changes


class Cast(NamedTuple):
    """A recording. ``complete`` is False when its last line was cut off."""

    header: Header
    events: list[Event]
    complete: bool = True

    def output(self) -> Iterator[tuple[float, bytes]]:
        """The bytes that the terminal was given, with their times."""
        return ((event.time, event.bytes()) for event in self.events if event.code == "o")


class Writer:
    """Writes a recording as it happens, flushed after every event. A context manager."""

    def __init__(self, path: Path, header: Header) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._decoders = {code: getincrementaldecoder("utf-8")("surrogateescape") for code in "oi"}
        self._line({"version": 2, "width": header.columns, "height": header.rows, **header.rest})

    def output(self, time: float, data: bytes) -> None:
        """Record what the program wrote."""
        self._bytes(time, "o", data)

    def input(self, time: float, data: bytes) -> None:
        """Record what was typed."""
        self._bytes(time, "i", data)

    def resize(self, time: float, columns: int, rows: int) -> None:
        """Record a new size."""
        self._event(time, "r", f"{columns}x{rows}")

    def marker(self, time: float, label: str) -> None:
        """Record a marker."""
        self._event(time, "m", label)

    def notice(self, time: float, payload: str) -> None:
        """Record what Codex told its ``notify`` program."""
        self._event(time, "n", payload)

    def event(self, event: Event) -> None:
        """Write an event of another recording as it stands."""
        self._event(event.time, event.code, event.data)

    def close(self, time: float | None = None) -> None:
        """End the recording; a character that never became whole is written as it is."""
        for code, decoder in self._decoders.items():
            rest = decoder.decode(b"", final=True)
            if rest:
                self._event(self._last if time is None else time, code, rest)
        self._file.close()

    _last = 0.0

    def _bytes(self, time: float, code: str, data: bytes) -> None:
        text = self._decoders[code].decode(data)
        if text:
            self._event(time, code, text)

    def _event(self, time: float, code: str, data: str) -> None:
        # Readers expect times that do not fall.
        self._last = max(self._last, time)
        self._line([round(self._last, 6), code, data])

    def _line(self, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False)
        # A lone surrogate has no UTF-8; as an escape every JSON reader takes it.
        self._file.write("".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text) + "\n")
        self._file.flush()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(path: Path) -> Cast:
    """Read a recording, also one that was interrupted while being written.

    Raises:
        LabError: it is missing, not asciicast, or broken before its last line; the message names the line.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"cannot read the recording {path}: {error}") from None
    return parse(lines, str(path))


def parse(lines: Iterable[str], name: str = "recording") -> Cast:
    """Read the lines of a recording. Times of asciicast v3 are relative and are made absolute."""
    given = list(lines)
    try:
        head = json.loads(given[0])
        version = head.pop("version")
        if version == 3:
            terminal = head.pop("term")
            header = Header(terminal["cols"], terminal["rows"], head)
        else:
            header = Header(head.pop("width"), head.pop("height"), head)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise LabError(f"{name} is not an asciicast v2 or v3 recording: line 1 is no header") from None
    if version not in (2, 3):
        raise LabError(f"{name} is asciicast v{version}; v2 and v3 can be read")
    last = max((number for number, line in enumerate(given) if line.strip()), default=0)
    events: list[Event] = []
    clock = 0.0
    for number, line in enumerate(given[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            time, code, data = json.loads(line)
            time = float(time)
        except (ValueError, TypeError):
            if number - 1 == last:
                return Cast(header, events, complete=False)
            raise LabError(f"{name} is broken at line {number}") from None
        clock = clock + time if version == 3 else time
        events.append(Event(clock, str(code), str(data)))
    return Cast(header, events)
