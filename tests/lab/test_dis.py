"""Recordings taken apart."""

from __future__ import annotations

import pytest

from codexbridge.lab.dis import disassemble, name

from .tiny import recording


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("\x1b[1;24r", "DECSTBM 1;24"),
        ("\x1b[?2026h", "DECSET 2026 (synchronized update)"),
        ("\x1b[?25;1004l", "DECRST 25 (cursor), 1004 (focus)"),
        ("\x1b[0;1;38;5;2;48;2;1;2;3;97m", "SGR reset, bold, fg 2, bg 1:2:3, fg bright white"),
        ("\x1b[m", "SGR reset"),
        ("\x1b[>7u", "kitty push 7"),
        ("\x1b]9;done\x07", "OSC '9;done'"),
        ("\x1bM", "RI"),
        ("\x1b[5~", "CSI 5~"),
        ("\r", "CR"),
        ("text", "'text'"),
    ],
)
def test_names(token: str, said: str) -> None:
    assert name(token) == said


def test_controls_and_records_in_their_order() -> None:
    entries = list(disassemble(recording()))
    kinds = [entry.kind for entry in entries]
    assert {"text", "control", "record", "marker"} <= set(kinds)
    texts = [entry.text for entry in entries if entry.kind == "record"]
    assert any(text.startswith("inserted #") and "hello there" in text for text in texts)
    assert any(text.startswith("frame ") for text in texts)
    assert "OSC 9: Done." in texts
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
