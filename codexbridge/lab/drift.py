"""What came out of a turn, held against the rollout file that Codex wrote meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from codexbridge.items.model import AnyItem
from codexbridge.lab.plain import folded
from codexbridge.lab.score import score
from codexbridge.lab.truth import Truth, TurnTruth

_LONGEST = 400


class Turns:
    """Finds the witness's turn for each turn of the core. Both count alike, but a witness may have more."""

    def __init__(self) -> None:
        self._next = 0
        self._place: int | None = None

    def begin(self) -> None:
        """A turn began."""
        if self._place is not None:
            self._next = self._place + 1
        self._place = None

    def find(self, truth: Truth, user: str) -> TurnTruth | None:
        """The current turn, which began with ``user``; None while the witness does not have it."""
        if self._place is None:
            said = folded(user)
            ahead = range(self._next, len(truth.turns))
            self._place = next((n for n in ahead if folded(truth.turns[n].user) == said), None)
            if self._place is None and len(ahead) == 1:
                # A message may be altered on its way (a release that trims it, say).
                self._place = self._next
        if self._place is None or self._place >= len(truth.turns):
            return None
        return truth.turns[self._place]


def differences(turn: TurnTruth, items: Sequence[AnyItem], losses: Sequence[str] = ()) -> list[dict[str, str]]:
    """Where a turn's items differ from the witness, declared losses aside: ``what``, ``kind``, both sides."""
    found = score(Truth(witness="rollout", turns=[turn]), items, losses).faults
    return [
        {"what": one.what, "kind": one.kind, "expected": _short(one.expected), "got": _short(one.got)} for one in found
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
