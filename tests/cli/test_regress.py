"""``codexbridge regress``, on recordings."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner, Result

from codexbridge.cli.main import main
from codexbridge.lab import fixture
from tests.lab.test_regress import place
from tests.lab.tiny import RELEASE


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEXBRIDGE_FIXTURES", str(tmp_path / "fixtures"))


def run(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["regress", "--out", str(tmp_path / "out"), *arguments])


def test_goldens_are_made_and_then_hold(tmp_path: Path) -> None:
    place(tmp_path, "plain")
    first = run(tmp_path, "--accept", "create")
    assert first.exit_code == 1
    assert "create 0.50.0/plain/items.jsonl" in first.stderr
    again = run(tmp_path, "--junit", str(tmp_path / "junit.xml"))
    assert again.exit_code == 0, again.stderr
    assert "1/1" in again.stdout
    assert Xml.parse(tmp_path / "junit.xml").getroot().get("failures") == "0"
    assert (fixture.root() / "matrix.txt").read_text().startswith("0.50.0/plain: 1 agent_message, 1 command_execution")


def test_what_contradicts_the_truth_is_not_accepted(tmp_path: Path) -> None:
    place(tmp_path, "plain", "nobody knows this")
    done = run(tmp_path, "--accept", "create", "--accept", "fix")
    assert done.exit_code == 1
    assert "not accepted 0.50.0/plain" in done.stderr
    assert "line 10: nobody knows this" in done.stderr or "nobody knows this" in done.stderr
    known = run(tmp_path, "--accept", "create", "--despite")
    assert "create 0.50.0/plain/items.jsonl" in known.stderr
    assert fixture.load_case(fixture.folder_of(RELEASE, "plain") / "case.toml").unknown == 1
    assert run(tmp_path).exit_code == 0


def test_a_run_is_resumed(tmp_path: Path) -> None:
    place(tmp_path, "plain")
    place(tmp_path, "unicode")
    run(tmp_path, "--scenarios", "plain")
    path = tmp_path / "out" / "results" / RELEASE / "plain.json"
    kept = json.loads(path.read_text())
    kept["reasons"] = ["kept from before"]
    path.write_text(json.dumps(kept))
    done = run(tmp_path, "--resume")
    assert "kept from before" in done.stderr
    assert "[1/1] 0.50.0/unicode" in done.stderr


def test_nothing_to_run_has_a_status_of_its_own(tmp_path: Path) -> None:
    assert run(tmp_path, "--releases", "0.1.0").exit_code == 3


def test_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "--releases", "0.47").exit_code == 2
    assert run(tmp_path, "--live", "--jobs", "9").exit_code == 2
    assert "i/n" in run(tmp_path, "--shard", "9/2", "--releases", "0.50.0").stderr
