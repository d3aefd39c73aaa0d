"""The release table as a file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from codexbridge.grammar.releases import Release, table
from codexbridge.lab import rows


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    target = tmp_path / "releases.toml"
    target.write_text('# How rows are made.\n\n[[release]]\nversion = "0.0.1"\nlook = "ink"\n', "utf-8")
    rows.write(table().rows, target)
    text = target.read_text("utf-8")
    assert text.startswith("# How rows are made.\n\n[[release]]")
    assert [msgspec.convert(row, Release) for row in tomllib.loads(text)["release"]] == table().rows


def test_defaults_are_left_out() -> None:
    assert rows.text(Release(version="1.2.3", look="quiet")) == '[[release]]\nversion = "1.2.3"\nlook = "quiet"'
