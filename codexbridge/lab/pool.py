"""Cells in processes of their own, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")


def run(
    work: Callable[[J], R], jobs: Sequence[J], workers: int, on_start: Callable[[J], object]
) -> Iterator[tuple[J, R | Exception]]:
    """Do ``work`` on each of ``jobs``, ``workers`` at a time, and give each answer as it comes.

    A job is handed out only when a process is free for it: ``on_start`` tells the truth, and a caller that stops
    iterating stops the rest. ``work`` must be importable by name.
    """
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            on_start(job)
            yield job, _answer(partial(work, job))
        return
    queue = list(reversed(jobs))
    # Spawned, not forked: a fork would carry the progress display's threads along.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
        running: dict[Future[R], J] = {}
        try:
            while queue or running:
                while queue and len(running) < workers:
                    job = queue.pop()
                    on_start(job)
                    running[processes.submit(work, job)] = job
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), _answer(future.result)
        finally:
            processes.shutdown(wait=True, cancel_futures=True)


def _answer(ask: Callable[[], R]) -> R | Exception:
    try:
        return ask()
    except Exception as error:
        # One cell that breaks must not take the run with it.
        return error
