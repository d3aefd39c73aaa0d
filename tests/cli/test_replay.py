"""``codexbridge replay``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from codexbridge.cli.main import main
from codexbridge.lab import keep
from codexbridge.lab.cast import Cast, Header
from codexbridge.lab.fixture import Case
from tests.lab.tiny import RELEASE, recording


@pytest.fixture
def path(tmp_path: Path) -> str:
    keep.write(recording("nobody knows this"), tmp_path / "raw.cast")
    return str(tmp_path / "raw.cast")


def test_events_and_the_accounting(path: str) -> None:
    done = CliRunner().invoke(main, ["replay", path])
    assert done.exit_code == 0
    assert "completed item_1 command_execution: echo hi" in done.stdout
    assert "1 unknown" in done.stderr
    assert "0.50.0" in done.stderr


@pytest.mark.parametrize(
    ("view", "text"),
    [
        ("items", "agent_message: Done."),
        ("screens", "──── turn 1 done"),
        ("transcript", "• Ran echo hi"),
        ("accounting", "? unknown"),
        ("platform", '"type":"agent.text"'),
    ],
)
def test_views(path: str, view: str, text: str) -> None:
    done = CliRunner().invoke(main, ["replay", path, "--show", view])
    assert text in done.stdout


def test_json_lines(path: str) -> None:
    done = CliRunner().invoke(main, ["replay", path, "--json"])
    assert next(json.loads(line)["type"] for line in done.stdout.splitlines()) == "Started"


def test_real_time_takes_its_time(path: str) -> None:
    done = CliRunner().invoke(main, ["replay", path, "--real-time", "--speed", "50", "--idle", "0.5"])
    assert "TurnCompleted" in done.stdout


def test_a_fixture_folder_knows_its_release(path: str, tmp_path: Path) -> None:
    keep.keep(Path(path), tmp_path / "case", Case(release=RELEASE, columns=60, rows=20))
    done = CliRunner().invoke(main, ["replay", str(tmp_path / "case"), "--show", "items"])
    assert "Done." in done.stdout


def test_errors_name_the_remedy(path: str, tmp_path: Path) -> None:
    keep.write(Cast(Header(80, 24), []), tmp_path / "empty.cast")
    done = CliRunner().invoke(main, ["replay", str(tmp_path / "empty.cast")])
    assert done.exit_code == 1
    assert "give --release" in done.stderr
    done = CliRunner().invoke(main, ["replay", path, "--look", "nothing"])
    assert "there are chevron" in done.stderr or "there are" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--on-inject"], "--on-inject needs --serve"),
        (["--serve", "--show", "items"], "no --show"),
        (["--serve", "--stream-port", "99999"], "99999"),
        (["--serve", "--stream-port", "4000", "--inject-port", "4000"], "must differ"),
        (["--release", "abc"], "'abc' is no version"),
        (["--speed", "-1"], "-1"),
    ],
)
def test_wrong_usage_is_named(path: str, arguments: list[str], words: str) -> None:
    done = CliRunner().invoke(main, ["replay", path, *arguments])
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


def test_a_folder_that_is_no_fixture_names_one_that_is(path: str, tmp_path: Path) -> None:
    for command in ("replay", "dis"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        done = CliRunner().invoke(main, [command, str(tmp_path / "empty")])
        assert (done.exit_code, "has no session.cast: name the folder of a fixture" in done.stderr) == (1, True)
        done = CliRunner().invoke(main, [command, str(tmp_path)])
        assert (done.exit_code, f"such as {path}" in done.stderr.replace("\n", " ")) == (1, True), done.stderr
