"""Cells in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
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


def slow(number: int) -> int:
    time.sleep(60)
    return number


STOPPED = """
import sys
from codexbridge.lab import pool
from tests.lab.test_pool import slow
def main():
    try:
        for _ in pool.run(slow, [1, 2, 3], int(sys.argv[1]), lambda job: print("began", flush=True)):
            pass
    except KeyboardInterrupt:
        print("interrupted", flush=True)
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGTERM, 1), (signal.SIGTERM, 2), (signal.SIGKILL, 2)])
def test_a_run_that_is_stopped_leaves_no_process(number: signal.Signals, workers: int, tmp_path: object) -> None:
    script = f"{tmp_path}/stopped.py"
    with open(script, "w") as file:
        file.write(STOPPED)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path) + os.pathsep + os.getcwd(),
    }
    run = subprocess.Popen([sys.executable, script, str(workers)], stdout=subprocess.PIPE, env=environment, text=True)
    assert run.stdout is not None
    for _ in range(workers):
        assert run.stdout.readline() == "began\n"
    children = psutil.Process(run.pid).children()
    time.sleep(1.0)
    run.send_signal(number)
    assert run.wait(20) in (0, -number)
    assert not psutil.wait_procs(children, timeout=20)[1]
    if number == signal.SIGTERM:
        assert run.stdout.read() == "interrupted\n"
