"""A recording through the core: no Codex, no clock, and so as fast as the core is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from codexbridge.items.model import AnyItem
from codexbridge.lab.cast import Cast
from codexbridge.session.api import AnyEvent, ItemCompleted
from codexbridge.session.core import Session

_AFTER = 30.0


def replay(cast: Cast, version: str, *, session: Session | None = None) -> list[AnyEvent]:
    """Feed a recording's output to a session, with the recording's own times, and give every event.

    What the session would write is thrown away: the recording has Codex's answers to what was written then.
    """
    core = session or Session(version, columns=cast.header.columns, rows=cast.header.rows)
    events: list[AnyEvent] = []
    run(core, ((time, data) for time, data in cast.output()), events.extend)
    return events


def run(core: Session, chunks: Iterable[tuple[float, bytes]], publish: Callable[[list[AnyEvent]], object]) -> None:
    """Drive ``core`` with timed bytes: deadlines that fall between two chunks are kept."""
    at = 0.0
    for at, data in chunks:
        _catch_up(core, at, publish)
        core.receive(data, at)
        core.data_to_send()
        publish(core.events())
    _catch_up(core, at + _AFTER, publish)
    core.receive_eof(at + _AFTER, 0)
    core.data_to_send()
    publish(core.events())


def _catch_up(core: Session, at: float, publish: Callable[[list[AnyEvent]], object]) -> None:
    last = None
    while (due := core.deadline()) is not None and due < at:
        # A deadline that does not move is no deadline.
        if last is not None and due <= last:
            break
        last = due
        core.tick(due)
        core.data_to_send()
        publish(core.events())


def items(events: Iterable[AnyEvent]) -> list[AnyItem]:
    """The completed items, in order."""
    return [event.item for event in events if isinstance(event, ItemCompleted)]
