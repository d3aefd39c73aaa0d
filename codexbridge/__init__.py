"""codexbridge: drives the Codex CLI through its terminal and serves what happened as platform events."""

__version__ = "0.1.0"
