"""Recording by hand, with a pty for a person's terminal and a shell for Codex."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
import time
from pathlib import Path

import pytest

from codexbridge.lab import cast, keep
from codexbridge.lab.errors import LabError
from codexbridge.lab.hand import Hand

from . import tiny


def size(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read_until(terminal: int, text: bytes, seconds: float = 10.0) -> bytes:
    seen = b""
    end = time.monotonic() + seconds
    while text not in seen and time.monotonic() < end:
        seen += os.read(terminal, 4096)
    return seen


@pytest.mark.parametrize("typed", [False, True])
def test_keys_and_screen_are_passed_through(tmp_path: Path, typed: bool) -> None:
    person, terminal = pty.openpty()
    size(terminal, 90, 20)
    hand = Hand(tmp_path / "raw.cast", "0.47.0", terminal=(terminal, terminal), record_input=typed)
    script = "printf 'ready\\n'; read -r word; printf 'got %s\\n' \"$word\"; exit 3"
    seen: list[bytes] = []

    def type_it() -> None:
        seen.append(read_until(person, b"ready"))
        os.write(person, b"secret\r")
        seen.append(read_until(person, b"got secret"))

    typist = threading.Thread(target=type_it)
    typist.start()
    status = hand.run(["/bin/sh", "-c", script], {"PATH": os.environ["PATH"], "TERM": "xterm"})
    typist.join(10)
    os.close(person)
    os.close(terminal)
    recording = cast.read(tmp_path / "raw.cast")
    assert status == 3
    assert b"got secret" in b"".join(seen)
    assert (recording.header.columns, recording.header.rows) == (90, 20)
    assert "got secret" in "".join(event.data for event in recording.events if event.code == "o")
    assert any(event.code == "i" for event in recording.events) == typed
    assert recording.events[-1].data == "died"
    assert (tmp_path / "raw.cast").stat().st_mode & 0o777 == 0o600


def test_the_turn_that_codex_is_left_in_has_its_end(tmp_path: Path) -> None:
    person, terminal = pty.openpty()
    size(terminal, 60, 20)
    raw = tmp_path / "raw.cast"
    keep.write(tiny.recording(), raw)
    # Up to the middle of its turn, as if the person left then.
    drawn = b"".join(data for _, data in cast.read(raw).output())
    shown = tmp_path / "shown"
    shown.write_bytes(drawn[: drawn.index(b"Done")])
    hand = Hand(tmp_path / "hand.cast", tiny.RELEASE, terminal=(terminal, terminal))
    hand.run(["/bin/cat", str(shown)], {"PATH": os.environ["PATH"], "TERM": "xterm"})
    os.close(person)
    os.close(terminal)
    marks = [event.data for event in cast.read(tmp_path / "hand.cast").events if event.code == "m"]
    assert marks == ["turn 1", "turn 1 done", "exit"]


def test_without_a_terminal_there_is_a_remedy(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as file, pytest.raises(LabError, match="--scenario"):
        Hand(tmp_path / "raw.cast", "0.47.0", terminal=(file.fileno(), file.fileno()))
