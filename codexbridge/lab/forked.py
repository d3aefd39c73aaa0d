"""A child in a pty, for those of the lab who drive one without an event loop: start it, read it, end it."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

CHUNK = 65536
_NOT_FOUND = 127


def spawn(
    argv: Sequence[str], environment: Mapping[str, str], size: tuple[int, int], folder: Path | None = None
) -> tuple[int, int]:
    """Start a program in ``folder``, with a terminal of ``size`` columns and rows; its process id and the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            if folder is not None:
                os.chdir(folder)
            os.execvpe(argv[0], list(argv), dict(environment))
        finally:
            os._exit(_NOT_FOUND)
    resize(terminal, *size)
    return pid, terminal


def read(terminal: int) -> bytes:
    """What there is to read; nothing when the child has gone."""
    try:
        return os.read(terminal, CHUNK)
    except OSError as error:
        # What a pty says when its child has gone.
        if error.errno == errno.EIO:
            return b""
        raise


def resize(terminal: int, columns: int, rows: int) -> None:
    """Give the terminal another size."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def size_of(terminal: int) -> tuple[int, int]:
    """Columns and rows; 80 and 24 where it does not say."""
    rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(terminal, termios.TIOCGWINSZ, b"\0" * 8))
    return columns or 80, rows or 24


def end(pid: int, drain: Callable[[], object]) -> None:
    """End a child and all that it started in its session, ever less kindly; ``drain`` reads what they still write."""
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        for _ in range(20):
            drain()
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
