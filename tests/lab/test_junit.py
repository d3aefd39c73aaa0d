"""JUnit XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

from codexbridge.lab import junit
from codexbridge.lab.judge import Unexplained
from codexbridge.lab.regress import Result

CELLS = [
    Result(release="0.9.0", scenario="a", mode="recorded", state="passed", seconds=0.5),
    Result(
        release="0.9.0",
        scenario="b",
        mode="recorded",
        state="failed",
        reasons=["recall <x> \x1b[0m", "more"],
        unexplained=[Unexplained(7, "odd line", "exec.ran", 0.5, "style")],
        goldens={"items.jsonl": "a | b"},
    ),
    Result(release="0.10.0", scenario="a", mode="recorded", state="error", reasons=["no such release"]),
    Result(release="0.10.0", scenario="b", mode="recorded", state="missing"),
]


def test_suites_per_release(tmp_path: Path) -> None:
    junit.write(CELLS, tmp_path / "deep" / "junit.xml")
    root = Xml.parse(tmp_path / "deep" / "junit.xml").getroot()
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    first, second = root
    assert (first.get("name"), second.get("name")) == ("Codex 0.9.0", "Codex 0.10.0")
    failure = first[1].find("failure")
    assert failure is not None
    assert "\x1b" not in (failure.get("message") or "")
    assert "nearest: exec.ran" in (failure.text or "")
    assert "items.jsonl" in (failure.text or "")
    assert second[0].find("error") is not None
    assert second[1].find("skipped") is not None
