"""The author of one random conversation: every kind of turn that goes as it should."""

from __future__ import annotations

import re
from random import Random

from codexbridge.lab.documents import Documents
from codexbridge.lab.story import Part, Response, Scenario, Step, Turn
from codexbridge.lab.wild_commands import command
from codexbridge.lab.wild_files import Files

_USER = (
    "Why does {name} fail for {words}?",
    "Please look at {path} and tell me about {words}.",
    "{words}\n\n{words}",
    "Fix this:\n```\n{name}({words})\n    raise ValueError({number})\n```\nand keep the rest.",
    "1. {words}\n2. {words}\n   - {words}\n3. {words}",
    "go on",
    "¿Qué hace `{name}`? 请检查 {path} 🙂",
    "I see:\n\n    {words}\n\ttab {number}\n\nwhat now?",
    "{words}? {words}! ({words}; {number}%)",
)
_LEAD = (
    "I'll start with `{path}`.",
    "Next: {words}.",
    "Let me check {words} before I touch `{name}`.",
    "The cause is in `{path}:{number}`, where `{name}` is called twice.\n\nI'll change that now.",
    "Running the tests again.",
    "{words}",
)
_THOUGHT = ("**Looking at {name}**", "**Considering {words}**", "**Planning the change**", "**Checking {path}**")
_NAMES = ("parse_line", "load", "Config.merge", "main", "retry", "flush_all", "on_event", "toJSON", "ünïcode_name")


class Author:
    """Draws one conversation."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.documents = Documents(random)
        self.files = Files(random)

    def scenario(self, name: str) -> Scenario:
        start = dict(self.files.now)
        turns = [self.turn() for _ in range(self.random.randint(3, 6))]
        about = "A conversation drawn at random."
        return Scenario(title=f"Drawn at random: {name}", about=about, name=name, files=start, turn=turns)

    def fill(self, template: str) -> str:
        def one(match: re.Match[str]) -> str:
            if match[1] == "words":
                return self.documents.words(1, 9)
            if match[1] == "number":
                return str(self.random.randint(2, 4000))
            return self.random.choice(_NAMES if match[1] == "name" else sorted(self.files.now))

        return re.sub(r"\{(\w+)\}", one, template)

    def turn(self) -> Turn:
        responses = []
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 4))):
            items = self.thoughts(0.3)
            if self.random.random() < 0.35:
                items.append(self.message(self.fill(self.random.choice(_LEAD))))
            items += self.calls()
            responses.append(Response(items=items))
        last = [*self.thoughts(0.25), self.message(self.answer())]
        return Turn(user=self.fill(self.random.choice(_USER)), response=[*responses, Response(items=last)])

    def thoughts(self, chance: float) -> list[Part]:
        if self.random.random() >= chance:
            return []
        parts = []
        for _ in range(self.random.choice((1, 1, 1, 2))):
            body = [self.documents.inline(1) for _ in range(self.random.choice((1, 1, 2)))]
            parts.append("\n\n".join([self.fill(self.random.choice(_THOUGHT)), *body]))
        return [Part(reasoning=parts)]

    def message(self, text: str) -> Part:
        return Part(message=text, chunk=self.random.choice((3, 11, 40, 400)), pause=self.random.choice((0, 2, 9)))

    def calls(self) -> list[Part]:
        kind = self.random.random()
        if kind < 0.12:
            return [self.plan()]
        if kind < 0.34:
            return [Part(patch=self.files.patch())]
        count = self.random.choice((1, 1, 1, 1, 2, 3))
        return [command(self.random, self.files) for _ in range(count)]

    def plan(self) -> Part:
        count = self.random.randint(1, 6)
        done = self.random.randint(0, count)
        steps = [Step(step=self.documents.words(2, 9)) for _ in range(count)]
        for index, step in enumerate(steps):
            step.status = "completed" if index < done else "in_progress" if index == done else "pending"
        return Part(plan=steps, explanation=self.random.choice(("", self.documents.words(3, 12))))

    def answer(self) -> str:
        kind = self.random.random()
        if kind < 0.25:
            return self.documents.words(1, 8).capitalize() + "."
        if kind < 0.5:
            points = [
                f"- `{self.fill('{path}')}`: {self.documents.inline(1)}" for _ in range(self.random.randint(2, 5))
            ]
            return "\n".join([self.documents.inline(1), "", *points, "", self.documents.inline(1)])
        if kind < 0.7:
            code = self.files.excerpt()
            return f"{self.documents.inline(1)}\n\n```python\n{code}\n```\n\n{self.documents.inline(1)}"
        return self.documents.document(5)
