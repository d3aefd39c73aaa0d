"""Hold recovered items against the truth, and say where they differ.

The measure is strict by default: every item of the truth once, in order, with its text, command, output and outcome.
Only losses that the release's row declares (:mod:`codexbridge.lab.losses`) are taken off, and they are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from codexbridge.items.model import AnyItem, Reasoning, UserMessage
from codexbridge.lab.compare import Check, Comparison, short
from codexbridge.lab.course import disorder, outcomes
from codexbridge.lab.excuses import READ, joined, unknown
from codexbridge.lab.expect import patch_changes, patch_failed
from codexbridge.lab.pair import Alignment, align, kind_of, text_of
from codexbridge.lab.plain import plain
from codexbridge.lab.truth import Truth
from codexbridge.session.api import AnyEvent, ItemCompleted, Status, TurnStarted

__all__ = [
    "METRICS",
    "Alignment",
    "Difference",
    "Score",
    "Tally",
    "align",
    "judged",
    "patch_changes",
    "patch_failed",
    "score",
    "total",
]


class Difference(msgspec.Struct, kw_only=True):
    """One thing that is not as it was. ``what`` is a metric's name; ``loss`` is set where the release is to blame."""

    turn: int
    what: str
    kind: str
    expected: str = ""
    got: str = ""
    loss: str = ""


class Tally(msgspec.Struct):
    """So many right of so many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        """Count one."""
        self.of += 1
        self.right += right

    @property
    def share(self) -> float:
        """From 0 to 1; nothing to be right about counts as 1."""
        return self.right / self.of if self.of else 1.0


METRICS = (
    *("recall", "precision", "order", "text", "markdown", "source", "commands", "failures", "outputs", "details"),
    *("diffs", "turns", "lifecycle"),
)
"""``text``: messages equal as plain text; ``markdown``: they render to the same; ``source``: the same characters;
``outputs``: whole and equal; ``details``: plans, patches, MCP calls, queries, paths; ``diffs``: the lines of a patch;
``turns``: how each ended; ``lifecycle``: items and turns begin and end once, in order (these two need events)."""


class Score(msgspec.Struct):
    """The figures of one run, and every difference."""

    tallies: dict[str, Tally]
    differences: list[Difference] = []
    losses: dict[str, int] = {}
    """Loss -> how often it was the reason."""

    @property
    def perfect(self) -> bool:
        """Whether nothing is missing, nothing is too much and nothing differs, losses aside."""
        return not self.faults

    @property
    def faults(self) -> list[Difference]:
        """Differences that no declared loss explains, and that are more than a matter of form."""
        return [d for d in self.differences if not d.loss and d.what not in ("markdown", "source")]


def score(truth: Truth, items: Sequence[AnyItem], losses: Iterable[str] = ()) -> Score:
    """Compare ``items`` (completed ones, in order) with ``truth``."""
    return _Scorer(truth, items, frozenset(losses)).run()


def judged(truth: Truth, events: Sequence[AnyEvent], losses: Iterable[str] = ()) -> Score:
    """Compare all that the core said with ``truth``: its items, their lives and the turns."""
    completed = [event for event in events if isinstance(event, ItemCompleted)]
    scorer = _Scorer(truth, [event.item for event in completed], frozenset(losses), _statuses(events))
    result = scorer.run()
    turn_of = {id(event.item): event.turn for event in completed}
    scorer.course(events, {place: turn_of[id(item)] for place, item in scorer.openings()})
    return result


def _statuses(events: Iterable[AnyEvent]) -> list[set[str]]:
    """What the status row said in each turn."""
    found: list[set[str]] = []
    for event in events:
        if isinstance(event, TurnStarted):
            found.append(set())
        elif isinstance(event, Status) and found:
            found[-1].add(event.text)
    return found


def total(scores: Iterable[Score]) -> dict[str, Tally]:
    """The figures of several runs together."""
    sums = {name: Tally() for name in METRICS}
    for one in scores:
        for name, tally in one.tallies.items():
            sums[name].right += tally.right
            sums[name].of += tally.of
    return sums


class _Scorer:
    def __init__(
        self, truth: Truth, items: Sequence[AnyItem], losses: frozenset[str], statuses: Sequence[set[str]] = ()
    ) -> None:
        self.statuses = statuses
        self.losses = losses
        self.truth = truth
        self.found = align(truth, items, losses)
        self.expected = self.found.expected
        self.result = Score({name: Tally() for name in METRICS}, [], {})
        self.comparison = Comparison(losses)

    def run(self) -> Score:
        tallies = self.result.tallies
        for place in sorted(self.found.misplaced):
            if "order" in self.losses and self._in_its_turn(place):
                self._lost("order")
            elif "overtaken" in self.losses and self._in_its_turn(place) and unknown(self._item(place)):
                # Its turn ends it.
                self._lost("overtaken")
            else:
                self._differ(place, "order", got="elsewhere")
                tallies["order"].add(False)
        tallies["order"].right += len(self.found.pairs) - tallies["order"].of
        tallies["order"].of = len(self.found.pairs)
        missing = set(self.found.missing)
        for place, expected in enumerate(self.expected):
            if place not in missing:
                tallies["recall"].add(True)
            elif expected.optional:
                self._lost(expected.optional)
            elif "hidden_after_reads" in self.losses and self._after_reads(place):
                self._lost("hidden_after_reads")
            else:
                tallies["recall"].add(False)
                self._differ(place, "recall", short(expected.entry.text or expected.entry.tool))
        for some, many in self.found.pairs:
            tallies["precision"].add(True)
            self._compare(some, many)
        for n in self.found.extra:
            self._extra(n)
        return self.result

    def openings(self) -> Iterator[tuple[int, AnyItem]]:
        """The turns of the truth whose user message was found, and that message."""
        for some, many in self.found.pairs:
            if self._begins_turn(some[0]):
                yield self.expected[some[0]].turn, self.found.items[many[0]]

    def course(self, events: Sequence[AnyEvent], numbers: dict[int, int]) -> None:
        """Hold turns and lives of items against what must be; ``numbers`` as :func:`course.outcomes` takes them."""
        wrong = disorder(events)
        for one in wrong:
            self._say(max(one.turn - 1, 0), "lifecycle", one.subject, got=one.what)
        subjects = {event.item.id for event in events if isinstance(event, ItemCompleted)}
        subjects |= {f"turn {event.turn}" for event in events if isinstance(event, TurnStarted)}
        troubled = {one.subject for one in wrong}
        for subject in subjects | troubled:
            self.result.tallies["lifecycle"].add(subject not in troubled)
        for turn, check in outcomes(self.truth.turns, numbers, events, self.losses):
            self._judge(turn, "turn", check)

    def _in_its_turn(self, place: int) -> bool:
        """Whether a misplaced item is at least between its own turn's user message and the next one's."""
        turn = self.expected[place].turn
        here = next(many[0] for some, many in self.found.pairs if place in some)
        begins = {self.expected[some[0]].turn: many[0] for some, many in self.found.pairs if self._begins_turn(some[0])}
        later = [at for number, at in begins.items() if number > turn]
        return begins.get(turn, -1) < here < min(later, default=len(self.found.items))

    def _item(self, place: int) -> AnyItem:
        """The item that stands for what was expected at ``place``."""
        return self.found.items[next(many[0] for some, many in self.found.pairs if place in some)]

    def _begins_turn(self, place: int) -> bool:
        one = self.expected[place]
        return one.kind == "user_message" and not one.group

    def _after_reads(self, place: int) -> bool:
        """Whether a command that nobody saw ended while a group of reads was open: it runs beside a read, or comes
        after one with nothing drawn between."""
        one = self.expected[place]
        if one.kind != "command_execution":
            return False
        seen = {n: many for some, many in self.found.pairs for n in some}
        beside = [n for n, other in enumerate(self.expected) if one.group and other.group == one.group]
        if any(n in seen and READ.match(self.expected[n].entry.text) for n in beside):
            return True
        for before in range(place - 1, -1, -1):
            other = self.expected[before]
            if other.turn != one.turn or (before in seen and other.kind != "command_execution"):
                return False
            if before in seen:
                return READ.match(other.entry.text) is not None
        return False

    def _extra(self, n: int) -> None:
        """An item that stands for nothing."""
        item = self.found.items[n]
        if isinstance(item, UserMessage) and "wedged" in self.losses and self._never_sent(n):
            # It was echoed and never sent, so the model has not seen it.
            self._lost("wedged")
        elif isinstance(item, Reasoning) and "reasoning_merged" in self.losses and self._thought(item):
            self._lost("reasoning_merged")
        else:
            self.result.tallies["precision"].add(False)
            before = [some[0] for some, many in self.found.pairs if many[0] <= n]
            turn = self.expected[max(before)].turn if before else 0
            self._say(turn, "precision", kind_of(item), got=short(text_of(item)))

    def _never_sent(self, n: int) -> bool:
        """Whether item ``n`` stands behind all that reached the model, and repeats no user message."""
        last = max((many[-1] for _, many in self.found.pairs), default=-1)
        others = [one.text for other, one in enumerate(self.found.items) if other != n and isinstance(one, UserMessage)]
        return n > last and text_of(self.found.items[n]) not in others

    def _thought(self, item: Reasoning) -> bool:
        """Whether the item is a piece of some reasoning, or of several in a row."""
        said = "".join(joined(plain(one.entry.text)) for one in self.expected if one.kind == "reasoning")
        return joined(plain(item.text)) in said

    def _compare(self, some: list[int], many: list[int]) -> None:
        entries = [self.expected[n].entry for n in some]
        for check in self.comparison.of(entries, self.found.items[many[0]]):
            if check.loss == "reasoning_heading" and self._headed(some[0]):
                check = check._replace(loss="")
            self._judge(self.expected[some[0]].turn, self.expected[some[0]].kind, check)

    def _headed(self, place: int) -> bool:
        """Whether the status row showed the heading of a thought, and no other one of the turn has the same."""
        one = self.expected[place]
        heading = _heading(one.entry.text)
        others = [other for n, other in enumerate(self.expected) if n != place and other.turn == one.turn]
        same = any(other.kind == one.kind and _heading(other.entry.text) == heading for other in others)
        return not same and one.turn < len(self.statuses) and heading in self.statuses[one.turn]

    def _judge(self, turn: int, kind: str, check: Check) -> None:
        if check.loss and not check.right:
            self._lost(check.loss)
            self._say(turn, check.what, kind, check.want, check.have, check.loss)
            return
        self.result.tallies[check.what].add(check.right)
        if not check.right:
            self._say(turn, check.what, kind, check.want, check.have)

    def _lost(self, loss: str) -> None:
        self.result.losses[loss] = self.result.losses.get(loss, 0) + 1

    def _differ(self, place: int, what: str, expected: str = "", got: str = "", loss: str = "") -> None:
        one = self.expected[place]
        self._say(one.turn, what, one.kind, expected, got, loss)

    def _say(self, turn: int, what: str, kind: str, expected: str = "", got: str = "", loss: str = "") -> None:
        self.result.differences.append(
            Difference(turn=turn, what=what, kind=kind, expected=expected, got=got, loss=loss)
        )


def _heading(text: str) -> str:
    """The bold first line of a thought, without its marks."""
    return text.split("\n")[0].strip().strip("*")
