"""What a failed turn means for the session: go on, or stop."""

from __future__ import annotations

from typing import Literal

import msgspec
import regex

from codexbridge.platform.redact import Redactor

# Each line is one rule: text that says that no later turn can succeed either. Rate limits and quotas pass.
_TERMINAL = [
    r"\b401\b",
    r"\bunauthori[sz]ed\b",
    r"\bauthentication failed\b",
    r"\boauth\b.{0,80}\borgani[sz]ation\b.{0,40}\bnot allowed\b",
    r"\bmissing (?:bearer|basic)\b.{0,24}\bauthentication\b",
    r"\binvalid (?:api )?key\b|\binvalid_api_key\b|\bincorrect api key\b",
    r"\bnot logged in\b",
    r"\b(?:run|use)\b.{0,24}\blogin\b",
    r"\bcredentials?\b.{0,12}\b(?:missing|expired|invalid|not found)\b",
    r"\b(?:missing|expired|invalid)\b.{0,12}\bcredentials?\b",
    r"\bbilling[_ ]error\b",
    r"\bmodel[_ ]not[_ ]found\b",
    r"\b(?:invalid|unknown|unsupported|unavailable) model\b",
    r"\bmodel\b.{0,80}\b(?:does not exist|not found|(?:is )?not available|unsupported|unavailable)\b",
    r"\b(?:does not exist|not found|not available|unsupported|unavailable)\b.{0,80}\bmodel\b",
    r"\bno access to\b.{0,80}\bmodel\b",
    r"\bselected model is not supported\b",
    r"\berror_max_(?:turns|budget_usd|structured_output_retries)\b",
]
_PATTERN = regex.compile("|".join(f"(?:{rule})" for rule in _TERMINAL), regex.IGNORECASE | regex.DOTALL)

LIMIT = 2000
"""Characters of a failure's text that are passed on."""


def is_terminal(text: str) -> bool:
    """Whether ``text``, an error of the provider, says that trying again is useless. Never ask it of model
    text.
    """
    return _PATTERN.search(text) is not None


class Decision(msgspec.Struct, frozen=True):
    """``message`` is the text to report and to end the session with, empty for ``retry``."""

    kind: Literal["retry", "terminal", "consecutive"]
    message: str = ""


class FailureGuard:
    """Counts failed turns in a row."""

    def __init__(self, limit: int = 3, redact: Redactor | None = None) -> None:
        """``limit`` below 1 counts as 3."""
        self.limit = limit if limit >= 1 else 3
        self.failures = 0
        self._redact = redact or Redactor()

    def succeeded(self) -> None:
        """A turn came to its end."""
        self.failures = 0

    def failed(self, text: str) -> Decision:
        """A turn failed with ``text``."""
        self.failures += 1
        shown = self._redact(text)[:LIMIT]
        if is_terminal(text):
            return Decision("terminal", f"Provider authentication or configuration failed: {shown}")
        if self.failures >= self.limit:
            return Decision("consecutive", f"Provider failed {self.failures} consecutive turns: {shown}")
        return Decision("retry")


def limit_from(text: str | None) -> int:
    """The limit that ``MAX_CONSECUTIVE_PROVIDER_FAILURES`` asks for: a whole number from 1, else 3.

    >>> limit_from("2.9"), limit_from("0"), limit_from("many"), limit_from(None)
    (2, 3, 3, 3)
    """
    try:
        value = float(text or "")
        return max(int(value), 1) if value else 3
    except (ValueError, OverflowError):
        return 3
