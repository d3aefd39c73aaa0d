"""The rollout file that Codex writes while it works, read as it grows."""

from __future__ import annotations

import time
from pathlib import Path

from codexbridge.lab import rollout
from codexbridge.lab.truth import Truth

_LOOK = 0.1
"""Seconds between two searches for a file that is not there yet. Items that are waiting for it wait no longer than
:data:`codexbridge.lab.repair.GRACE`, so that it must be found well within that."""
_CHUNK = 4 * 1024 * 1024


class Witness:
    """Reads what was added since the last call. Nothing that it finds, or does not find, raises."""

    def __init__(self, home: Path) -> None:
        self._home = home
        # Times of files are coarse; those of an earlier session are much older.
        self._since = time.time() - 2.0
        self._looked = 0.0
        self._path: Path | None = None
        self._offset = 0
        self._rest = b""
        self._reader = rollout.Reader()

    def read(self) -> Truth | None:
        """What Codex has written so far, or None while there is no file."""
        try:
            if self._path is None and not self._find():
                return None
            self._grow()
        except OSError:
            return None
        return self._reader.truth

    def _find(self) -> bool:
        now = time.monotonic()
        if now - self._looked < _LOOK and self._looked:
            return False
        self._looked = now
        found = rollout.find(self._home)
        if found is None or found.suffix != ".jsonl" or found.stat().st_mtime < self._since:
            return False
        self._path = found
        return True

    def _grow(self) -> None:
        assert self._path is not None
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(_CHUNK)
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._reader.feed(line.decode("utf-8", "replace"))
