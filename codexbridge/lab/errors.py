"""What goes wrong in the lab for reasons that a person can remedy."""

from __future__ import annotations


class LabError(Exception):
    """Its text is one line that names the thing and the remedy; the command line prints it and exits 1."""


class WrongUsage(LabError):
    """What was asked for makes no sense; the command line exits 2."""
