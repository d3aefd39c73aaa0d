"""Random Markdown documents, for driving through a real release and taking back.

The mix is what models write: paragraphs with emphasis, code and links, headings, nested lists, fences, quotes,
tables and rules, in any order. One source of randomness, so that the same seed gives the same document and
hypothesis can shrink one.
"""

from __future__ import annotations

from random import Random

_TEXT = (
    "the a file path test build value when then each run returns module snake_case camelCase error fix index list "
    "of is not and with for every README.md src/main.py line output naïve café 日本語 done π ≤ don't it's user's "
    "3.14 v2 100% #12 C++ a/b key=value x<y e.g. [sic] (maybe) TODO: {braces} $HOME ./bin"
)
_WORDS = _TEXT.split()
_CODE = ("x", "foo()", "a | b", "ls -la", "*args", "src/a.py", "<div>", "a_b_c", "--flag", "key: value", "{}", "\\n")
_FENCED = {
    "python": ["def f(x):", "    return x  # note", "", 'print("**not bold**")', "class A:", "    pass"],
    "rust": ["fn main() {", "    let x = 1;", '    println!("{x}");', "}"],
    "bash": ["make test && echo done", "# a comment", "for f in *; do", '  echo "$f"', "done"],
    "json": ["{", '  "a": [1, 2, null],', '  "b": true', "}"],
    "diff": ["- old line", "+ new line", "  same line", "@@ -1 +1 @@"],
    "": ["plain text", "    four blanks", "- not a list", "# not a heading", "", "1. not a number", "> no quote"],
    "text": ["some text", "| a | b |", "more"],
}


class Documents:
    """Draws documents from a source of randomness."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def document(self, most: int = 6) -> str:
        """A document of one to ``most`` blocks."""
        count = self.random.randint(1, most)
        return "\n\n".join(self.block(2) for _ in range(count))

    def block(self, depth: int) -> str:
        """Any block; ``depth`` is how many more levels may nest in it."""
        kinds = ["paragraph"] * 5 + ["heading"] * 2 + ["list"] * 3 + ["fence"] * 2 + ["table", "rule", "tasks"]
        if depth:
            kinds += ["quote"]
        return str(getattr(self, "_" + self.random.choice(kinds))(depth))

    def words(self, least: int = 1, most: int = 12) -> str:
        """Plain words."""
        return " ".join(self.random.choice(_WORDS) for _ in range(self.random.randint(least, most)))

    def inline(self, depth: int = 2) -> str:
        """A run of inline content, one line."""
        parts = [self.words()]
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 3))):
            parts.append(self._span(depth))
            parts.append(self.words(1, 6))
        if self.random.random() < 0.3:
            parts.append(self._span(depth))
        return " ".join(parts) + self.random.choice((".", "", ":", "!"))

    def _span(self, depth: int) -> str:
        kinds = ["strong", "strong", "emphasis", "code", "code", "code", "link", "auto", "both", "strike"]
        kind = self.random.choice(kinds if depth else kinds[3:8])
        inner = self.words(1, 3)
        if depth and kind in ("strong", "emphasis") and self.random.random() < 0.2:
            inner += f" `{self.random.choice(_CODE)}`"
        if kind == "strong":
            return f"**{inner}**"
        if kind == "emphasis":
            return f"*{inner}*"
        if kind == "both":
            return f"***{inner}***"
        if kind == "strike":
            return f"~~{inner}~~"
        if kind == "link":
            text = self.random.choice((inner.replace("[", "(").replace("]", ")"), "the docs", "`code`"))
            return f"[{text}](https://example.org/{self.random.choice(('a', 'b?x=1&y=2', 'c#frag', 'd_e_f'))})"
        if kind == "auto":
            return "<https://example.org/direct>"
        return f"`{self.random.choice(_CODE)}`"

    def _paragraph(self, depth: int) -> str:
        lines = [self.inline() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        if self.random.random() < 0.1:
            lines.append(" ".join(self.words(12, 12) for _ in range(9)))
        return "\n".join(lines)

    def _heading(self, depth: int) -> str:
        return "#" * self.random.choice((1, 2, 2, 3, 3, 4, 5, 6)) + " " + self.inline(0)

    def _rule(self, depth: int) -> str:
        return self.random.choice(("---", "***"))

    def _fence(self, depth: int) -> str:
        language = self.random.choice(list(_FENCED))
        lines = _FENCED[language]
        shown = lines[: self.random.randint(1, len(lines))]
        while shown and not shown[-1]:
            shown = shown[:-1]
        return "\n".join([f"```{language}", *shown, "```"])

    def _quote(self, depth: int) -> str:
        inner = "\n\n".join(self.block(depth - 1) for _ in range(self.random.choice((1, 1, 2))))
        return "\n".join(("> " + line).rstrip() for line in inner.split("\n"))

    def _tasks(self, depth: int) -> str:
        return "\n".join(f"- [{self.random.choice(' x')}] {self.inline(1)}" for _ in range(self.random.randint(1, 3)))

    def _table(self, depth: int) -> str:
        columns = self.random.randint(1, 4)

        def row(cells: list[str]) -> str:
            return "| " + " | ".join(cells) + " |"

        def cell() -> str:
            return self.random.choice((self.words(1, 2), self.words(1, 3), "**b**", "`code`", "3")).replace("|", "/")

        marks = [self.random.choice(("---", ":--", "--:", ":-:")) for _ in range(columns)]
        body = [row([cell() for _ in range(columns)]) for _ in range(self.random.randint(1, 3))]
        return "\n".join([row([cell() for _ in range(columns)]), row(marks), *body])

    def _list(self, depth: int) -> str:
        ordered = self.random.random() < 0.4
        # An ordered list can interrupt a paragraph only when it begins with 1.
        start = self.random.choice((1, 1, 3, 9)) if depth == 2 else 1
        loose = self.random.random() < 0.25
        items = []
        for index in range(self.random.randint(1, 4)):
            mark = f"{start + index}. " if ordered else "- "
            body = [self.inline(1)]
            if depth and self.random.random() < 0.3:
                body.append(self._list(depth - 1))
            if loose and self.random.random() < 0.4:
                body.append("\n" + self.random.choice((self._paragraph, self._fence))(0))
            text = "\n".join(body)
            items.append(mark + text.replace("\n", "\n" + " " * len(mark)))
        text = ("\n\n" if loose else "\n").join(items)
        return "\n".join(line.rstrip() for line in text.split("\n"))
