"""Making a fixture of a recording."""

from __future__ import annotations

from pathlib import Path

from codexbridge.lab import cast, keep
from codexbridge.lab.cast import Event
from codexbridge.lab.fixture import Case

from .tiny import RELEASE, recording


def test_the_recording_is_normalised_and_says_so(tmp_path: Path) -> None:
    raw = recording()
    raw.events.append(Event(5.0, "o", "/tmp/codexbridge-raw-abcdefgh/work"))
    keep.write(raw, tmp_path / "raw.cast")
    made = keep.keep(tmp_path / "raw.cast", tmp_path / "case", Case(release=RELEASE, columns=60, rows=20))
    assert made.cast().events[-1].data == "/tmp/codexbridge-raw-workroom/work"
    assert [rule.name for rule in made.case.normalised] == ["workspace"]
    assert made.truth() is None


def test_a_fixture_is_replaced_whole(tmp_path: Path) -> None:
    keep.write(recording(), tmp_path / "raw.cast")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "old.txt").write_text("old")
    keep.keep(tmp_path / "raw.cast", tmp_path / "case", Case(release=RELEASE, columns=60, rows=20))
    assert sorted(path.name for path in (tmp_path / "case").iterdir()) == ["case.toml", "session.cast"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "raw.cast"]


def test_writing_and_reading_give_the_same(tmp_path: Path) -> None:
    keep.write(recording("x"), tmp_path / "raw.cast")
    assert cast.read(tmp_path / "raw.cast") == recording("x")
