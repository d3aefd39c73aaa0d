"""Cells in processes of their own."""

from __future__ import annotations

import os

import pytest

from codexbridge.lab import pool


def square(number: int) -> tuple[int, int]:
    if number == 3:
        raise ValueError("three is too many")
    return number * number, os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_answered_and_a_broken_one_stops_nobody(workers: int) -> None:
    begun: list[int] = []
    answers = dict(pool.run(square, [1, 2, 3, 4], workers, begun.append))
    assert sorted(begun) == [1, 2, 3, 4]
    assert isinstance(answers[3], ValueError)
    assert {n: answer[0] for n, answer in answers.items() if isinstance(answer, tuple)} == {1: 1, 2: 4, 4: 16}
    own = {answer[1] for answer in answers.values() if isinstance(answer, tuple)} == {os.getpid()}
    assert own == (workers == 1)


def test_a_caller_that_stops_stops_the_rest() -> None:
    begun: list[int] = []
    for _ in pool.run(square, [1, 2, 4, 5], 1, begun.append):
        break
    assert begun == [1]
