"""Insertions of real sessions, held against a reading of the bytes that knows nothing of a screen."""

from __future__ import annotations

import re

import pytest

from codexbridge.terminal.records import Frame, Inserted
from codexbridge.terminal.terminal import Terminal
from tests.terminal.corpus import Recording, recordings

_region = re.compile(rb"\x1b\[1;(\d+)r(.*?)(?=\x1b\[[\d;]*r)", re.DOTALL)
_controls = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\\")


def written(recording: Recording) -> list[list[str]]:
    """Lines between ``CSI 1;N r`` and the next region, one list per region; bare line feeds are left out."""
    found = []
    for match in _region.finditer(recording.data):
        if int(match[1]) == recording.rows:
            continue
        lines = match[2].decode("utf-8").split("\r\n")[1:]
        texts = [_controls.sub("", line).expandtabs(8).rstrip(" ") for line in lines if line]
        if texts:
            found.append(texts)
    return found


def inserted(recording: Recording) -> list[list[str]]:
    """The same from the terminal, soft wraps undone."""
    terminal, found = Terminal(recording.columns, recording.rows), []
    for record in terminal.feed(recording.data):
        if isinstance(record, Inserted):
            lines, open_line = [], False
            for row in record.rows:
                if open_line:
                    lines[-1] += row.text
                else:
                    lines.append(row.text)
                open_line = row.wrapped
            found.append(lines)
    return found


INLINE = [recording for recording in recordings() if written(recording)]


def test_most_looks_are_inline() -> None:
    assert len(INLINE) >= 15


@pytest.mark.parametrize("recording", INLINE, ids=lambda recording: recording.name)
def test_insertions_are_what_was_written(recording: Recording) -> None:
    assert inserted(recording) == written(recording)


@pytest.mark.parametrize("recording", INLINE, ids=lambda recording: recording.name)
def test_serials_rise_and_frames_know_them(recording: Recording) -> None:
    terminal, last = Terminal(recording.columns, recording.rows), 0
    for record in terminal.feed(recording.data):
        if isinstance(record, Inserted):
            assert record.serial == last + 1
            last = record.serial
        elif isinstance(record, Frame):
            known = [serial for serial in record.origins if serial]
            assert known == sorted(known), "history is in order on the screen"
            assert not known or known[-1] <= last
