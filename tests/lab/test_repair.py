"""A core with a witness."""

from __future__ import annotations

from collections import deque

import msgspec

from codexbridge.items.model import AgentMessage, AnyItem, CommandExecution, UserMessage
from codexbridge.lab.repair import GRACE, Witnessed
from codexbridge.lab.truth import Entry, Truth, TurnTruth
from codexbridge.session import api
from codexbridge.session.api import AnyCommand, AnyEvent

USER = UserMessage(id="item_0", text="go", lines=(0, 0))


class Scripted:
    """A core that says what it is told to."""

    def __init__(self) -> None:
        self.said: deque[AnyEvent] = deque()

    def receive(self, data: bytes, at: float) -> None: ...

    def receive_eof(self, at: float, status: int | None) -> None: ...

    def command(self, command: AnyCommand, at: float) -> None: ...

    def tick(self, at: float) -> None: ...

    def data_to_send(self) -> bytes:
        return b""

    def deadline(self) -> float | None:
        return None

    def events(self) -> list[AnyEvent]:
        said = list(self.said)
        self.said.clear()
        return said


class Bench:
    """A witnessed core, a clock, and what came out."""

    def __init__(self, *entries: Entry, verify: bool = True, repair: bool = True) -> None:
        self.core = Scripted()
        self.turn = TurnTruth(user="go", entries=list(entries))
        self.truth: Truth | None = Truth(turns=[self.turn])
        self.core_under = Witnessed(self.core, lambda: self.truth, verify=verify, repair=repair)
        self.now = 0.0
        self.out: list[AnyEvent] = []
        self.say(api.TurnStarted(turn=1), done(USER))

    def say(self, *events: AnyEvent, wait: float = 2.0) -> None:
        """The core says something; ``wait`` seconds pass, in which deadlines are kept."""
        self.core.said.extend(events)
        self.out += self.core_under.events()
        end = self.now + wait
        while (due := self.core_under.deadline()) is not None and due <= end:
            self.now = max(due, self.now + 0.001)
            self.core_under.tick(self.now)
            self.out += self.core_under.events()
        self.now = end

    def end(self) -> None:
        self.say(api.TurnCompleted(turn=1, status="completed"))

    @property
    def items(self) -> list[AnyItem]:
        return [event.item for event in self.out if isinstance(event, api.ItemCompleted)]

    @property
    def drift(self) -> api.Drift:
        return next(event for event in self.out if isinstance(event, api.Drift))


def done(item: AnyItem) -> api.ItemCompleted:
    return api.ItemCompleted(turn=1, item=item)


def command(text: str, output: str = "out", number: int = 1, **more: object) -> CommandExecution:
    given: dict[str, object] = {"aggregated_output": output, "lines": (1, 2), **more}
    return CommandExecution(id=f"item_{number}", command=text, **given)  # type: ignore[arg-type]


def message(text: str, number: int = 2) -> AgentMessage:
    return AgentMessage(id=f"item_{number}", text=text, plain=text, lines=(3, 3))


def ran(text: str, output: str = "out\n", code: int = 0) -> Entry:
    return Entry(
        kind="command_execution", text=text, output=output, exit_code=code, failed=bool(code), call_id=f"c-{text}"
    )


def said(text: str) -> Entry:
    return Entry(kind="agent_message", text=text)


def test_where_nothing_is_missing_nothing_changes() -> None:
    bench = Bench(ran("one"), said("Done."))
    bench.say(done(command("one")), wait=0)
    bench.say(done(message("Done.")), wait=0)
    assert [item.id for item in bench.items] == ["item_0", "item_1", "item_2"]
    bench.end()
    assert bench.drift.repaired == 0
    assert bench.drift.differences == ()
    assert isinstance(bench.out[-1], api.TurnCompleted)


def test_what_was_never_drawn_is_sent_once_in_its_place_and_marked() -> None:
    bench = Bench(ran("never drawn", "quiet\n", 3), said("Done."))
    bench.say(done(message("Done.")))
    bench.end()
    lost, drawn = bench.items[1:]
    assert isinstance(lost, CommandExecution)
    assert (lost.command, lost.aggregated_output, lost.exit_code) == ("never drawn", "quiet\n", 3)
    assert (lost.source, lost.status) == ("rollout", "failed")
    assert drawn.source == "screen"
    assert bench.drift.repaired == 1
    assert bench.drift.differences == ()


def test_what_is_only_late_is_not_sent_twice() -> None:
    bench = Bench(ran("late"), said("Done."))
    bench.say(done(message("Done.")), wait=GRACE / 2)
    bench.say(done(command("late")))
    bench.end()
    assert sorted(item.id for item in bench.items) == ["item_0", "item_1", "item_2"] or len(bench.items) == 3


def test_what_is_drawn_after_it_was_sent_is_held_back() -> None:
    bench = Bench(ran("very late"), said("Done."))
    bench.say(done(message("Done.")), wait=GRACE * 3)
    bench.say(done(command("very late")))
    bench.end()
    commands = [item for item in bench.items if isinstance(item, CommandExecution)]
    assert [item.source for item in commands] == ["rollout"]


def test_a_command_seen_running_keeps_its_id() -> None:
    bench = Bench(ran("sleep 2", "woke\n"), said("Done."))
    running = command("sleep 2", "", number=7, lines=None, status="in_progress")
    bench.say(api.ItemStarted(turn=1, item=running))
    bench.say(done(message("Done.")))
    bench.say(done(msgspec.structs.replace(running, status="completed")))
    bench.end()
    commands = [item for item in bench.items if isinstance(item, CommandExecution)]
    assert [(item.id, item.aggregated_output) for item in commands] == [("item_7", "woke\n")]


def test_an_output_is_filled_where_the_screen_did_not_show_it() -> None:
    bench = Bench(ran("seq 9", "1\n2\n3\n"), ran("slow", "first\nlast\n"), ran("shown", "not this\n"))
    bench.say(done(command("seq 9", "1\n[1 line]\n3", elided=1)))
    bench.say(done(command("slow", "last", number=2)))
    bench.say(done(command("shown", "but that", number=3)))
    first, second, third = bench.items[1:]
    assert isinstance(first, CommandExecution)
    assert isinstance(second, CommandExecution)
    assert isinstance(third, CommandExecution)
    assert (first.aggregated_output, first.elided, first.source) == ("1\n2\n3\n", 0, "rollout")
    assert (second.aggregated_output, second.source) == ("first\nlast\n", "rollout")
    assert (third.aggregated_output, third.source) == ("but that", "screen"), "the screen is never contradicted"
    bench.end()
    assert [difference["what"] for difference in bench.drift.differences] == ["outputs"]


def test_sameness_is_counted() -> None:
    bench = Bench(ran("same"), ran("same"), said("Done."))
    bench.say(done(command("same", number=1)))
    bench.say(done(message("Done.", 3)))
    bench.end()
    assert [item.source for item in bench.items] == ["screen", "screen", "rollout", "screen"]


def test_verify_alone_changes_nothing_and_reports() -> None:
    bench = Bench(ran("never drawn"), said("Done."), repair=False)
    bench.say(done(message("Done.")), wait=0)
    assert len(bench.items) == 2
    bench.end()
    assert [(d["what"], d["kind"]) for d in bench.drift.differences] == [("recall", "command_execution")]


def test_without_a_witness_nothing_waits() -> None:
    bench = Bench()
    bench.truth = None
    bench.say(done(message("Hello.")), api.TurnCompleted(turn=1, status="completed"), wait=0)
    assert isinstance(bench.out[-1], api.TurnCompleted)
    assert not any(isinstance(event, api.Drift) for event in bench.out)


def test_the_end_of_codex_lets_everything_out() -> None:
    bench = Bench(ran("never drawn"), said("Done."))
    bench.core.said.append(done(message("Done.")))
    bench.out += bench.core_under.events()
    bench.core_under.receive_eof(bench.now, 0)
    bench.out += bench.core_under.events()
    assert [item.source for item in bench.items] == ["screen", "rollout", "screen"]


def test_a_long_turn_is_paired_in_parts() -> None:
    entries = [entry for n in range(90) for entry in (ran(f"step {n}"), said(f"Step {n} is done."))]
    bench = Bench(*entries)
    for n in range(90):
        if n != 70:
            bench.say(done(command(f"step {n}", number=2 * n + 1)), wait=0)
        bench.say(done(message(f"Step {n} is done.", 2 * n + 2)), wait=0 if n != 70 else 1)
    bench.end()
    assert [item.source for item in bench.items].count("rollout") == 1
    assert len(bench.items) == 181
    assert bench.drift.differences == ()


def counting() -> Bench:
    """A turn at the end of which its tokens are wanted."""
    bench = Bench(Entry(kind="agent_message", text="done"))
    bench.core_under._usage = True
    bench.say(done(message("done")))
    bench.core_under.tick(bench.now)
    return bench


def test_the_end_of_a_turn_brings_its_tokens_and_waits_a_while_for_them() -> None:
    bench = counting()
    bench.say(api.TurnCompleted(turn=1, status="completed"), wait=1.0)
    assert not any(isinstance(event, api.TurnCompleted) for event in bench.out)
    bench.turn.usage, bench.turn.counted = {"input": 5, "cached": 1, "output": 2, "total": 7}, True
    bench.say(wait=0.3)
    (ended,) = [event for event in bench.out if isinstance(event, api.TurnCompleted)]
    assert ended.usage == api.Usage(input=5, cached=1, output=2, total=7)


def test_tokens_that_never_come_keep_no_turn_from_ending() -> None:
    bench = counting()
    bench.say(api.TurnCompleted(turn=1, status="completed"), wait=2.2)
    (ended,) = [event for event in bench.out if isinstance(event, api.TurnCompleted)]
    assert ended.usage is None


def test_a_witness_that_begins_to_write_late_is_in_time() -> None:
    bench = Bench(ran("lost"), ran("shown"), said("Done."))
    truth, bench.truth = bench.truth, None
    bench.core_under.tick(bench.now)
    bench.say(done(command("shown")), wait=GRACE / 2)
    assert bench.items == [USER]
    bench.truth = truth
    bench.say(done(message("Done.")))
    bench.end()
    assert [getattr(item, "command", "") for item in bench.items] == ["", "lost", "shown", ""]


def test_without_a_witness_one_turn_waits_and_no_other() -> None:
    bench = Bench()
    bench.truth = None
    bench.core_under.tick(bench.now)
    bench.say(done(message("Done.")), wait=GRACE / 2)
    assert bench.items == [USER]
    bench.say(wait=GRACE)
    assert len(bench.items) == 2
    bench.end()
    bench.say(api.TurnStarted(turn=2), done(message("Again.", 4)), wait=0)
    assert len(bench.items) == 3
