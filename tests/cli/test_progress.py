"""What a matrix run shows."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from codexbridge.cli import progress
from codexbridge.cli.progress import Cells


def test_without_a_terminal_each_cell_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(progress, "err", Console(file=written, force_terminal=False, width=200))
    with Cells(2) as display:
        display.begin("0.47.0/plain")
        display.end("0.47.0/plain", "passed", "", 1.25)
        display.begin("0.47.0/odd [x]")
        display.end("0.47.0/odd [x]", "failed", "why [not]", 2)
    lines = written.getvalue().splitlines()
    assert lines == ["✓ [1/2] 0.47.0/plain (1.2 s)", "✗ [2/2] 0.47.0/odd [x] (2.0 s)  why [not]"]


def test_on_a_terminal_it_tells_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, height=20)
    monkeypatch.setattr(progress, "err", console)
    with Cells(2) as display:
        display.begin("0.47.0/plain")
        console.print(display._draw())
        display.end("0.47.0/plain", "passed", "", 1)
    assert "0.47.0/plain" in written.getvalue()
    assert "0/2" in written.getvalue()
