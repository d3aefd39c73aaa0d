"""What was given is held against what was heard."""

from __future__ import annotations

import pytest

from codexbridge.lab.burst import Tally, judge

SAID = [["a 0", "a 1"], ["b 0", "b 1"]]


@pytest.mark.parametrize(
    ("heard", "wrong"),
    [
        (["a 0", "b 0", "b 1", "a 1"], []),
        (["a 0", "b 0", "b 1"], ["lost: a 1"]),
        (["a 0", "b 0", "b 1", "a 1", "b 0"], ["doubled: b 0", "out of order: b"]),
        (["a 1", "b 0", "b 1", "a 0"], ["out of order: a"]),
        (["a 0", "b 0", "b 1", "a 1", "zzz"], ["nobody said: 'zzz'"]),
    ],
)
def test_judge(heard: list[str], wrong: list[str]) -> None:
    tally = Tally()
    judge(SAID, heard, tally)
    assert sorted(tally.wrong) == sorted(wrong)
    assert tally.heard == len(heard)
