"""Hands MCP servers their arguments and variables without a file: a socket of the private home for each.

A release starts :mod:`codexbridge.runtime.mcp_start` in the place of a server. Whoever connects to that server's
socket, if it is a process of this user, is told what to run, as JSON ``{"command", "args", "env"}``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from codexbridge.runtime.mcp_start import reachable

FOLDER = "servers"
"""Of the private home."""
LARGEST = 100_000
"""Bytes: what a socket takes at once, so that nobody has to be waited for."""


class Plan(msgspec.Struct, frozen=True):
    """What a server is."""

    command: str
    args: list[str] = []
    env: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Plan({self.command!r}, ...)"


def place(home: Path, number: int) -> Path:
    """Where the server with that number is told what it is."""
    return home / FOLDER / str(number)


class Door:
    """The bridge's end: ``listeners`` are for whoever waits; :meth:`answer` answers one caller and never waits."""

    def __init__(self, home: Path, plans: Mapping[int, Plan]) -> None:
        """Raises :class:`OSError`."""
        self.listeners: dict[socket.socket, bytes] = {}
        if plans:
            (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
        try:
            for number, plan in plans.items():
                self._listen(place(home, number), msgspec.json.encode(plan))
        except OSError:
            self.close()
            raise

    def _listen(self, path: Path, said: bytes) -> None:
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.listeners[listener] = said
        with reachable(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(8)

    def answer(self, listener: socket.socket) -> None:
        """Tell one caller what to run."""
        with contextlib.suppress(OSError):
            caller = listener.accept()[0]
            with caller:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LARGEST)
                caller.setblocking(False)
                if _user(caller) == os.getuid():
                    caller.sendall(self.listeners[listener])

    def close(self) -> None:
        """Answer no more; may be called again."""
        for listener in self.listeners:
            listener.close()
        self.listeners = {}


def _user(caller: socket.socket) -> int:
    """Whose process is at the other end; this user's where that cannot be asked: the folder keeps others out too."""
    option: Any = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return os.getuid()
    size = struct.calcsize("3i")
    return int(struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, option, size))[1])
