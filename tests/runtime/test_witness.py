"""The rollout file, read as it grows."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from codexbridge.runtime import witness
from codexbridge.runtime.witness import Witness


def line(role: str, text: str) -> bytes:
    kind = "input_text" if role == "user" else "output_text"
    payload = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return json.dumps({"timestamp": "", "type": "response_item", "payload": payload}).encode() + b"\n"


def test_only_whole_lines_count_and_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "_LOOK", 0.0)
    one = Witness(tmp_path)
    assert one.read() is None
    path = tmp_path / "sessions" / "rollout-1.jsonl"
    path.parent.mkdir()
    path.write_bytes(line("user", "hello") + line("assistant", "hi")[:30])
    truth = one.read()
    assert truth is not None
    assert [turn.user for turn in truth.turns] == ["hello"]
    assert truth.turns[0].entries == []
    with path.open("ab") as file:
        file.write(line("assistant", "hi")[30:])
    assert one.read() is truth
    assert one.read() is truth
    assert [entry.text for entry in truth.turns[0].entries] == ["hi"]


def test_the_file_of_an_earlier_session_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "rollout-0.jsonl"
    path.write_bytes(line("user", "old"))
    os.utime(path, (time.time() - 3600,) * 2)
    assert Witness(tmp_path).read() is None


def test_what_is_no_json_is_passed_over(tmp_path: Path) -> None:
    one = Witness(tmp_path)
    (tmp_path / "rollout-2.jsonl").write_bytes(b"\xff\xfe{]\n[]\n" + line("user", "hello"))
    truth = one.read()
    assert truth is not None
    assert [turn.user for turn in truth.turns] == ["hello"]
