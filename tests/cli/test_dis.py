"""``codexbridge dis``."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from codexbridge.cli.main import main
from codexbridge.lab import keep
from tests.lab.tiny import recording


def test_controls_and_frames(tmp_path: Path) -> None:
    keep.write(recording(), tmp_path / "raw.cast")
    path = str(tmp_path / "raw.cast")
    whole = CliRunner().invoke(main, ["dis", path]).stdout
    assert "DECSET 2026 (synchronized update)" in whole
    assert "═ frame 1" in whole
    frames = CliRunner().invoke(main, ["dis", path, "--frames"]).stdout
    assert "DECSET" not in frames
    controls = CliRunner().invoke(main, ["dis", path, "--controls", "--since", "1.4", "--until", "1.6"]).stdout
    assert "'echo hi'" in controls or "echo hi" in controls
    assert "frame" not in controls
