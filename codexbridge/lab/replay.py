"""A recording through the core: no Codex, no clock, and so as fast as the core is.

::

    passed = play(cast.read(path), "0.47.0")
    passed.events, passed.transcript, passed.screens, accounts(passed)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from typing import NamedTuple

from codexbridge.items.model import AnyItem
from codexbridge.lab.cast import Cast, Event
from codexbridge.session.api import AnyEvent, Close, ItemCompleted, Resize
from codexbridge.session.core import Session
from codexbridge.terminal.records import Record
from codexbridge.transcript.lines import Change, Collector, Committed, Line, Replaced

_AFTER = 30.0
"""Seconds of silence that are played after the last byte, so that every deadline passes."""
_AGAIN = 0.001
_LATE = 0.0002
_MOST_TICKS = 100_000
"""Between two events of a recording: no core needs so many."""
DIED = "died"
"""Last marker of a recording whose child ended by itself."""
_BANNER = re.compile(r"Codex[^\n]{0,80}?\(?\bv(\d+\.\d+\.\d+)\b|(?:research preview)[^\n]{0,80}?\bv(\d+\.\d+\.\d+)\b")


class Step(NamedTuple):
    """What one step of a replay gave. ``marker`` is set where the recording has one."""

    at: float
    events: list[AnyEvent]
    marker: str | None = None


class Transcript:
    """Stands between a session and its collector, and keeps the committed lines in order, as restated."""

    def __init__(self, inner: Collector) -> None:
        self.lines: list[Line] = []
        self._inner = inner

    def receive(self, record: Record) -> list[Change]:
        """Pass a record on; remember what it committed."""
        return self._noted(self._inner.receive(record))

    def give_up(self) -> list[Change]:
        """As the collector."""
        return self._noted(self._inner.give_up())

    def _noted(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            if isinstance(change, Committed):
                self.lines.extend(change.lines)
            elif isinstance(change, Replaced):
                place = [n for n, line in enumerate(self.lines) if change.first <= line.id <= change.last]
                if place:
                    self.lines[place[0] : place[-1] + 1] = change.lines
        return changes

    def __getattr__(self, name: str) -> object:
        # A collector may offer more than the protocol asks for.
        return getattr(self._inner, name)


class Replay(NamedTuple):
    """Everything that a recording gave. ``screens`` holds the visible rows at each marker, by its label."""

    session: Session
    events: list[AnyEvent]
    transcript: list[Line]
    screens: dict[str, tuple[str, ...]]


class Account(NamedTuple):
    """One line of the history, and what explains it."""

    line: Line
    what: str
    """``item``, ``chrome`` or ``unknown``."""
    rule: str


def release_of(cast: Cast) -> str | None:
    """The release that a recording is of: what its header says, or Codex's own banner in it."""
    said = cast.header.rest.get("x-codexbridge")
    if isinstance(said, dict) and isinstance(said.get("release"), str):
        return str(said["release"])
    text = "".join(event.data for event in cast.events[:400] if event.code == "o")
    found = _BANNER.search(re.sub(r"\x1b\[[0-9;?<=>]*[A-Za-z]", "", text))
    return found[1] or found[2] if found else None


def steps(core: Session, events: Iterable[Event]) -> Iterator[Step]:
    """Drive ``core`` with a recording's events, one step at a time; deadlines between two of them are kept.

    What the session would write is thrown away: the recording has Codex's answers to what was written then.
    """
    at = 0.0
    marker: str | None = None
    for event in events:
        at = max(at, event.time)
        yield from _catch_up(core, at)
        told = None
        if event.code == "o":
            core.receive(event.bytes(), at)
        elif event.code == "n":
            core.notified(event.data, at)
        elif event.code == "r":
            columns, _, rows = event.data.partition("x")
            core.command(Resize(columns=int(columns), rows=int(rows)), at)
        elif event.code == "m":
            marker = told = event.data
        core.data_to_send()
        yield Step(at, core.events(), told)
    yield from _catch_up(core, at + _AFTER)
    if marker != DIED:
        # Whoever recorded also ended the child.
        core.command(Close(), at + _AFTER)
    core.receive_eof(at + _AFTER, 0)
    core.data_to_send()
    yield Step(at, core.events())


def play(
    cast: Cast,
    version: str,
    *,
    session: Session | None = None,
    look: str | None = None,
    on_step: Callable[[Step, Session], object] | None = None,
) -> Replay:
    """Play a whole recording, as fast as the core is. ``look`` tries another look than the release's own."""
    core = session or Session(version, columns=cast.header.columns, rows=cast.header.rows, look=look)
    transcript = Transcript(core.collector)
    core.collector = transcript
    events: list[AnyEvent] = []
    screens: dict[str, tuple[str, ...]] = {}
    for step in steps(core, cast.events):
        events += step.events
        if step.marker is not None:
            screens[_label(step.marker, screens)] = screen(core)
        if on_step:
            on_step(step, core)
    if "end" not in screens:
        screens["end"] = screen(core)
    return Replay(core, events, transcript.lines, screens)


def replay(cast: Cast, version: str, *, session: Session | None = None) -> list[AnyEvent]:
    """Every event of a recording."""
    return play(cast, version, session=session).events


def screen(core: Session) -> tuple[str, ...]:
    """The rows that a person would see now, blank ones at the end left out."""
    rows = [row.text for row in core.terminal.snapshot().rows]
    while rows and not rows[-1]:
        rows.pop()
    return tuple(rows)


def items(events: Iterable[AnyEvent]) -> list[AnyItem]:
    """The completed items, in order."""
    return [event.item for event in events if isinstance(event, ItemCompleted)]


def accounts(passed: Replay) -> list[Account]:
    """Every line of the history with the rule that explains it, in order."""
    by_line: dict[int, tuple[str, str]] = {}
    for cell in passed.session.segmenter.cells:
        what = {"unknown": "unknown", "chrome": "chrome", "turn_end": "chrome"}.get(cell.kind, "item")
        for line in cell.lines:
            by_line[line.id] = (what, cell.rule.id)
    # A blank line between two cells is nobody's.
    return [Account(line, *by_line.get(line.id, ("chrome", "blank"))) for line in passed.transcript]


def _label(marker: str, taken: Container[str]) -> str:
    """The name of a marker's screen: a marker that comes again is counted."""
    label, times = marker, 1
    while label in taken:
        times += 1
        label = f"{marker} ({times})"
    return label


def _catch_up(core: Session, at: float) -> Iterator[Step]:
    """Keep the deadlines before ``at``. One that does not move is kept again a little later, as a live driver does."""
    last = float("-inf")
    for _ in range(_MOST_TICKS):
        due = core.deadline()
        if due is None or (due := max(due, last + _AGAIN)) >= at:
            return
        last = due
        # No alarm goes off to the digit: a live core is always ticked a little late.
        late = min(due + _LATE, at)
        core.tick(late)
        core.data_to_send()
        yield Step(late, core.events())
