"""Stop turns of a real release: while the model thinks, while a message streams, while a command runs.

``python -m codexbridge.lab.stops 0.47.0 0.135.0``; behind each turn a message waits, which must be delivered after.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from codexbridge.lab import trials
from codexbridge.lab.bench import Bench
from codexbridge.lab.listener import Json, call, message, outputs
from codexbridge.session.api import Interrupt, TurnCompleted

MOMENTS = ("thinking", "streaming", "running")


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One turn that was stopped; ``wrong`` is empty where all is as it must be."""

    moment: str
    seconds: float
    wrong: str


def stop(version: str, moment: str, record: Path | None = None) -> Stop:
    """Stop one turn."""

    def plan(request: Json, text: str) -> list[Json] | None:
        if text != "begin" or outputs(request):
            return None
        if moment == "thinking":
            return [{"wait": 20.0}, message("Too late.")]
        if moment == "streaming":
            return [message("\n".join(f"line {n} of a long answer" for n in range(300)), pause=0.1)]
        return [message("I will run."), call(request, "sleep 20; echo slept")]

    with Bench(version, plan, record=record) as bench:
        bench.start()
        bench.send("warm up")
        bench.wait(lambda: bool(bench.seen(TurnCompleted)), 20)
        bench.post("begin")
        waiting = bench.post("next")
        bench.run(3.0)
        began = time.monotonic()
        bench.command(Interrupt())
        bench.wait(lambda: len(bench.seen(TurnCompleted)) > 1, 15)
        seconds = round(time.monotonic() - began, 2)
        bench.wait(lambda: bench.outcome(waiting) is not None, 20)
        bench.wait(lambda: "next" in bench.listener.heard, 5)
        ended = bench.seen(TurnCompleted)
        wrong = ""
        after = bench.outcome(waiting)
        if len(ended) < 2:
            wrong = "the turn did not stop"
        elif ended[1].status != "interrupted":
            wrong = f"the turn {ended[1].status}"
        elif after is None or after.state != "delivered" or bench.listener.heard[-1] != "next":
            wrong = f"the next message: {after}; heard {bench.listener.heard}"
        elif bench.ended:
            wrong = "Codex ended"
        return Stop(moment=moment, seconds=seconds, wrong=trials.with_screen(wrong, bench))


def _every(versions: tuple[str, ...], only: str, record: Path | None) -> Iterator[trials.Trial]:
    for version, moment in trials.cases(only, versions, MOMENTS):
        done = stop(version, moment, record)
        yield bool(done.wrong), f"{version} {moment}: {done.wrong or 'stopped'} ({done.seconds:.1f} s)"


@trials.command
@trials.only
@trials.record
def main(versions: tuple[str, ...], only: str, record: Path | None) -> None:
    """Stop turns of VERSIONS."""
    trials.report(_every(versions, only, record))


if __name__ == "__main__":
    main()
