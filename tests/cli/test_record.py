"""``codexbridge record``."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from codexbridge.cli.main import main
from codexbridge.lab import fixture, keep
from codexbridge.lab.cast import Event
from tests.lab.tiny import recording


def test_a_recording_that_exists_becomes_a_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET_KEY", "hunter2hunter2")
    raw = recording()
    raw.events.append(Event(5.0, "o", "hunter2hunter2"))
    keep.write(raw, tmp_path / "raw.cast")
    # An interrupted recording ends in the middle of a line.
    with (tmp_path / "raw.cast").open("a") as file:
        file.write('[5.5, "o", "cut o')
    done = CliRunner().invoke(main, ["record", str(tmp_path / "made"), "--from", str(tmp_path / "raw.cast")])
    assert done.exit_code == 0, done.stderr
    assert "secret (1x)" in done.stderr
    made = fixture.Fixture(tmp_path / "made")
    assert made.case.release == "0.50.0"
    assert "hunter2" not in (tmp_path / "made" / "session.cast").read_text()
    assert set(made.goldens()) >= {"items.jsonl", "events.jsonl", "transcript.txt"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name the folder"),
        (["--scenario", "plain"], "--scenario needs --release"),
        (["x", "--scenario", "plain", "--release", "0.50"], "'0.50' is no version"),
        (["x", "--scenario", "plain", "--release", "0.50.0", "--from", __file__], "not both"),
        (["x", "--columns", "80"], "are for --scenario"),
        (["x", "--from", __file__, "--input"], "by hand"),
        (["x", "--scenario", "plain", "--release", "0.50.0", "--", "-m", "o3"], "by hand"),
    ],
)
def test_wrong_usage_is_named(arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(main, ["record", *arguments])
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CODEX_PATH", raising=False)
    done = CliRunner().invoke(main, ["record", str(tmp_path / "made")])
    assert done.exit_code == 1
    assert "name Codex in CODEX_PATH, or take a release from npm with --release" in done.stderr
    done = CliRunner().invoke(main, ["record", str(tmp_path / "made"), "--release", "0.50.0"])
    assert done.exit_code == 1
