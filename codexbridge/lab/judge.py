"""Is what came out of a recording right? Held against the truth, and against the lines that no rule explains."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from codexbridge.lab.fixture import Fixture
from codexbridge.lab.marks import Swap
from codexbridge.lab.nearest import nearest
from codexbridge.lab.replay import Replay, accounts
from codexbridge.lab.score import Difference, Score


class Unexplained(msgspec.Struct, frozen=True):
    """A line that no rule explains: where it stands in the history, and the rule that came nearest."""

    number: int
    text: str
    rule: str = ""
    reach: float = 0.0
    why: str = ""
    swap: Swap | None = None
    """A mark that would make that rule take it."""


class Verdict(msgspec.Struct, kw_only=True):
    """What is wrong with a replay, if anything."""

    score: Score | None
    all_faults: list[Difference]
    faults: list[Difference]
    """Those that ``case.toml`` does not know."""
    stale: list[str]
    """Known differences that are not there any more."""
    unknown: int
    allowed_unknown: int
    unexplained: list[Unexplained]

    def reasons(self) -> list[str]:
        """One line each, empty when all is well."""
        said = [describe(fault) for fault in self.faults]
        if self.unknown > self.allowed_unknown:
            more = f" (known: {self.allowed_unknown})" if self.allowed_unknown else ""
            said.append(f"{self.unknown} lines of history that no rule explains{more}")
        return said


def judge(fixture: Fixture, passed: Replay) -> Verdict:
    """Hold a replay of ``fixture`` against its truth."""
    score = fixture.score(passed)
    all_faults = score.faults if score else []
    known = set(fixture.case.known)
    found = {signature(fault) for fault in all_faults}
    return Verdict(
        score=score,
        all_faults=all_faults,
        faults=[fault for fault in all_faults if signature(fault) not in known],
        stale=sorted(known - found),
        unknown=passed.session.counts["unknown"],
        allowed_unknown=fixture.case.unknown,
        unexplained=unexplained(passed),
    )


def unexplained(passed: Replay) -> list[Unexplained]:
    """The lines of a replay that no rule explains."""
    found = []
    look = passed.session.look
    for number, account in enumerate(accounts(passed), 1):
        if account.what != "unknown" or not account.line.text.strip():
            continue
        near = nearest(look, account.line)
        more = (near.rule, near.reach, near.why, near.swap) if near else ()
        found.append(Unexplained(number, account.line.text, *more))
    return found


def signature(fault: Difference) -> str:
    """A difference as ``case.toml`` names it."""
    return f"{fault.what} {fault.kind}, turn {fault.turn + 1}"


def describe(fault: Difference) -> str:
    """A difference in one line."""
    begin = _apart(fault.expected, fault.got)
    sides = [
        f"{side} {_short(text, begin)}" for side, text in (("expected", fault.expected), ("got", fault.got)) if text
    ]
    return f"{signature(fault)}: {'; '.join(sides)}" if sides else signature(fault)


def summary(lines: Iterable[str], limit: int = 3) -> str:
    """Some lines in one."""
    given = list(lines)
    more = f" (and {len(given) - limit} more)" if len(given) > limit else ""
    return "; ".join(given[:limit]) + more


_AROUND = 20
"""Characters before a difference that show where it is."""


def _apart(one: str, other: str, limit: int = 50) -> int:
    """Where to begin so that the first difference of two texts is shown."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return max(0, same - _AROUND) if one and other and same > limit else 0


def _short(text: str, begin: int = 0, limit: int = 70) -> str:
    flat = text[begin:].replace("\n", "⏎")
    return repr("…" * (begin > 0) + (flat if len(flat) <= limit else flat[: limit - 1] + "…"))
