"""What a program in the pty tells the script in its home, brought to the bridge."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codexbridge.runtime.child import Child
from codexbridge.runtime.driver import Driver
from codexbridge.runtime.home import Home
from codexbridge.runtime.launch import MARKER, Launch
from codexbridge.runtime.notices import FOLDER, Notices, lay_out
from codexbridge.runtime.processes import carrying


@pytest.fixture
def tell(tmp_path: Path) -> list[str]:
    command = lay_out(tmp_path)
    assert command is not None
    return command


def taken(notices: Notices, count: int, seconds: float = 10.0) -> list[str]:
    texts: list[str] = []
    limit = time.monotonic() + seconds
    while len(texts) < count:
        assert time.monotonic() < limit, len(texts)
        time.sleep(0.01)
        texts += notices.take()
    return texts


def test_a_notice_comes_whole_and_leaves_nothing_behind(tmp_path: Path, tell: list[str]) -> None:
    notices = Notices(tmp_path)
    # As long as an argument can be, and with everything that a shell might take for something else.
    texts = ["x" * 131_000, "-n \\n %s '\" $HOME `id` \\", "", "日本語\n🙂\ttab"]
    for text in texts:
        assert subprocess.run([*tell, "an argument of its own", text], check=False).returncode == 0
    assert notices.take() == texts
    assert notices.take() == []
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["bell", "tell"]
    notices.close()
    notices.close()


def test_many_at_once_are_not_mixed(tmp_path: Path, tell: list[str]) -> None:
    notices = Notices(tmp_path)
    texts = [f"{number} " + str(number % 10) * 90_000 for number in range(24)]
    running = [subprocess.Popen([*tell, text]) for text in texts]
    assert sorted(taken(notices, len(texts))) == sorted(texts)
    assert [process.wait(5) for process in running] == [0] * len(texts)
    notices.close()


def test_the_script_waits_for_nobody_and_says_nothing(tmp_path: Path, tell: list[str]) -> None:
    for missing in (None, "bell", "tell's folder"):
        if missing == "bell":
            (tmp_path / FOLDER / "bell").unlink()
        done = subprocess.run([*tell, "unheard"], capture_output=True, timeout=5, check=False)
        assert (done.stdout, done.stderr) == (b"", b"")
    assert not (tmp_path / FOLDER / "bell").exists()


def test_what_was_told_to_nobody_is_dropped(tmp_path: Path, tell: list[str]) -> None:
    early = Notices(tmp_path)
    subprocess.run([*tell, "of the run before"], check=True)
    early.close()
    subprocess.run([*tell, "heard by nobody"], check=True)
    notices = Notices(tmp_path)
    assert notices.take() == []
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == ["bell", "tell"]
    subprocess.run([*tell, "heard"], check=True)
    assert notices.take() == ["heard"]
    notices.close()


def test_only_the_scripts_own_files_are_read(tmp_path: Path, tell: list[str]) -> None:
    notices = Notices(tmp_path)
    folder = tmp_path / FOLDER
    (tmp_path / "secret").write_text("secret")
    (folder / "7").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "8")
    (folder / "9").write_bytes(b"x" * (1 << 21))
    (folder / "10").write_bytes(b"\xff")
    (folder / "11").mkdir()
    with (folder / "bell").open("wb", buffering=0) as bell:
        bell.write(b"../secret\n/etc/passwd\ntell\n\n7\n8\n9\n10\n11\n12\n" + b"y" * 5000 + b"\n")
    assert notices.take() == ["", "\ufffd"]
    assert (tmp_path / "secret").read_text() == "secret"
    assert (folder / "tell").exists()
    notices.close()


def test_where_there_can_be_no_bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "mkfifo", refuse)
    assert lay_out(tmp_path) is None
    with pytest.raises(OSError, match="bell"):
        Notices(tmp_path)


class Core:
    """Writes down what reaches it, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def receive(self, data: bytes, at: float) -> None:
        self.seen.append(("data", data.decode()))

    def notified(self, payload: str, at: float) -> None:
        self.seen.append(("notice", payload))
        if payload == "raise":
            raise RuntimeError("a mistake of ours")

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *_, **__: {"events": [], "data_to_send": b"", "deadline": None}.get(name)


class Silent:
    holding = False

    def flush(self) -> list[object]:
        return []


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        await asyncio.sleep(0.01)


async def test_from_a_program_to_the_core(tmp_path: Path, tell: list[str]) -> None:
    core = Core()
    driver = Driver(core, Silent(), write=lambda _: None, publish=lambda _: None, observe=lambda _: None)  # type: ignore[arg-type]
    said = json.dumps({"type": "agent-turn-complete", "last-assistant-message": "**done** é"})
    (tmp_path / "said").write_text(said)
    script = f'echo begun; {tell[0]} {tell[1]} raise; {tell[0]} {tell[1]} "$(cat said)"; sleep 60'
    plan = Launch(
        argv=("/bin/sh", "-c", script),
        environment={**os.environ, MARKER: "n1"},
        folder=tmp_path,
        marker="n1",
    )
    child = Child(plan, Home(tmp_path, False), driver.receive, driver.eof, driver.notified)
    await until(lambda: ("notice", said) in core.seen)
    assert ("notice", "raise") in core.seen
    assert driver.faults == 1
    await child.end()
    assert not carrying(f"{MARKER}=n1".encode())
    # A later one of the same home hears nothing of it.
    subprocess.run([*tell, "late"], check=True)
    again = Child(
        plan, Home(tmp_path, False), lambda _: None, lambda _: None, lambda text: core.seen.append(("", text))
    )
    await until(lambda: ("", said) in core.seen)
    assert ("", "late") not in core.seen
    await again.end()


async def test_a_home_without_a_bell(tmp_path: Path) -> None:
    heard: list[str] = []
    plan = Launch(argv=("/bin/sh", "-c", "echo up"), environment={}, folder=tmp_path, marker="n2")
    out: list[bytes] = []
    child = Child(plan, Home(tmp_path, False), out.append, lambda _: None, heard.append)
    await until(lambda: out)
    await child.end()
    assert heard == []
