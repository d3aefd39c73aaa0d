"""What the programs that try real releases have in common, and a machine with demands."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from codexbridge.lab import trials
from codexbridge.lab.errors import LabError
from codexbridge.lab.managed import managed


def test_cases_are_every_pair_whose_name_holds_what_is_asked_for() -> None:
    kinds = (("command", "patch"), ("accept", "ask-accept"))
    assert len(list(trials.cases("", ("1", "2"), *kinds))) == 8
    assert list(trials.cases("patch accept", ("1", "2"), *kinds)) == [
        ("1", "patch", "accept"),
        ("2", "patch", "accept"),
    ]


@pytest.mark.parametrize(
    ("wrong", "status"), [([], 0), ([False, False], 0), ([True, False], 1), ([False, None], "error: no such release")]
)
def test_each_is_told_as_it_comes_and_one_that_is_wrong_ends_in_failure(
    wrong: list[bool | None], status: object, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> Iterator[trials.Trial]:
        for number, each in enumerate(wrong):
            if each is None:
                raise LabError("no such release")
            yield each, f"trial {number}"

    with pytest.raises(SystemExit) as ended:
        trials.report(run())
    assert ended.value.code == status
    told = [f"trial {number}" for number, each in enumerate(wrong) if each is not None]
    assert capsys.readouterr().out.splitlines() == told


def test_policies() -> None:
    ways = ("decline", "accept", "ask-accept", "look")
    assert [trials.policy(way) for way in ways] == ["decline", "accept", "ask", "ask"]


def test_demands_reach_one_process_only(tmp_path: Path) -> None:
    argv = managed(["cat", "/etc/codex/requirements.toml", "/etc/passwd"], "[demand]\n", tmp_path / "etc")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if "ermitted" in done.stderr or "ermission" in done.stderr:
        pytest.skip("this machine gives no mount namespaces")
    assert done.stdout == "[demand]\n" + Path("/etc/passwd").read_text()
    beside = Path("/etc/codex/requirements.toml")
    assert not beside.exists() or beside.read_text() != "[demand]\n"
