"""Finding and ending everything that a child has started.

Some releases leave a daemon or a shell of their own behind. Two nets find them: descent (this process adopts
orphans of its descendants), and a marker in the environment, which everything inherits that does not wipe it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Make orphaned descendants children of this process, so that descent still finds them."""
    with contextlib.suppress(AttributeError):
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """Called in a new child: end when ``parent`` ends, however that ends."""
    with contextlib.suppress(AttributeError):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def family(root: int | None, marker: bytes) -> set[int]:
    """Processes that descend from ``root`` or carry ``marker`` in their environment, this one excepted."""
    found: set[int] = set()
    if root is not None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(root)
            found |= {child.pid for child in process.children(recursive=True)}
            found.add(root)
    found |= carrying(marker)
    found.discard(os.getpid())
    return {pid for pid in found if not _is_dead(pid)}


def carrying(marker: bytes) -> set[int]:
    """Processes whose environment holds ``marker`` (``NAME=value``)."""
    found: set[int] = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            # Another user's, or gone meanwhile.
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if marker in file.read().split(b"\0"):
                    found.add(int(name))
    return found


def end(root: int | None, marker: bytes, patience: float = 2.0) -> int:
    """End a whole family: ask, wait ``patience`` seconds, then kill until none is left. Blocks; gives how many.

    Reaps what has become this process's own child.
    """
    ended: set[int] = set()
    deadline = time.monotonic() + patience
    limit = deadline + 5.0
    asked: set[int] = set()
    while pids := family(root, marker):
        ended |= pids
        now = time.monotonic()
        if now > limit:
            break
        for pid in pids:
            if now >= deadline:
                _signal(pid, signal.SIGKILL)
            elif pid not in asked:
                asked.add(pid)
                _signal(pid, signal.SIGTERM)
                # A stopped process hears nothing else.
                _signal(pid, signal.SIGCONT)
        time.sleep(0.02)
        reap(ended - {root} if root is not None else ended)
    reap(ended - {root} if root is not None else ended)
    return len(ended)


def reap(pids: set[int]) -> None:
    """Collect those of ``pids`` that are ended children of this process."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def reap_orphans(keep: set[int]) -> None:
    """Collect ended children that were adopted; ``keep`` are those that others wait for."""
    with contextlib.suppress(psutil.Error):
        reap({child.pid for child in psutil.Process().children() if child.pid not in keep and _is_dead(child.pid)})


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def _is_dead(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True
