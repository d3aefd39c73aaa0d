"""Logs on standard error: lines for people on a terminal, JSON for machines elsewhere. No secret gets through."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Formatter(logging.Formatter):
    """One line per record: JSON, or words. ``clean`` takes secrets out."""

    def __init__(self, machine: bool, session_id: str, clean: Callable[[str], str]) -> None:
        super().__init__()
        self._machine = machine
        self._session_id = session_id
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        text = self._clean(text)
        when = datetime.fromtimestamp(record.created, UTC)
        if not self._machine:
            return f"{when.astimezone():%H:%M:%S} {record.levelname.lower()}: {text}"
        document = {
            "time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": text,
        }
        if self._session_id:
            document["session_id"] = self._session_id
        return json.dumps(document, separators=(",", ":"))


class _Handler(logging.StreamHandler[TextIO]):
    """A log that cannot be written, on a full disk or to a reader that has gone, stops nothing."""

    def handleError(self, record: logging.LogRecord) -> None:
        return


def set_up(level: str, session_id: str, clean: Callable[[str], str]) -> None:
    """Send this package's log, and warnings of others, to standard error."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(Formatter(not sys.stderr.isatty(), session_id, clean))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("codexbridge").setLevel(_LEVELS.get(level.lower(), logging.INFO))
