"""The HTML report."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codexbridge.lab import npm, regress
from codexbridge.lab.errors import LabError
from codexbridge.lab.regress import Job, Plan, Result
from codexbridge.lab.report import page
from tests.lab.test_regress import place
from tests.lab.tiny import RELEASE


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEXBRIDGE_FIXTURES", str(tmp_path / "fixtures"))

    def refuse(*_: str) -> Path:
        raise LabError("npm does not reach its registry")

    monkeypatch.setattr(npm, "install", refuse)
    place(tmp_path, "plain", "<script>odd</script> & line")
    cells = [regress.execute(Job(RELEASE, "plain"), Plan(out=tmp_path / "out"))]
    cells.append(Result(release="0.9.0", scenario="plain", mode="recorded", state="missing"))
    return page.write(cells, tmp_path / "report")


def test_every_link_leads_somewhere_on_disk(report: Path) -> None:
    for path in [report, *report.parent.glob("cells/*.html")]:
        links = Links()
        links.feed(path.read_text("utf-8"))
        assert links.found
        for link in links.found:
            assert not re.match(r"[a-z]+:|//", link), f"{path.name} reaches for {link}"
            if "/player/" not in link and not link.startswith("player/"):
                assert (path.parent / link).is_file(), f"{path.name}: {link}"


def test_unexplained_lines_are_highlighted_with_the_nearest_rule(report: Path) -> None:
    text = (report.parent / "cells" / f"{RELEASE}--plain.html").read_text("utf-8")
    assert "<script>odd" not in text
    assert text.count("class='line unknown'") == 1
    assert "npm does not reach its registry" in text
    assert "agent_message: Done." in text
    assert "const RECORDING = " in text


def test_the_matrix_counts(report: Path) -> None:
    text = report.read_text("utf-8")
    assert "0 of 2 cells passed" in text
    assert f'href="cells/{RELEASE}--plain.html"' in text
    assert "{{" not in text
