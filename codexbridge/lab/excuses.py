"""What a declared loss may explain: texts as a release leaves them, and nothing else."""

from __future__ import annotations

import re

from codexbridge.items.model import AnyItem, CommandExecution
from codexbridge.lab.pair import alike
from codexbridge.lab.plain import output_lines
from codexbridge.lab.truth import Entry
from codexbridge.terminal.width import cell_width


def explains(loss: str, source: str, want: str, have: str) -> bool:
    """Whether ``loss`` makes ``have`` of a message whose Markdown is ``source`` and whose text is ``want``."""
    if loss == "dropped_text":
        before = have.removesuffix(want).strip()
        return have.endswith(want) and _attempts(before, want)
    if loss == "zero_width":
        return "".join(ch for ch in want if cell_width(ch)) == "".join(ch for ch in have if cell_width(ch))
    if loss == "wrapped_words":
        return want.replace(" ", "") == have.replace(" ", "")
    if loss == "hurried_text":
        # A link that is cut is drawn twice over.
        return len(have) < len(want) and (within(list(have), list(want)) or alike(want, have) > 0.9)
    if loss == "markdown_code":
        return len(have) < len(want) and within(have.split(), want.split())
    if loss == "markdown_html":
        return bool(_HTML.search(source)) and _words(_TAGS.sub("", want)) == _words(_TAGS.sub("", have))
    if alike(want, have) <= 0.6:
        return False
    # Words may be lost, and numbers changed, but none may come from elsewhere.
    if loss == "markdown_lists":
        return bool(_LIST.search(source)) and within(_words(have), _words(want))
    return set(_words(have)) <= set(_words(want))


def _attempts(text: str, want: str) -> bool:
    """Whether ``text`` is nothing but beginnings of ``want``."""
    if not text:
        return True
    sizes = (size for size in range(min(len(text), len(want)), 0, -1) if text.startswith(want[:size]))
    return any(_attempts(text[size:].strip(), want) for size in sizes)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text) if not word.isdigit()]


def both_ends(have: list[str], whole: list[str]) -> bool:
    """Whether ``have`` is ``whole`` but for what a mark in it counts."""
    text, printed = "\n".join(have), "\n".join(whole)
    mark = _MARKED_CUT.search(text)
    if mark is None:
        return False
    head, tail = text[: mark.start()], text[mark.end() :]
    missing = len(printed) - len(head) - len(tail)
    return missing > 0 and printed.startswith(head) and printed.endswith(tail) and abs(missing - int(mark[1])) <= 2


def begins(item: CommandExecution, want: str) -> bool:
    """Whether ``item`` says that lines of its command are missing, and has the first ones."""
    shown = script(item.command)
    return item.elided_command > 0 and script(want)[: len(shown)] == shown


def script(command: str) -> list[str]:
    """A command by its lines."""
    return [line.rstrip() for line in command.strip().split("\n")]


def without_links(entries: list[Entry]) -> str:
    """What was printed, without the lines that hold an operating system command (OSC)."""
    printed = "".join(entry.output or "" for entry in entries)
    return "\n".join("" if "\x1b]" in line else line for line in printed.split("\n"))


def unknown(item: AnyItem) -> bool:
    """Whether no result of a command was drawn, and the item says so."""
    return isinstance(item, CommandExecution) and item.elided < 0 and not item.aggregated_output


def joined(command: str) -> str:
    """A text without its white space."""
    return re.sub(r"\s+", "", command)


READ = re.compile(r"\s*(?:cat|sed|head|tail|nl|bat|less|more|wc|ls|tree|find|fd|rg|grep|git (?:grep|ls-files))\b")
"""Commands that Codex reads for the user and draws as a group: files shown, searched, listed."""

IN_MESSAGES = (
    *("dropped_text", "hurried_text", "markdown_code", "markdown_lists", "markdown_html"),
    *("wrapped_words", "zero_width", "markdown_streamed"),
)
"""Losses that may explain a message that differs; the first that does is named."""


def failures(entries: list[Entry]) -> list[list[str]]:
    """What the commands of a group printed that failed: of the others nothing is drawn."""
    return [output_lines(entry.output or "") for entry in entries if entry.failed]


_TAGS = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->")
_MARKED_CUT = re.compile(r"…(\d+) chars truncated…")
NOT_SHOWN = re.compile(r"\[\d+ lines not shown\]")
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.MULTILINE)
_HTML = re.compile(r"<[/!?A-Za-z]|^\s*(?:[-*_]\s*){3,}$", re.MULTILINE)


def within(some: list[str], all_: list[str]) -> bool:
    """Whether ``some`` (lines, words, characters) are in ``all_``, in order."""
    rest = iter(all_)
    return all(any(line == other for other in rest) for line in some)
