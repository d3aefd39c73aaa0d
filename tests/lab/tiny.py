"""A recording small enough to read: one turn with a command, drawn as an inline release draws."""

from __future__ import annotations

from codexbridge.lab.cast import Cast, Event, Header

RELEASE = "0.50.0"
COLUMNS, ROWS = 60, 20


def insertion(*lines: str) -> str:
    """Lines of history, put above the viewport in one synchronized update."""
    body = "".join(f"\r\n{line}\x1b[0m" for line in lines)
    return f"\x1b[?2026h\x1b[1;12r\x1b[12;1H{body}\x1b[r\x1b[14;1H\x1b[1m›\x1b[0m \x1b[2mask\x1b[0m\x1b[K\x1b[?2026l"


def recording(*extra: str) -> Cast:
    """One turn; ``extra`` lines are committed before its last message."""
    user = "\x1b[1m\x1b[2m› \x1b[0mhello there"
    ran = ["\x1b[32m\x1b[1m•\x1b[0m \x1b[1mRan\x1b[0m echo hi", "\x1b[2m  └ hi\x1b[0m"]
    events = [
        Event(0.1, "o", insertion("\x1b[2m╭───╮", "\x1b[2m│ OpenAI Codex (v0.50.0) │", "\x1b[2m╰───╯", "")),
        Event(1.0, "m", "turn 1"),
        Event(1.1, "o", insertion(user, "")),
        Event(1.5, "o", insertion(*ran, "")),
        *(Event(1.6, "o", insertion(line, "")) for line in extra),
        Event(2.0, "o", insertion("\x1b[2m• \x1b[0mDone.", "")),
        Event(2.1, "o", "\x1b]9;Done.\x07"),
        Event(4.0, "m", "turn 1 done"),
    ]
    return Cast(Header(COLUMNS, ROWS, {"title": "tiny"}), events)
