from __future__ import annotations

import json
from pathlib import Path

import pytest

from codexbridge.lab.truth import Entry, Truth, TurnTruth, load, read_answer

ANSWERS = [
    # A JSON object, as the shell tool answered at first.
    ('{"output":"a\\nb\\n","metadata":{"exit_code":3,"duration_seconds":0.1}}', "a\nb\n", 3, True, False),
    # Headers, in several makes.
    ("Exit code: 0\nWall time: 0.1 seconds\nOutput:\nok\n", "ok\n", 0, False, False),
    ("Wall time: 0.0036 seconds\nOutput:", "", None, None, False),
    ("Exit code: 1\nWall time: 0.1 seconds\nTotal output lines: 900\nOutput:\nno\n", "no\n", 1, True, True),
    (
        "Chunk ID: ab12\nWall time: 0.05 seconds\nProcess exited with code 0\nOriginal token count: 2\nOutput:\nhi\n",
        "hi\n",
        0,
        False,
        False,
    ),
    (
        "Command: /bin/bash -lc 'one\ntwo'\nChunk ID: 3efc21\nWall time: 0.0 seconds\n"
        "Process exited with code 7\nOriginal token count: 23\nOutput:\nx",
        "x",
        7,
        True,
        False,
    ),
    # An answer within an answer: a patch that was given to the shell tool.
    ('Wall time: 0.0 seconds\nOutput:\n{"output":"Success.","metadata":{"exit_code":0}}', "Success.", 0, False, False),
    (
        "Wall time: 0 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\nSuccess.",
        "Success.",
        0,
        False,
        False,
    ),
    # The result of an MCP tool, whole or only its parts.
    ('{"content":[{"text":"no","type":"text"}],"isError":true}', "no", None, True, False),
    ('[{"text":"a","type":"text"},{"text":"b","type":"text"}]', "a\nb", None, None, False),
    ('Wall time: 0.1 seconds\nOutput:\n[{"type":"text","text":"a"}]', "a", None, None, False),
    # Nothing but text, or parts of it.
    ("Plan updated", "Plan updated", None, None, False),
    ([{"type": "input_text", "text": "one"}, {"type": "input_text", "text": "two"}], "one\ntwo", None, None, False),
    ({"content": "refused", "success": False}, "refused", None, True, False),
    # A sandbox that put its own words before.
    (
        "failed in sandbox X with execution error: denied, exit code: 3, stdout: , stderr: bad\n",
        "bad\n",
        3,
        True,
        False,
    ),
    # What a command prints may look like a header.
    (
        "Exit code: 0\nWall time: 1 seconds\nOutput:\nExit code: 5\nOutput:\nx",
        "Exit code: 5\nOutput:\nx",
        0,
        False,
        False,
    ),
]


@pytest.mark.parametrize(("raw", "output", "code", "failed", "truncated"), ANSWERS)
def test_an_answer_is_taken_apart(
    raw: object, output: str, code: int | None, failed: bool | None, truncated: bool
) -> None:
    answer = read_answer(raw)
    assert (answer.output, answer.exit_code, answer.failed, answer.truncated) == (output, code, failed, truncated)


def test_a_cut_output_says_so() -> None:
    inner = "Total output lines: 3000\n\na\n[... omitted 2996 of 3000 lines ...]\nz\n"
    answer = read_answer(json.dumps({"output": inner, "metadata": {"exit_code": 0}}))
    assert answer.truncated
    assert answer.output.startswith("a\n")


def test_a_record_survives_being_saved(tmp_path: Path) -> None:
    truth = Truth(scenario="s", release="1.2.3", turns=[TurnTruth(user="é", entries=[Entry(kind="error", text="x")])])
    truth.save(tmp_path / "t.json")
    assert load(tmp_path / "t.json") == truth
