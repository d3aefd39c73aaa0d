"""A workspace for a random conversation, and patches that fit what is in it at that moment."""

from __future__ import annotations

from random import Random

_PATHS = ("src/app.py", "src/util/text.py", "README.md", "docs/guide.md", "tests/test_app.py", "conf/settings.toml")
_LINES = (
    "def step_{n}(value):",
    "    return value + {n}",
    "    if value is None: raise KeyError('k{n}')",
    "# note {n}: keep this in order",
    "VALUE_{n} = {{'a': {n}, \"b\": [1, 2]}}",
    "- item {n} with `code` and *stars*",
    "text {n}: naïve café — 日本語",
    "\tindented by a tab {n}",
    'print(f"{{x!r:>{n}}}")  # {n}',
    "• Ran step {n}",
)


class Files:
    """The files as the conversation has left them; a patch changes them as ``apply_patch`` does."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._count = 0
        self.now = {path: self._text(random.randint(6, 40)) for path in random.sample(_PATHS, random.randint(3, 6))}

    def excerpt(self) -> str:
        """Some lines of a file, dedented by nothing, without blanks at the ends."""
        lines = self.now[self.random.choice(sorted(self.now))].splitlines()
        at = self.random.randrange(max(1, len(lines) - 3))
        return "\n".join(lines[at : at + self.random.randint(1, 6)]).strip("\n")

    def patch(self) -> str:
        """An ``apply_patch`` text of one to three changes, each of another file."""
        body: list[str] = []
        paths = self.random.sample(sorted(self.now), min(len(self.now), self.random.choice((1, 1, 1, 2, 3))))
        for path in paths:
            kind = self.random.random()
            if kind < 0.2:
                body += self._add()
            elif kind < 0.3 and len(self.now) > 3:
                del self.now[path]
                body.append(f"*** Delete File: {path}")
            else:
                body += self._update(path, move=kind > 0.9)
        return "\n".join(["*** Begin Patch", *body, "*** End Patch"])

    def _line(self) -> str:
        self._count += 1
        return self.random.choice(_LINES).format(n=self._count)

    def _text(self, count: int) -> str:
        lines = [self._line() if self.random.random() < 0.85 else "" for _ in range(count)]
        return "\n".join([self._line(), *lines, self._line()]) + "\n"

    def _add(self) -> list[str]:
        self._count += 1
        path = f"src/new_{self._count}.{self.random.choice(('py', 'md', 'txt'))}"
        text = self._text(self.random.randint(0, 12))
        self.now[path] = text
        return [f"*** Add File: {path}", *("+" + line for line in text.splitlines())]

    def _update(self, path: str, move: bool) -> list[str]:
        lines = self.now[path].splitlines()
        # Only lines that stand once can be found for certain.
        places = [at for at, line in enumerate(lines) if line.strip()]
        at = self.random.choice(places)
        before = lines[max(0, at - 3) : at]
        after = lines[at + 1 : at + 4]
        new = [self._line() for _ in range(self.random.choice((0, 1, 1, 2, 5)))]
        if not new and len(places) < 4:
            new = [self._line()]
        hunk = [" " + line for line in before] + ["-" + lines[at]]
        hunk += ["+" + line for line in new] + [" " + line for line in after]
        lines[at : at + 1] = new
        head = [f"*** Update File: {path}"]
        if move:
            del self.now[path]
            stem, _, suffix = path.rpartition(".")
            path = f"{stem}_moved.{suffix}"
            head.append(f"*** Move to: {path}")
        self.now[path] = "\n".join(lines) + "\n"
        return [*head, "@@", *hunk]
