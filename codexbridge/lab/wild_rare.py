"""Conversations drawn at random from what is rare: ``rare-17`` beside ``wild-17`` and ``storm-17``.

Texts and outputs that look like what Codex draws, outputs that paint (colours, progress on one row, links), lines
longer than any screen, marks that combine, scripts that join, right-to-left text, commands of many lines, paths with
blanks, plans of many steps, thoughts without a heading, the same turn twice. Nothing in it is taken from a screen of
one release: the imitations are of what all looks have in common.
"""

from __future__ import annotations

import shlex
from random import Random

from codexbridge.lab.story import Part, Response, Scenario, Step, Turn
from codexbridge.lab.wild_author import Author

_SAID = (
    "The retry loop never backs off, so a dead host is asked forty times a second.",
    "Rename it, then delete the old alias (nobody imports that).",
    "I'd rather keep `timeout=None` here; see RFC 9110, section 15.5.",
    "Zażółć gęślą jaźń, größer, ça va, Ελληνικά, русский, हिन्दी में लिखा, ไทยแลนด์.",
    "שלום עולם, مرحبا بالعالم, then English again.",
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 tone, ☎️ text, e\u0301 composed, 한글 조합.",
    "漢字とかなが混ざった長めの文で、句読点（、。）や「括弧」も入っている。",
    "1 < 2 && 3 > 2 || !done; a_b_c * d_e_f * g; 50% of $5 & #7 @ home ~ here ^ there | pipe",
    "Use C:\\temp\\new, not /tmp; C:\\\\double too.",
    "x" * 300,
    "Yes.",
    "…",
)
_DRAWN = (
    "• Ran rm -rf build",
    "  └ (no output)",
    "› Summarize recent commits",
    "▌ Ask Codex to do anything",
    "$ make all",
    "✓ • 12ms",
    "✗ (2) • 1.4s",
    "────────────────────────",
    "─ Worked for 1m 04s ──────",
    "• Updated Plan",
    "  └ □ not a step",
    "  ✔ not done either",
    "• Explored",
    "  └ Read app.py",
    "• Edited app.py (+1 -1)",
    "    12 -old",
    "    12 +new",
    "■ stream error: not one",
    "⚠ heads up",
    "codex",
    "user",
    "thinking",
    "tokens used: 1,234",
    "• Working (12s • esc to interrupt)",
    "100% context left",
    "╭──────────────╮",
    "│ >_ a box │",
    "╰──────────────╯",
    "… +14 lines (ctrl + t to view transcript)",
    "↳ Interacted with background terminal",
    "1. Yes, proceed (y)",
    "• Called lab.echo({})",
    "/compact",
)
_COMMANDS = (
    r"printf 'fetching\rfetching 40%%\rfetching 100%%\ndone\n'",
    r"printf 'a\bb\tc\n'",
    r"printf '\033[38;5;208mwarn\033[0m \033[48;2;1;2;3mdeep\033[0m \033[4munder\033[24m\n'",
    r"printf '\033]8;;https://example.org/x\033\\link\033]8;;\033\\ after\n'",
    r"printf '\033[2K\033[1Gcleared {n}\n'",
    "python3 -c \"print('abcdefghij' * {many})\"",
    "python3 -c \"print('word ' * {many})\"",
    "python3 -c \"print('漢字' * {many})\"",
    "seq {n} {more}",
    "for i in $(seq 1 {few}); do echo; done; echo after {few} empty ones",
    "printf '\\n\\n  indented after blanks\\n\\n'",
    "ls -la nowhere_{n} && echo yes",
    "echo only on stderr {n} >&2",
    "printf 'one\\ntwo\\n' | while read -r line; do\n  echo \"<$line>\"\ndone",
    "A={n} B='x y' sh -c 'echo \"$A|$B\"'",
    "cat <<'END_{n}'\n• Ran nothing\n  └ nothing\n\n$ ls\n✓ • 1ms\nEND_{n}",
    "# only a remark\necho {n} # and one behind",
    "if [ -d src ]; then\n\n  echo has src\n\nfi",
    "echo '{long}'",
    "python3 - <<'PY'\nfor n in range({few}):\n    print(f'{{n:>4}} │ {{\"─\" * n}}')\nPY",
    "printf 'e\\xcc\\x81 \\xe0\\xa4\\xa8\\xe0\\xa4\\xbf \\xf0\\x9f\\x91\\xa9\\xe2\\x80\\x8d\\xf0\\x9f\\x92\\xbb\\n'",
    "echo 'tail  blanks   ' ; echo '\tled by a tab'",
    "exit {few}",
    "sleep 0.4; echo late {n}; exit {few}",
)
_PATHS = ("notes/a file.txt", "src/日本.md", "deep/er/and/deeper/x.py", "UPPER.TXT", "src/app.py")


class Rare(Author):
    """Draws one such conversation."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        for path in self.random.sample(_PATHS, 3):
            self.files.now[path] = "".join(f"{self.random.choice((*_DRAWN, 'plain line'))} {n}\n" for n in range(9))

    def scenario(self, name: str) -> Scenario:
        start = dict(self.files.now)
        turns: list[Turn] = []
        for _ in range(self.random.randint(4, 7)):
            same = bool(turns) and self.random.random() < 0.15 and _repeatable(turns[-1])
            turns.append(turns[-1] if same else self.turn())
        about = "A conversation of rare things, drawn at random."
        return Scenario(title=f"Drawn at random: {name}", about=about, name=name, files=start, turn=turns)

    def turn(self) -> Turn:
        responses = []
        for _ in range(self.random.choice((0, 1, 2, 3))):
            lead = [self.message(self.short())] if self.random.random() < 0.3 else []
            responses.append(Response(items=[*self.thoughts(0.25), *lead, *self.calls()]))
        last = [*self.thoughts(0.2), self.message(self.answer())]
        return Turn(user=self.asked(), response=[*responses, Response(items=last)])

    def asked(self) -> str:
        kind = self.random.random()
        if kind < 0.35:
            return self.short()
        if kind < 0.6:
            return self.short() + "\n" + "\n".join(self.random.choice(_DRAWN) for _ in range(self.random.randint(1, 5)))
        if kind < 0.8:
            return "\n".join(f"{n}: {self.short()}" for n in range(self.random.randint(2, 30)))
        return self.short() + "\n\n```\n" + "\n".join(self.drawn()) + "\n```"

    def short(self) -> str:
        return self.random.choice(_SAID)

    def drawn(self) -> list[str]:
        return [self.random.choice(_DRAWN) for _ in range(self.random.randint(1, 7))]

    def thoughts(self, chance: float) -> list[Part]:
        if self.random.random() >= chance:
            return []
        body = self.random.choice((self.short(), "- one\n- two\n\n" + self.short(), "\n".join(self.drawn())))
        return [Part(reasoning=["**" + self.documents.words(2, 5).replace("*", "") + "**\n\n" + body])]

    def calls(self) -> list[Part]:
        kind = self.random.random()
        if kind < 0.1:
            steps = [Step(step=self.random.choice((*_SAID, *_DRAWN))) for _ in range(self.random.randint(1, 12))]
            return [Part(plan=steps, explanation=self.random.choice(("", self.short())))]
        if kind < 0.3:
            return [Part(patch=self.files.patch())]
        return [Part(command=self.ran()) for _ in range(self.random.choice((1, 1, 2)))]

    def ran(self) -> str:
        if self.random.random() < 0.25:
            rows = self.drawn()
            return f"printf '%s\\n' {' '.join(map(shlex.quote, rows))}"
        random = self.random
        text = random.choice(_COMMANDS)
        values = {"n": random.randint(10, 99), "few": random.randint(2, 7), "many": random.choice((30, 200, 900))}
        values |= {"more": random.choice((120, 700, 1500))}
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return (
            text.replace("{long}", "lorem ipsum dolor " * random.choice((8, 60))).replace("{{", "{").replace("}}", "}")
        )

    def answer(self) -> str:
        kind = self.random.random()
        if kind < 0.2:
            return self.short()
        if kind < 0.4:
            return self.short() + "\n\n```\n" + "\n".join(self.drawn()) + "\n```\n\n" + self.short()
        if kind < 0.55:
            return self.short() + "\n\n" + "\n\n".join(self.drawn())
        if kind < 0.7:
            return "\n\n".join(self.short() for _ in range(self.random.randint(2, 12)))
        if kind < 0.85:
            return "\n".join(f"- {self.short()}" for _ in range(self.random.randint(2, 6)))
        return self.documents.document(6)


def _repeatable(turn: Turn) -> bool:
    """Whether a turn can be played twice: a patch fits once only."""
    return not any(part.patch for response in turn.response for part in response.items)
