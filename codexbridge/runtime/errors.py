"""Errors for people: one line that names the thing and the remedy."""

from __future__ import annotations


class StartError(Exception):
    """The bridge cannot start; nothing has been started. ``status`` is the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class UsageError(StartError):
    """What was asked for makes no sense: exit status 2."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 2)


class PortTaken(StartError):
    """Something listens there already: it may be another bridge."""
