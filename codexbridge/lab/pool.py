"""Cells in processes of their own, a few at a time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context, parent_process
from types import FrameType
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")

_GRACE = 8.0
"""Seconds between the end of the parent and that of its processes."""


def run(
    work: Callable[[J], R], jobs: Sequence[J], workers: int, on_start: Callable[[J], object]
) -> Iterator[tuple[J, R | Exception]]:
    """Do ``work`` on each of ``jobs``, ``workers`` at a time, and give each answer as it comes.

    A job is handed out only when a process is free for it: ``on_start`` tells the truth, and a caller that stops
    iterating stops the rest. ``work`` must be importable by name. SIGTERM counts as Ctrl+C: whoever stops a pod gets
    the same orderly end, and no process outlives this one.
    """
    with _terminable():
        if workers <= 1 or len(jobs) <= 1:
            for job in jobs:
                on_start(job)
                yield job, _answer(partial(work, job))
        else:
            yield from _side_by_side(work, jobs, workers, on_start)


def _side_by_side(
    work: Callable[[J], R], jobs: Sequence[J], workers: int, on_start: Callable[[J], object]
) -> Iterator[tuple[J, R | Exception]]:
    queue = list(reversed(jobs))
    # Spawned, not forked: a fork would carry the progress display's threads along.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin) as processes:
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
        except BaseException:
            # What is under way is not waited for: each process ends its own Codex first.
            for process in active_children():
                if process.pid is not None and running:
                    os.kill(process.pid, signal.SIGINT)
            raise
        finally:
            processes.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """In a new process: be interruptible (a parent in the background is not), and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os.kill(os.getpid(), signal.SIGINT)
            # Time to end its Codex; then nobody is left who could be answered.
            time.sleep(_GRACE)
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM interrupts, as Ctrl+C does; only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answer(ask: Callable[[], R]) -> R | Exception:
    try:
        return ask()
    except Exception as error:
        # One cell that breaks must not take the run with it.
        return error
