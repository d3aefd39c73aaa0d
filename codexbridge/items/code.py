"""Code or prose: what a block was whose fence is not drawn, and in which language.

Codex draws a fenced block without its fence. Where it highlights, colours tell; else only the text does.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

_CODE = regex.compile(
    r"""[{};]\s*$ | ^\s*[}\])] | ^[$%]\s | ^(?:\#!|//|/\*|<!--|<\?|<[/a-zA-Z][^>]*>) | ^\#\s | => | :: | && | \|\||
    ^(?:def|class|import|from|return|function|const|let|var|fn|pub|use|if|for|while|else|elif|try|package|func|
        type|struct|SELECT|INSERT|CREATE|UPDATE|export|sudo|cd|git|npm|npx|yarn|pnpm|pip|pip3|python|python3|cargo|
        make|docker|kubectl|curl|ls|cat|echo|mkdir|rm|cp|mv|grep|go|node|brew|apt|apt-get|pytest|uv|ruff|mypy)\b
        (?!.*[a-z]{2}[.!?:]$) |
    ^[\w.\[\]]+\s*[-+*/|]?=\s*\S(?!.*\w{2}[.!?]$) | \w\([^)]*\)\s*[;:{]?(?:\s+(?:\#|//)\s.*)?$ |
    ^\s*[├└│┌╭╰] | ^@@|^[-+]{3}\s | ^[A-Z_]{2,}= | ^"[^"]*":\s |
    ^\[[\w.-]+\]$ | \s--?\w[\w-]*(?:[=\s]|$) | ^\s*-\s\w+:\s | ^\d+\s*[|:]\s | ^[.~]?/[\w./-]+$ | ^Traceback\b |
    ^\w+Error:
    """,
    regex.VERBOSE,
)
_PROSE = regex.compile(
    r"^[\"'(]?[A-Z\p{Lu}][\w'’-]*(?:,?\s+\S+){2,}.*[.!?:,)…]?$|.*[a-z]{2}[.!?]$|^[A-Z\p{Lu}][\w'’ -]*:$"
)

_LANGUAGES: tuple[tuple[str, str], ...] = (
    ("diff", r"^(?:diff --git|@@ |--- |\+\+\+ )|^[-+] ?\S.*\n(?:.*\n)*?[-+] ?\S"),
    (
        "python",
        r"^\s*(?:def \w+\(.*\).*:|class \w+.*:|from [\w.]+ import |import [\w.]+(?: as \w+)?$|@\w+|print\("
        r"|elif .*:$|raise \w+\(|except\b.*:$)|\bis (?:not )?None\b",
    ),
    ("rust", r"\b(?:fn \w+|let mut |impl\b|println!|pub (?:fn|struct|enum)|use [\w:]+::)"),
    ("go", r"^(?:package \w+|func (?:\(\w|\w+\())|:= "),
    ("html", r"^\s*<(?:!DOCTYPE|html|head|body|div|span|p|a|ul|li|script|h\d)\b"),
    ("tsx", r"^\s*(?:interface \w+ \{|type \w+ = )|: (?:string|number|boolean)\b"),
    ("javascript", r"\b(?:const|let|var) \w+ =|=> |\bfunction \w*\(|console\.log|require\("),
    ("sql", r"^\s*(?:SELECT|INSERT INTO|CREATE TABLE|UPDATE|DELETE FROM)\b"),
    ("json", r"^\s*[\[{]\s*(?:$|\"|\[|\{)(?![^\"]*;)"),
    ("toml", r"^\[[\w.\"-]+\]\s*$|^[\w-]+ = (?:\"|\[|\d|true|false)"),
    ("yaml", r"^\s*(?:- )?[\w-]+:(?: .*)?$"),
    (
        "bash",
        r"^(?:\$ |#!|sudo|cd|git|npm|npx|yarn|pnpm|pip3?|python3?|cargo|make|docker|kubectl|curl|ls|cat|echo|mkdir|"
        r"rm|cp|mv|grep|brew|apt|apt-get|pytest|export|for \w+ in|if \[|source|uv|ruff|mypy|node|chmod)\b",
    ),
)
_COMPILED = [(name, regex.compile(pattern, regex.MULTILINE)) for name, pattern in _LANGUAGES]


def is_code(texts: Sequence[str]) -> bool:
    """Whether plain lines without any inline style were code rather than a paragraph."""
    shown = [text for text in texts if text.strip()]
    if not shown:
        return False
    if any(text[:1].isspace() for text in shown):
        # The lines of a paragraph never begin with blanks.
        return True
    code = sum(bool(_CODE.search(text)) for text in shown)
    prose = sum(bool(_PROSE.match(text)) and not _CODE.search(text) for text in shown)
    return code > prose and 2 * code >= len(shown)


def looks_like_code(text: str) -> bool:
    """Whether a line by itself reads like code."""
    return bool(_CODE.search(text)) and not is_prose(text)


def is_prose(text: str) -> bool:
    """Whether a line by itself reads like a sentence, or introduces something."""
    return bool(_PROSE.match(text)) and not regex.search(r"[{};]$", text)


def language(texts: Sequence[str]) -> str:
    """The language that the text of a highlighted block speaks, or an empty string."""
    text = "\n".join(texts)
    return next((name for name, pattern in _COMPILED if pattern.search(text)), "")
