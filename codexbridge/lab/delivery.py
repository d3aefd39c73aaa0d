"""Deliver every hostile text to a real release and hold what the model received against what was given.

``python -m codexbridge.lab.delivery 0.47.0 0.135.0`` prints a line per release and the texts that went wrong, and
ends with 1 if there was one. ``--share 1/4`` delivers every fourth text only, ``--drawn 100 --seed 7`` a hundred
that are drawn at random instead of the table.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import click
import msgspec

from codexbridge.items.model import AgentMessage, Notice, Reasoning, Unknown, UserMessage
from codexbridge.lab import trials
from codexbridge.lab.bench import Bench
from codexbridge.lab.hostile import texts
from codexbridge.lab.odd import draw
from codexbridge.session.api import ItemCompleted

Verdict = Literal["exact", "altered", "rejected", "wrong"]


_WORDS = (UserMessage, AgentMessage, Notice, Reasoning, Unknown)
"""Items that are no deed."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one text."""

    name: str
    verdict: Verdict
    seconds: float
    note: str = ""
    """The stated alteration or reason; for ``wrong`` what is wrong."""


def deliver(bench: Bench, name: str, text: str, limit: float = 40.0) -> Outcome:
    """Send one text and judge what came of it."""
    before = len(bench.listener.heard)
    events = len(bench.log)
    began = time.monotonic()
    said = bench.send(text, limit)
    session = bench.session
    if said is not None and said.state == "delivered":
        bench.wait(lambda: not session.turns.running, limit)
    seconds = round(time.monotonic() - began, 3)
    heard = bench.listener.heard[before:]

    def wrong(why: str) -> Outcome:
        return Outcome(name=name, verdict="wrong", seconds=seconds, note=why)

    ran = [
        event.item
        for event in bench.log[events:]
        if isinstance(event, ItemCompleted) and not isinstance(event.item, _WORDS)
    ]
    if ran:
        return wrong(f"something ran: {ran[0]!r}"[:300])
    if said is None:
        return wrong("nothing became of it; screen: " + " / ".join(bench.screen()[-4:])[:300])
    if said.state == "rejected":
        if heard:
            return wrong(f"rejected ({said.reason}) and yet received: {heard!r}"[:300])
        return Outcome(name=name, verdict="rejected", seconds=seconds, note=said.reason)
    if len(heard) != 1:
        return wrong(f"received {len(heard)} times: {heard!r}"[:300])
    if heard[0] == text and not said.altered:
        return Outcome(name=name, verdict="exact", seconds=seconds)
    if said.altered and heard[0] == session.outbox.prepared.expected and heard[0] != text:
        return Outcome(name=name, verdict="altered", seconds=seconds, note=said.altered)
    expected = session.outbox.prepared.expected
    return wrong(f"said {said.altered!r}; received {heard[0][:80]!r}, expected {expected[:80]!r}")


def measure(
    version: str,
    chosen: list[tuple[str, str]],
    limit: float = 40.0,
    record: Path | None = None,
    tell: Callable[[Outcome], None] = print,
) -> list[Outcome]:
    """The chosen texts to one release, in one conversation; a new one is begun where Codex ended."""
    outcomes: list[Outcome] = []
    left = list(chosen)
    while left:
        with Bench(version, record=record) as bench:
            bench.start()
            while left:
                outcome = deliver(bench, *left.pop(0), limit=limit)
                if bench.ended:
                    outcome = msgspec.structs.replace(outcome, verdict="wrong", note="Codex ended")
                outcomes.append(outcome)
                tell(outcome)
                if bench.ended:
                    break
    return outcomes


PLACEHOLDERS = (
    "send a message",
    "Ask Codex to do anything",
    "Explain this codebase",
    "Find and fix a bug in @filename",
    "Implement {feature}",
    "Summarize recent commits",
    "Write tests for @filename",
)
"""What the composer shows when it is empty: of some releases at random one of these."""


def select(only: str = "", share: str = "1/1", drawn: int = 0, seed: int = 0) -> list[tuple[str, str]]:
    """Names and texts: of the table, or ``drawn`` at random; of these those whose name holds ``only``, and of these
    the ``share``, ``2/5`` for the second of five. Raises :exc:`ValueError` for a share that is none.
    """
    part, _, parts = share.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise ValueError(f"a share is written 2/5, not {share!r}")
    every = draw(drawn, seed, PLACEHOLDERS) if drawn else texts(PLACEHOLDERS)
    return [(name, text) for name, text in every if only in name][int(part) - 1 :: int(parts)]


def _every(
    versions: tuple[str, ...], chosen: list[tuple[str, str]], limit: float, out: Path | None, record: Path | None
) -> Iterator[trials.Trial]:
    for version in versions:
        began = time.monotonic()

        def tell(outcome: Outcome, version: str = version) -> None:
            if outcome.verdict == "wrong":
                print(f"  {outcome.name}: {outcome.note}", flush=True)
            if out:
                line = json.dumps({"release": version, **msgspec.to_builtins(outcome)})
                with out.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")

        counts = Counter(outcome.verdict for outcome in measure(version, chosen, limit, record, tell))
        figures = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("exact", "altered", "rejected", "wrong"))
        said = f"{version}: {counts.total()} texts: {figures} ({time.monotonic() - began:.0f} s)"
        yield bool(counts["wrong"]), said


@trials.command
@trials.only
@click.option("--share", default="1/1", show_default=True, help="Only the second of five parts: 2/5.")
@click.option("--drawn", default=0, metavar="N", help="Not the table: N texts drawn at random.")
@click.option("--seed", default=0, show_default=True, help="What they are drawn from.")
@click.option("--limit", default=40.0, help="Seconds for a text.")
@click.option("--out", type=click.Path(path_type=Path), help="Write every outcome there, as lines of JSON.")
@trials.record
def main(
    versions: tuple[str, ...],
    only: str,
    share: str,
    drawn: int,
    seed: int,
    limit: float,
    out: Path | None,
    record: Path | None,
) -> None:
    """Deliver hostile texts to VERSIONS and say what became of them."""
    try:
        chosen = select(only, share, drawn, seed)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    trials.report(_every(versions, chosen, limit, out, record))


if __name__ == "__main__":
    main()
