"""What must not stand in a committed recording, replaced: paths, ids, ports, clock times, keys.

Every replacement is as wide as what it replaces, so that nothing on the screen moves: a recording stays a true
account of what the terminal was given. The text of a whole recording is searched at once, because what is looked
for may be split between two reads. ``case.toml`` lists which rules were applied and how often.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from codexbridge.lab.cast import Cast, Event
from codexbridge.platform.redact import REPLACEMENT, Redactor
from codexbridge.terminal.terminal import Terminal


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One kind of thing. Group 1 of ``pattern`` (the whole match where there is none) becomes ``becomes``."""

    name: str
    pattern: str = ""
    """Empty in a ``case.toml`` for literal values, which must not be written down."""
    becomes: str = ""
    """Repeated and cut to the length of what it replaces; signs of the pattern's text at which it has none stay."""
    count: int = 0
    """How often it was applied."""


_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;:<=>?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[78=>cDEHM])")
_HEX = "[0-9a-f]"
_EDGE = r"(?:\b|(?<=[0-9;\[][A-Za-z]))"
"""Where a word begins, or the last letter of a control sequence goes before it."""
RULES: tuple[Rule, ...] = (
    Rule("workspace", r"/tmp/codexbridge-[a-z]+-([A-Za-z0-9_]{8})(?![A-Za-z0-9_])", "workroom"),
    Rule("port", r"(?:127\.0\.0\.1|localhost|\[::1\]):(\d{4,5})(?!\d)", "34567"),
    Rule("session id", rf"{_EDGE}({_HEX}{{8}}-{_HEX}{{4}}-[1-8]{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}})\b", "0"),
    Rule("key", _EDGE + r"((?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abp])[-_][A-Za-z0-9_-]{12,})", "x"),
    Rule("token", _EDGE + r"(eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})", "x"),
    Rule("bearer", r"[Bb]earer ([A-Za-z0-9._~+/-]{12,})", "x"),
    Rule(
        "date and time",
        _EDGE + r"(20[2-9]\d-[01]\d-[0-3]\d[T ][0-2]\d[:-][0-5]\d[:-][0-5]\d(?:\.\d+)?)",
        "2025-01-01T00:00:00.000000000",
    ),
)
"""Order matters: a port is looked for before anything that could hold it."""


def literals(values: Mapping[str, Iterable[str]]) -> list[Rule]:
    """Rules for values that are only known at recording: home folders, user and host names, secrets.

    ``values`` maps a rule's name to the texts; those under four characters are left alone, being everywhere.
    """
    rules = []
    for name, texts in values.items():
        for text in sorted({text for text in texts if len(text) >= 4}, key=len, reverse=True):
            rules.append(Rule(name, re.escape(text), "x" if name == "secret" else f"/{name.replace(' ', '')}"))
    return rules


class Normaliser:
    """Applies rules to a recording and to the texts beside it, and counts."""

    def __init__(self, rules: Iterable[Rule] = RULES) -> None:
        self.rules = list(rules)
        self._compiled = [(rule, re.compile(rule.pattern)) for rule in self.rules]
        self._redactor = Redactor()
        self.counts: dict[str, int] = {}

    def text(self, text: str) -> str:
        """``text`` with everything replaced; as long as before."""
        # Secrets of any issuer's shape, as they are taken out of events; what is left for the rules below looks alike.
        masked = self._redactor.masked(text)
        if masked != text:
            self.counts["key"] = self.counts.get("key", 0) + masked.count(REPLACEMENT) - text.count(REPLACEMENT)
            text = masked
        for rule, pattern in self._compiled:
            pieces: list[str] = []
            start = 0
            for found in pattern.finditer(text):
                group = 1 if pattern.groups else 0
                begin, end = found.span(group)
                fitted = _fit(rule.becomes, text[begin:end])
                pieces += [text[start:begin], fitted]
                start = end
                if fitted != text[begin:end]:
                    self.counts[rule.name] = self.counts.get(rule.name, 0) + 1
            if pieces:
                text = "".join([*pieces, text[start:]])
        return text

    def between(self, text: str) -> str:
        """``text`` with everything replaced that control sequences, such as a change of colour, cut in pieces."""
        spans: list[tuple[int, int]] = []
        start = 0
        for found in _SEQUENCE.finditer(text):
            spans.append((start, found.start()))
            start = found.end()
        spans.append((start, len(text)))
        bare = "".join(text[begin:end] for begin, end in spans)
        done = self.text(bare)
        if done == bare:
            return text
        pieces: list[str] = []
        taken = last = 0
        for begin, end in spans:
            pieces += [text[last:begin], done[taken : taken + end - begin]]
            taken += end - begin
            last = end
        return "".join([*pieces, text[last:]])

    def shown(self, cast: Cast) -> list[tuple[float, str]]:
        """Moments at which a screen of the recording still shows what a rule is for, and the rule's name.

        A program that draws only the cells that changed may write a word in pieces that no search of its output joins.
        """
        terminal = Terminal(cast.header.columns, cast.header.rows)
        found: dict[str, float] = {}
        seen: set[str] = set()
        for event in cast.events:
            if event.code == "r":
                columns, _, rows = event.data.partition("x")
                terminal.resize(int(columns), int(rows))
            if event.code != "o":
                continue
            for record in terminal.feed(event.bytes()):
                for row in getattr(record, "rows", ()):
                    if row.text in seen:
                        continue
                    seen.add(row.text)
                    probe = Normaliser(self.rules)
                    if probe.text(row.text) != row.text:
                        for name in probe.counts:
                            found.setdefault(name, event.time)
            terminal.data_to_send()
        return sorted((at, name) for name, at in found.items())

    def cast(self, cast: Cast) -> Cast:
        """A recording with everything replaced, event by event as long as before."""
        events: list[Event] = list(cast.events)
        for code in "oimn":
            places = [n for n, event in enumerate(events) if event.code == code]
            whole = self.between(self.text("".join(events[n].data for n in places)))
            start = 0
            for n in places:
                size = len(events[n].data)
                events[n] = events[n]._replace(data=whole[start : start + size])
                start += size
        rest = {key: value for key, value in cast.header.rest.items() if key not in ("timestamp", "command")}
        return Cast(cast.header._replace(rest=rest), events, cast.complete)

    def applied(self) -> list[Rule]:
        """The rules that found something, as they may be written down: literal values stay out."""
        found: dict[str, Rule] = {}
        public = {rule.name for rule in RULES}
        for rule in self.rules:
            if rule.name in self.counts:
                pattern = rule.pattern if rule.name in public else ""
                found[rule.name] = Rule(rule.name, pattern, rule.becomes, self.counts[rule.name])
        return list(found.values())


def own_literals(environment: Mapping[str, str], home: Path, user: str, host: str) -> list[Rule]:
    """The values of this machine and this person that a recording made by hand may hold."""
    secret = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
    secrets = [value for name, value in environment.items() if secret.search(name) and len(value) >= 8]
    return literals({"secret": secrets, "home": [str(home)], "user": [user], "host": [host]})


def _fit(becomes: str, text: str) -> str:
    """``becomes`` repeated or cut to the length of ``text``; the separators of an id are kept."""
    if len(becomes) == 1:
        return "".join(sign if sign in "-_." else becomes for sign in text)
    return (becomes * (len(text) // len(becomes) + 1))[: len(text)]
