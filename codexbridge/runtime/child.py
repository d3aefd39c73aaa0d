"""Codex in a pseudo-terminal, on an event loop.

Reading and writing never block: a Codex that does not read must not keep us from reading what it writes. However
the bridge ends, its family of processes ends: by :meth:`Child.end`, or by the warden when there is no time for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect

from codexbridge.runtime import processes, warden
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.handover import Door
from codexbridge.runtime.home import Home
from codexbridge.runtime.launch import MARKER, Launch
from codexbridge.runtime.notices import Notices

_CHUNK = 65536


class Child:
    """A running Codex.

    ``on_data`` is called with what it wrote, ``on_exit`` once with its exit status (negative: by that signal), and
    ``on_notice`` with what it tells the script in ``home``.
    """

    def __init__(
        self,
        launch: Launch,
        home: Home | None,
        on_data: Callable[[bytes], None],
        on_exit: Callable[[int | None], None],
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        """Start it. Raises :class:`StartError`."""
        self._on_data = on_data
        self._on_exit = on_exit
        self._on_notice = on_notice
        self._loop = asyncio.get_running_loop()
        self._marker = f"{MARKER}={launch.marker}".encode()
        self._unsent = bytearray()
        self._exited = False
        self._collected = False
        self._ended = False
        self._leaving = False
        self._pidfd: int | None = None
        self.status: int | None = None
        processes.adopt_orphans()
        self._warden = _start_warden(self._marker, home)
        self._notices: Notices | None = None
        self._door: Door | None = None
        if home is not None and on_notice is not None:
            # A home without a bell is that of a release that is not asked to ring.
            with contextlib.suppress(OSError):
                self._notices = Notices(home.path)
        try:
            self._door = Door(home.path, home.plans) if home is not None else None
        except OSError as error:
            self._close()
            what = error.strerror or str(error)
            raise StartError(f"MCP servers cannot be handed their variables in {home and home.path}: {what}") from error
        parent = os.getpid()
        try:
            self._spawn: Any = pexpect.spawn(
                launch.argv[0],
                list(launch.argv[1:]),
                cwd=str(launch.folder),
                env=launch.environment,
                dimensions=(launch.rows, launch.columns),
                echo=False,
                maxread=_CHUNK,
                preexec_fn=lambda: processes.die_with_parent(parent),
            )
        except (pexpect.ExceptionPexpect, OSError) as error:
            self._close()
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise StartError(f"cannot start {launch.argv[0]}: {reason}") from error
        self.pid: int = self._spawn.pid or 0
        self._fd: int = self._spawn.child_fd
        os.set_blocking(self._fd, False)
        self._loop.add_reader(self._fd, self._readable)
        # The terminal says when its last user is gone, this says when Codex is: a command that Codex left behind
        # may keep the terminal open.
        with contextlib.suppress(AttributeError, OSError):
            self._pidfd = os.pidfd_open(self.pid)
            self._loop.add_reader(self._pidfd, self._gone)
        if self._notices is not None:
            self._loop.add_reader(self._notices.fileno(), self._noticed)
            self._loop.call_soon(self._noticed)
        if self._door is not None:
            for listener in self._door.listeners:
                self._loop.add_reader(listener.fileno(), self._door.answer, listener)

    @property
    def unsent(self) -> int:
        """Bytes that Codex has not taken yet."""
        return len(self._unsent)

    @property
    def own_processes(self) -> set[int]:
        """The processes that are waited for here."""
        return {self.pid, self._warden.pid} if self._warden is not None else {self.pid}

    def write(self, data: bytes) -> None:
        """Give ``data`` to Codex, at once or as soon as it takes it."""
        if not data or self._exited:
            return
        self._unsent += data
        self._writable()

    def resize(self, columns: int, rows: int) -> None:
        """Tell Codex the size of its terminal."""
        if not self._exited:
            self._spawn.setwinsize(rows, columns)

    async def end(self, patience: float = 2.0) -> None:
        """End Codex and everything it started. Afterwards no process of it is left; may be called again."""
        if self._ended:
            return
        self._ended = True
        self._exited = True
        self._stop_watching()
        # Finding processes and waiting for them blocks: not on the loop.
        await asyncio.to_thread(processes.end, self._root(), self._marker, patience)
        # Its first thread may be gone before its last: only then is there a status.
        for _ in range(50):
            if self._collect():
                break
            await asyncio.sleep(0.02)
        self._dismiss_warden()

    def end_now(self) -> None:
        """The same without an event loop, for the last resort."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(RuntimeError):
                self._stop_watching()
            processes.end(self._root(), self._marker, 0.5)
            self._collect()
            self._dismiss_warden()

    def _readable(self) -> None:
        # One chunk per turn of the loop: a flood must not starve the readers of the stream.
        try:
            data = self._spawn.read_nonblocking(_CHUNK, 0)
        except pexpect.TIMEOUT:
            return
        except (pexpect.EOF, OSError):
            self._hung_up()
            return
        if data:
            self._on_data(data)

    def _noticed(self) -> None:
        """Codex told something."""
        if self._notices is None or self._on_notice is None:
            return
        for text in self._notices.take():
            self._on_notice(text)

    def _writable(self) -> None:
        try:
            while self._unsent:
                sent = os.write(self._fd, self._unsent[:4096])
                del self._unsent[:sent]
        except BlockingIOError:
            self._loop.add_writer(self._fd, self._writable)
            return
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EBADF):
                raise
            self._unsent.clear()
        self._loop.remove_writer(self._fd)

    def _gone(self) -> None:
        """Codex has ended; what it wrote last may still have to be read."""
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
        self._loop.call_later(0.2, self._hung_up)

    def _hung_up(self) -> None:
        """The terminal was closed at the other end: Codex is gone, or about to be."""
        self._stop_watching()
        if not self._leaving:
            self._leaving = True
            self._leave(self._loop.time() + 2.0)

    def _leave(self, limit: float) -> None:
        if not self._collect() and self._loop.time() < limit:
            self._loop.call_later(0.02, self._leave, limit)
            return
        self._exited = True
        if not self._ended:
            self._on_exit(self.status)

    def _collect(self) -> bool:
        """Take the exit status, if there is one."""
        if self._collected:
            return True
        try:
            alive = self._spawn.isalive()
        except pexpect.ExceptionPexpect:
            alive = False
        if alive:
            return False
        self._collected = True
        if self._spawn.signalstatus is not None:
            self.status = -self._spawn.signalstatus
        else:
            self.status = self._spawn.exitstatus
        return True

    def _root(self) -> int | None:
        """Codex's own process, unless its number may be another's by now."""
        return None if self._collected else self.pid

    def _stop_watching(self) -> None:
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        if self._notices is not None:
            self._loop.remove_reader(self._notices.fileno())
            self._notices.close()
            self._notices = None
        if self._door is not None:
            for listener in self._door.listeners:
                self._loop.remove_reader(listener.fileno())
            self._door.close()
            self._door = None

    def _close(self) -> None:
        """What was made for a Codex that did not start."""
        self._dismiss_warden()
        if self._notices is not None:
            self._notices.close()
        if self._door is not None:
            self._door.close()

    def _dismiss_warden(self) -> None:
        if self._warden is None or self._warden.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._warden.stdin.write(b"done\n")
            self._warden.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._warden.wait(2)
        self._warden = None


def _start_warden(marker: bytes, home: Home | None) -> subprocess.Popen[bytes] | None:
    arguments = [marker.decode(), *([str(home.path)] if home is not None and home.temporary else [])]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(warden.__file__)), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            # A signal to the bridge's group is not meant for it.
            start_new_session=True,
            cwd="/",
        )
    except OSError:
        # The other nets hold; this one is for a bridge that is killed outright.
        return None
