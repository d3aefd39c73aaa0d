"""A disk that fills while Codex works: nothing hangs, what was served is explained, and no process and no file stays."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codexbridge.lab import scenario
from tests.runtime.sidecar_stand_in import StandIn, image
from tests.runtime.stage import Reader, playing, staged

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk"),
]

UPLOAD = "0f8fad5b-d9cb-469f-a165-70867728950e"


@contextmanager
def small_disk(folder: Path, megabytes: int = 24) -> Iterator[Path]:
    """A disk of its own below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={megabytes}m"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte of the disk of ``folder``."""
    path = folder / "full"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return path


def explained(reader: Reader) -> None:
    """Every call that was served has its result, and the stream says how the session ended."""
    calls = [call["tool_use_id"] for call in reader.of("agent.tool_call")]
    assert sorted(calls) == sorted(result["tool_use_id"] for result in reader.of("agent.tool_result"))
    assert reader.events[-1]["type"] in ("session.completed", "session.failed")


VERSIONS = [
    "0.47.0",
    "0.169.0",
    *[pytest.param(v, marks=pytest.mark.slow) for v in ("0.1.2504172351", "0.20.0", "0.98.0")],
]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_disk_of_codexs_home_fills(version: str, tmp_path: Path) -> None:
    """Its history, its rollout and its databases have no room any more; it works on, or ends and that is said."""
    story = scenario.load("two-turns")
    with small_disk(tmp_path / "state") as disk:
        variables = {"XDG_STATE_HOME": str(disk)}
        with playing(story, tmp_path / "work") as model, staged(version, tmp_path, url=model.url, **variables) as stage:
            stage.started()
            reader = stage.read()
            stage.send(story.turn[0].user)
            reader.wait(reader.turns(1))
            full = fill(disk)
            stage.send(story.turn[1].user)
            reader.wait(lambda r: r.turns(2)(r) or r.of("bridge.exited") or r.of("session.failed"), 90)
            survived = stage.process.poll() is None and not reader.of("bridge.exited")
            if survived:
                stage.post("/shutdown")
            assert stage.wait(30) == (0 if survived else 1)
        assert reader.ended.wait(5)
        explained(reader)
        if survived:
            # What the model said after the disk was full came through too.
            assert len(reader.of("agent.text")) >= 2
        assert [path.name for path in (disk / "codexbridge").iterdir()] == []
        full.unlink()


def test_the_disk_of_the_workspace_fills(tmp_path: Path) -> None:
    """An upload finds no room: the message says so, goes out all the same, and no half file is left."""
    story = scenario.parse(
        f"""
title = "A full workspace"
about = "An upload that cannot be kept, and a file that cannot be written."
[[turn]]
user = "What does (upload {UPLOAD}: error) show?"
[[turn.response]]
items = [{{ command = "head -c 5000000 /dev/zero > big" }}]
[[turn.response]]
items = [{{ message = "There is no room." }}]
""",
        "full",
    )
    with small_disk(tmp_path / "work") as disk, StandIn() as sidecar:
        sidecar.uploads = {UPLOAD: image(os.urandom(2_000_000))}
        with (
            playing(story, tmp_path / "work") as model,
            staged("0.135.0", tmp_path, url=model.url, **sidecar.environment()) as stage,
        ):
            stage.started()
            reader = stage.read()
            reader.wait(lambda r: r.of("bridge.ready"))
            full = fill(disk)
            stage.send(f"What does [image: {UPLOAD}] show?")
            reader.wait(reader.turns(1))
            stage.post("/shutdown")
            assert stage.wait(30) == 0
            truth = model.player.truth
        assert reader.ended.wait(5)
        assert [turn.user for turn in truth.turns] == [story.turn[0].user]
        (result,) = reader.of("agent.tool_result")
        assert result["is_error"]
        assert "No space left on device" in result["content"]
        assert reader.of("agent.text") == [{"text": "There is no room."}]
        assert list((disk / ".x1" / "uploads").iterdir()) == []
        assert sidecar.types() == ["session.started", "session.completed"]
        full.unlink()
