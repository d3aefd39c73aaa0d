"""A program in a pty: bytes both ways, its exit, and the end of everything it started."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codexbridge.runtime import warden
from codexbridge.runtime.child import Child
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.launch import MARKER, Launch
from codexbridge.runtime.processes import carrying


class Watched:
    """A child and what it said."""

    def __init__(self, script: str, tmp_path: Path, marker: str) -> None:
        self.out = b""
        self.exits: list[int | None] = []
        environment = {**os.environ, MARKER: marker}
        plan = Launch(argv=("/bin/sh", "-c", script), environment=environment, folder=tmp_path, marker=marker)
        self.marker = f"{MARKER}={marker}".encode()
        self.child = Child(plan, None, self._data, self.exits.append)

    def _data(self, data: bytes) -> None:
        self.out += data

    async def until(self, condition: Callable[[], object], seconds: float = 5.0) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, self.out
            await asyncio.sleep(0.01)


async def test_size_echo_and_bytes_both_ways(tmp_path: Path) -> None:
    watched = Watched("stty size; stty raw; echo ready; head -c 3 | od -c", tmp_path, "t1")
    await watched.until(lambda: b"ready" in watched.out)
    assert b"24 80" in watched.out
    watched.child.write(b"a\rb")
    await watched.until(lambda: b"\\r" in watched.out)
    assert b"a\rb" not in watched.out
    await watched.until(lambda: watched.exits)
    assert watched.exits == [0]
    await watched.child.end()


async def test_exit_status_and_signal(tmp_path: Path) -> None:
    watched = Watched("echo last words; exit 7", tmp_path, "t2")
    await watched.until(lambda: watched.exits)
    assert (watched.exits, b"last words" in watched.out) == ([7], True)
    await watched.child.end()
    watched = Watched("kill -9 $$", tmp_path, "t3")
    await watched.until(lambda: watched.exits)
    assert watched.exits == [-9]
    await watched.child.end()


async def test_an_exit_is_seen_although_something_keeps_the_terminal(tmp_path: Path) -> None:
    watched = Watched("sleep 60 & exit 3", tmp_path, "t4")
    await watched.until(lambda: watched.exits, 2)
    assert watched.exits == [3]
    await watched.child.end()
    assert not carrying(watched.marker)


async def test_a_program_that_does_not_read_is_no_reason_to_block(tmp_path: Path) -> None:
    watched = Watched("stty raw; echo ready; sleep 0.3; wc -c", tmp_path, "t5")
    await watched.until(lambda: b"ready" in watched.out)
    watched.child.write(b"x" * 300_000)
    assert watched.child.unsent > 0
    await watched.until(lambda: not watched.child.unsent)
    await watched.child.end()


async def test_everything_ends_with_it(tmp_path: Path) -> None:
    # A daemon in a session of its own, one that ignores SIGTERM, a stopped one.
    script = (
        "setsid sleep 60 & (setsid sh -c 'trap \"\" TERM HUP; sleep 60; sleep 60' &) ;"
        " sleep 60 & kill -STOP $!; echo ready; trap '' TERM; sleep 60; sleep 60"
    )
    watched = Watched(script, tmp_path, "t6")
    await watched.until(lambda: b"ready" in watched.out)
    await watched.until(lambda: len(carrying(watched.marker)) >= 4)
    await watched.child.end(patience=0.3)
    assert not carrying(watched.marker)
    assert watched.exits == []
    assert watched.child.status is not None
    await watched.child.end()


async def test_a_program_that_is_none(tmp_path: Path) -> None:
    plan = Launch(argv=("/nowhere/codex",), environment={}, folder=tmp_path, marker="t7")
    with pytest.raises(StartError, match="cannot start /nowhere/codex"):
        Child(plan, None, lambda _: None, lambda _: None)


def test_the_warden_ends_what_carries_the_marker_and_removes_the_home(tmp_path: Path) -> None:
    marker = f"{MARKER}=t8"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".codexbridge").touch()
    guarded = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; sleep 60; sleep 60"],
        env={**os.environ, MARKER: "t8"},
        start_new_session=True,
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", warden.__file__, marker, str(home)], stdin=subprocess.PIPE, env={}
    )
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0
    assert guarded.wait(5) == -signal.SIGKILL
    assert not carrying(marker.encode())
    assert not home.exists()


def test_the_warden_leaves_alone_what_was_cleaned_up(tmp_path: Path) -> None:
    guarded = subprocess.Popen(["sleep", "60"], env={**os.environ, MARKER: "t9"})
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", warden.__file__, f"{MARKER}=t9"],
            input=b"done\n",
            env={},
            timeout=10,
            check=False,
        )
        assert done.returncode == 0
        assert guarded.poll() is None
    finally:
        guarded.kill()
        guarded.wait()
