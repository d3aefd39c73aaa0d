"""Conversations drawn at random in which things happen: ``storm-17`` beside ``wild-17``.

The user interrupts commands and messages and writes while a turn runs; tools of an MCP server answer and fail; the
web is searched; the provider refuses and breaks off. What fails for good comes last, because some releases send
nothing after a turn that failed.
"""

from __future__ import annotations

from collections.abc import Callable

from codexbridge.lab.story import Busy, Drop, Fault, Mcp, Part, Response, Scenario, Turn, Wants
from codexbridge.lab.wild_author import Author
from codexbridge.lab.wild_commands import command

_AFTER = ("And then?", "Are you there?", "Go on with {path}.", "Never mind; {words}.")
_BESIDE = ("By the way: {words}.", "Also {words}, please.", "Stop at `{name}`.", "{words}\n\n- {words}\n- {words}")
_FAILURES = (
    Fault(status=404, body={"error": {"message": "The model does not exist.", "type": "invalid_request_error"}}),
    Fault(status=400, body={"error": {"message": "The request is not valid.", "type": "invalid_request_error"}}),
    Fault(
        status=429,
        body={"error": {"type": "usage_limit_reached", "message": "The usage limit has been reached"}},
    ),
)


class Storm(Author):
    """Draws one such conversation."""

    def scenario(self, name: str) -> Scenario:
        start = dict(self.files.now)
        kinds: list[Callable[[], list[Turn]]] = [self.stopped, self.cut, self.busy, self.called, self.broken]
        self.random.shuffle(kinds)
        turns = [turn for draw in kinds[: self.random.randint(3, 5)] for turn in draw()]
        if self.random.random() < 0.5:
            turns.insert(self.random.randint(0, len(turns)), self.turn())
        if self.random.random() < 0.4:
            turns.append(self.refused())
        wants = Wants(mcp=["lab"], provider={"request_max_retries": 2, "stream_max_retries": 2})
        about = "A conversation drawn at random, with interruptions, messages into running turns and failures."
        return Scenario(title=f"Drawn at random: {name}", about=about, name=name, files=start, turn=turns, wants=wants)

    def stopped(self) -> list[Turn]:
        """A command that is interrupted, and what the user says then."""
        text = f"echo begun {self.random.randint(1, 99)}; sleep 20; echo never"
        lead = [self.message(self.fill("First {words}."))] if self.random.random() < 0.6 else []
        first = Response(items=[*lead, Part(command=text)])
        never = Response(items=[Part(message="This is not reached.")])
        turn = Turn(user=self.fill("Run it: {words}."), response=[first, never], interrupt=2500)
        return [turn, self.short()]

    def cut(self) -> list[Turn]:
        """A message that is interrupted while it streams."""
        lines = "\n\n".join(self.documents.words(4, 9).capitalize() + "." for _ in range(12))
        turn = Turn(
            user=self.fill("Talk about {words}."),
            response=[Response(items=[Part(message=lines, chunk=12, pause=150)])],
            interrupt=2000,
        )
        return [turn, self.short()]

    def busy(self) -> list[Turn]:
        """One or two messages into a turn that runs a slow command."""
        count = self.random.choice((1, 1, 2))
        extra = [
            Busy(after=900 + 500 * n, text=self.fill(self.random.choice(_BESIDE)), reply=self.sentence())
            for n in range(count)
        ]
        work = Response(items=[Part(command=f"sleep 3; echo worked {self.random.randint(1, 99)}", pure=True)])
        return [Turn(user=self.fill("Work on {path}."), response=[work, self.ending()], busy=extra)]

    def called(self) -> list[Turn]:
        """MCP calls and searches among commands."""
        parts: list[Part] = []
        for _ in range(self.random.randint(1, 4)):
            kind = self.random.random()
            if kind < 0.4:
                text = self.random.choice((self.documents.words(1, 12), "two\nlines", "", "日本 🙂 “quoted”"))
                parts.append(Part(mcp=Mcp(server="lab", tool="echo", arguments={"text": text})))
            elif kind < 0.55:
                why = self.documents.words(1, 6)
                parts.append(Part(mcp=Mcp(server="lab", tool="fail", arguments={"reason": why}, fails=True)))
            elif kind < 0.7:
                rows = self.random.choice((1, 3, 8, 30))
                parts.append(Part(mcp=Mcp(server="lab", tool="table", arguments={"rows": rows})))
            elif kind < 0.85:
                parts.append(Part(search=self.documents.words(2, 6)))
            else:
                parts.append(command(self.random, self.files))
        # One call an answer: which of several ends first is nobody's word.
        responses = [Response(items=[part]) for part in parts]
        return [Turn(user=self.fill("Ask the tools about {words}."), response=[*responses, self.ending()])]

    def broken(self) -> list[Turn]:
        """An answer that comes only after a refusal, or whose stream breaks off once."""
        last = self.ending()
        if self.random.random() < 0.5:
            last.drop = Drop(after=self.random.randint(0, 30), times=1)
        else:
            last.error = Fault(status=500, times=1, body={"error": {"message": "Overloaded.", "type": "server_error"}})
        return [Turn(user=self.fill("Why {words}?"), response=[last])]

    def refused(self) -> Turn:
        """A turn that fails for good."""
        return Turn(
            user=self.fill("One last thing: {words}."), response=[Response(error=self.random.choice(_FAILURES))]
        )

    def short(self) -> Turn:
        """What the user says after an interruption."""
        return Turn(user=self.fill(self.random.choice(_AFTER)), response=[self.ending()])

    def ending(self) -> Response:
        """The last answer of a turn."""
        return Response(items=[self.message(self.sentence())])

    def sentence(self) -> str:
        return self.documents.words(2, 9).capitalize() + "."
