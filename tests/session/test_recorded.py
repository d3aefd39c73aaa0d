"""Recorded sessions, driven again: the core writes the same keys at the same places and says the same receipts.

The recordings hold what a real Codex drew (``o``), what the core wrote (``i``), and the commands as markers (``m``);
they are made with :class:`codexbridge.lab.bench.Bench`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from codexbridge.session.api import AnyCommand, AnyEvent, Delivery, DialogClosed, DialogOpened, SendMessage
from codexbridge.session.core import Session
from codexbridge.session.dialogs import Desk

_DELIVERY = re.compile(rb"\x1b\[200~.*?\x1b\[201~|\r|\x7f|\x1b\[27u|(?<!\w)[yn](?!\w)", re.DOTALL)
"""Pastes, and the keys of deliveries and answers; not replies to the terminal's questions nor second readings."""

CASTS = sorted(Path(__file__).parent.joinpath("casts").glob("*.cast"))


def drive(path: Path) -> tuple[bytes, bytes, list[AnyEvent], list[AnyCommand]]:
    """What the core writes now, what it wrote then, what it says, and what it was told."""
    header, *records = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    session = Session(path.stem, columns=header["width"], rows=header["height"], desk=Desk(policy="accept"))
    wrote, recorded = b"", b""
    said: list[AnyEvent] = session.events()
    told: list[AnyCommand] = []

    def ticks(until: float) -> None:
        nonlocal wrote
        for _ in range(1000):
            deadline = session.deadline()
            if deadline is None or deadline > until:
                return
            session.tick(deadline)
            wrote += session.data_to_send()
            said.extend(session.events())

    for at, kind, data in records:
        ticks(at - 0.0005)
        if kind == "o":
            session.receive(data.encode("utf-8", "surrogateescape"), at)
        elif kind == "m":
            told.append(msgspec.json.decode(data, type=AnyCommand))
            session.command(told[-1], at)
        elif kind == "i":
            recorded += data.encode("utf-8", "surrogateescape")
        wrote += session.data_to_send()
        said.extend(session.events())
    during = wrote
    # What comes to rest after the end was written for nobody.
    ticks(records[-1][0] + 1)
    return during, recorded, said, told


@pytest.mark.parametrize("path", CASTS, ids=lambda path: path.stem)
def test_the_same_keys(path: Path) -> None:
    wrote, recorded, _, _ = drive(path)
    assert _DELIVERY.findall(wrote) == _DELIVERY.findall(recorded)


@pytest.mark.parametrize("path", CASTS, ids=lambda path: path.stem)
def test_every_message_gets_its_receipt(path: Path) -> None:
    _, _, said, told = drive(path)
    ends = {
        event.message_id: event.state for event in said if isinstance(event, Delivery) and event.state != "accepted"
    }
    texts = {command.id: command.text for command in told if isinstance(command, SendMessage)}
    assert ends == {name: "delivered" if text.strip() else "rejected" for name, text in texts.items()}


@pytest.mark.parametrize("path", CASTS, ids=lambda path: path.stem)
def test_every_key_comes_after_what_it_answers(path: Path) -> None:
    _, _, said, told = drive(path)
    if any(isinstance(command, SendMessage) and command.text.startswith("please") for command in told):
        assert [type(event) for event in said if isinstance(event, DialogOpened | DialogClosed)] == [
            DialogOpened,
            DialogClosed,
        ]


def test_there_is_one_of_each_way_to_take_text() -> None:
    assert len(CASTS) >= 4
