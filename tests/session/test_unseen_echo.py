"""An answer to a message whose echo was drawn where nobody saw it."""

from __future__ import annotations

from codexbridge.session.api import AnyEvent, Delivery, ItemCompleted, ItemStarted, SendMessage, TurnStarted
from codexbridge.session.core import Session

COLUMNS, ROWS = 60, 20
BULLET = "\x1b[2m• \x1b[0m"
EMPTY = "\x1b[1m›\x1b[0m \x1b[2mask\x1b[0m"
BUSY = "\x1b[2m• \x1b[0mWorking (0s \x1b[2m• esc to interrupt)\x1b[0m"


def picture(*lines: str, composer: str = EMPTY, status: str = "") -> bytes:
    """An update: ``lines`` are inserted into the history, the live rows are drawn."""
    body = "".join(f"\r\n{line}\x1b[0m" for line in lines)
    insertion = f"\x1b[1;10r\x1b[10;1H{body}\x1b[r" if lines else ""
    return f"\x1b[?2026h{insertion}\x1b[12;1H{status}\x1b[K\x1b[14;1H{composer}\x1b[K\x1b[?2026l".encode()


class Stage:
    """A session, its time, and what it said."""

    def __init__(self) -> None:
        self.core = Session("0.47.0", columns=COLUMNS, rows=ROWS)
        self.at = 0.0
        self.said: list[AnyEvent] = []
        self.show(picture("\x1b[2m╭───╮", "\x1b[2m│ OpenAI Codex (v0.47.0) │", "\x1b[2m╰───╯", ""))
        self.wait(1.0)
        self.core.command(SendMessage(id="m1", text="hello"), self.at)
        self.wait(0.1)
        assert b"hello" in self.core.data_to_send()
        self.show(picture(composer="\x1b[1m›\x1b[0m hello"))
        self.wait(0.5)
        assert b"\r" in self.core.data_to_send()

    def show(self, data: bytes) -> None:
        self.core.receive(data, self.at)
        self.said += self.core.events()

    def wait(self, seconds: float) -> None:
        end = self.at + seconds
        while (due := self.core.deadline()) is not None and due <= end:
            self.at = max(self.at, due)
            self.core.tick(self.at)
        self.at = end
        self.said += self.core.events()

    def order(self) -> list[str]:
        """``turn``, ``delivered`` and the kinds of items, in order."""
        names = []
        for event in self.said:
            if isinstance(event, TurnStarted):
                names.append(f"turn {event.turn}")
            elif isinstance(event, Delivery) and event.state == "delivered":
                names.append("delivered")
            elif isinstance(event, ItemStarted | ItemCompleted):
                names.append(f"{type(event.item).__name__} {event.turn}")
        return list(dict.fromkeys(names))


def test_the_turn_begins_before_what_answers_its_message() -> None:
    stage = Stage()
    stage.show(picture(f"{BULLET}An answer.", "", status=BUSY))
    stage.wait(0.5)
    assert stage.order() == [], "the echo may still come"
    stage.wait(6.0)
    assert stage.order() == ["turn 1", "delivered", "AgentMessage 1"]


def test_what_comes_before_the_echo_belongs_to_the_turn_before() -> None:
    stage = Stage()
    stage.show(picture(f"{BULLET}A late line.", ""))
    stage.wait(0.5)
    stage.show(picture("\x1b[1m\x1b[2m› \x1b[0mhello", "", status=BUSY))
    stage.wait(0.5)
    assert stage.order() == ["AgentMessage 0", "turn 1", "delivered", "UserMessage 1"]
