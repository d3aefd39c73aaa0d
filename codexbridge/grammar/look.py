"""A compiled look: the rules of one file, shared ones included, ready to match."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

import msgspec
import regex

from codexbridge.grammar.rules import Body, CommonFile, DialogRule, LiveRule, LookFile, PagerRule, Rule
from codexbridge.grammar.styles import StyleTest, colour, compile_test, style_at
from codexbridge.transcript.lines import Line

TIMEOUT = 0.25
"""Seconds that one match may take: a pattern that explodes on a hostile line is no match."""

R = TypeVar("R", bound=Rule | LiveRule)


class Match(msgspec.Struct, frozen=True):
    """A head that matched: its groups, and the status that its colour tells."""

    groups: dict[str, str]
    spans: dict[str, tuple[int, int]]
    status: str = ""


class Head(Generic[R]):
    """A rule with its pattern and style tests compiled."""

    def __init__(self, rule: R, expand: Expand) -> None:
        self.rule = rule
        self.source = expand(rule.head)
        self.pattern = regex.compile(self.source)
        self.tests: list[tuple[str, StyleTest]] = [(at, compile_test(test)) for at, test in rule.style.items()]
        self.unstyled = all(test == "plain" for test in rule.style.values())
        """Text alone makes such a head."""
        mark = rule.placeholder if isinstance(rule, LiveRule) else ""
        self.placeholder = compile_test(mark) if mark else None
        self.absorbs = compile_test(rule.absorbs) if isinstance(rule, Rule) and rule.absorbs else None
        self.body = compile_test(rule.needs_body) if isinstance(rule, Rule) and rule.needs_body else None

    def match(self, line: Line) -> Match | None:
        """Match a line's text and styles."""
        rule = self.rule
        if isinstance(rule, Rule) and rule.fill != "any" and (line.fill != "default") != (rule.fill == "shaded"):
            return None
        try:
            found = self.pattern.fullmatch(line.text, timeout=TIMEOUT)
        except TimeoutError:
            return None
        if found is None:
            return None
        for at, test in self.tests:
            if not test(style_at(line, _position(found, at, line))):
                return None
        groups = {name: value for name, value in found.groupdict().items() if value is not None}
        spans = {name: found.span(name) for name in groups}
        status = ""
        if isinstance(rule, Rule) and rule.status:
            seen = colour(style_at(line, _position(found, rule.status["at"], line)))
            status = rule.status.get(seen) or rule.status.get("else", "")
        return Match(groups, spans, status)


def _position(found: regex.Match[str], at: str, line: Line) -> int:
    if at == "^":
        return 0
    if at == "$":
        return max(len(line.text) - 1, 0)
    return max(int(found.start(at)), 0)


class Expand:
    """Replaces ``{name}`` in patterns by glyphs and lexicon fragments."""

    _NAME = regex.compile(r"\{([a-z_]+)\}")

    def __init__(self, glyphs: dict[str, str], lexicon: dict[str, str]) -> None:
        self.glyphs = glyphs
        self.lexicon = lexicon

    def __call__(self, pattern: str) -> str:
        def replace(found: regex.Match[str]) -> str:
            name = found.group(1)
            if name in self.glyphs:
                return f"(?<{name}>{self.glyphs[name]})"
            if name in self.lexicon:
                return self(self.lexicon[name])
            raise ValueError(f"pattern {pattern!r}: no glyph and no fragment named {name!r}")

        return str(self._NAME.sub(replace, pattern))


class Dialog:
    """A dialog rule, compiled."""

    def __init__(self, rule: DialogRule, expand: Expand) -> None:
        self.rule = rule
        self.title = regex.compile(expand(rule.title))
        self.tests = [(at, compile_test(test)) for at, test in rule.style.items()]
        self.confirm = regex.compile(expand(rule.confirm)) if rule.confirm else None
        self.option = regex.compile(expand(rule.option))
        self.labels = {choice: regex.compile(expand(label)) for choice, label in rule.labels.items()}
        self.field = regex.compile(expand(rule.field)) if rule.field else None

    def answers(self, options: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        """Keys of each choice that the dialog has, given its options."""
        named = {
            choice: (key, *self.rule.select)
            for choice, pattern in self.labels.items()
            for key, label in reversed(options)
            if pattern.fullmatch(label, timeout=TIMEOUT)
        }
        return {**self.rule.answers, **named}

    def begins(self, line: Line) -> bool:
        """Whether the line is the dialog's title."""
        found = self.title.fullmatch(line.text, timeout=TIMEOUT)
        return found is not None and all(test(style_at(line, _position(found, at, line))) for at, test in self.tests)


class Pager:
    """The rules of the transcript overlay, compiled."""

    def __init__(self, rule: PagerRule, expand: Expand) -> None:
        self.rule = rule
        self.title = regex.compile(expand(rule.title))
        self.bottom = regex.compile(expand(rule.bottom))
        self.filler = regex.compile(expand(rule.filler))
        self.command = regex.compile(expand(rule.command))
        self.command_test = compile_test(rule.command_style)
        self.end = regex.compile(expand(rule.end))
        self.end_test = compile_test(rule.end_style)
        self.empty = regex.compile(expand(rule.empty))
        self.total = regex.compile(expand(rule.total))
        self.heads: list[Head[Rule]] = []
        """How cells begin there, where thoughts have a label; else they stand beside commands as anything does."""


class Look:
    """One look of Codex. Made by :func:`load`."""

    def __init__(self, name: str, source: LookFile, common: CommonFile, lexicon: dict[str, str]) -> None:
        self.name = name
        self.title = source.title
        self.glyphs = source.glyphs
        expand = Expand(source.glyphs, lexicon)
        self.rules: list[Head[Rule]] = [
            Head(rule, expand) for rule in _select(source.use, common.rule, source.rule, name)
        ]
        self.live: list[Head[LiveRule]] = [
            Head(rule, expand) for rule in _select(source.use_live, common.live, source.live, name)
        ]
        dialogs = _select(source.use_dialogs, common.dialog, source.dialog, name)
        self.dialogs = [Dialog(rule, expand) for rule in dialogs]
        self.body: Body = source.body
        pagers = {rule.id: rule for rule in common.pager}
        self.pager = Pager(pagers[source.pager], expand) if source.pager else None
        if self.pager is not None and "label.thinking" in source.use:
            self.pager.heads = [head for head in self.rules if not (head.rule.after or head.rule.needs_blank)]
        self.margin = source.margin
        self.traits: dict[str, Any] = source.traits
        self.bullets = source.bullets
        self.signals = {key: regex.compile(expand(value)) for key, value in source.signals.items()}
        self.elision = regex.compile(expand(source.body.elision)) if source.body.elision else None
        self.firsts = (source.body.first, *source.body.firsts)
        self.first_test = compile_test(source.body.first_style) if source.body.first_style else None
        self.elision_test = compile_test(source.body.elision_style) if source.body.elision_style else None
        gutter = source.body.gutter_elision
        self.gutter_elision = regex.compile(expand(gutter)) if gutter else None
        self.empty = regex.compile(source.body.empty)
        self.wrap = 0
        """Width at which the release breaks lines of messages in mid-word, 0 where it does not."""
        self.columns = 0
        """Width of the screen, where breaks at it are to be undone."""
        self.markdown = "drawn"
        """How messages stand on the screen: ``drawn``, as their ``source``, or ``bare`` (the blocks without style)."""
        self.swapped: frozenset[str] = frozenset()
        """Kinds of which the release shows success as failure, and failure as success."""
        self.silent = False
        """What a command printed may be missing without a sign."""
        self.trails = False
        """What is said is drawn line by line at its own pace, and may fall behind the tool that was called then."""
        self.glues = False
        """The parts of a thought are drawn without a break between them."""
        self.one_stream = False
        """Of what a command printed the history shows one stream only, the other is missing without a sign."""

    def fitted(self, traits: Mapping[str, Any]) -> Look:
        """This look with what the traits of a release say about it."""
        look = copy(self)
        look.wrap = int(traits.get("wrap", 0))
        look.markdown = str(traits.get("markdown", "drawn"))
        look.swapped = frozenset(traits.get("swapped", ()))
        look.silent = bool(traits.get("silent", False))
        look.one_stream = bool(traits.get("one_stream", False))
        look.trails = bool(traits.get("trails", False))
        look.glues = bool(traits.get("glues", False))
        if traits.get("outputs") == "whole":
            look.elision = None
        return look

    def matches(self, line: Line, indented: bool = False) -> Iterator[tuple[Head[Rule], Match]]:
        """The rules whose head the line is, in order; ``indented`` asks only those that may stand anywhere."""
        for head in self.rules:
            if indented and not head.rule.anywhere:
                continue
            found = head.match(line)
            if found is not None:
                yield head, found


T = TypeVar("T", bound=Rule | LiveRule | DialogRule)


def _select(use: tuple[str, ...], shared: tuple[T, ...], own: tuple[T, ...], look: str) -> list[T]:
    by_id = {rule.id: rule for rule in shared}
    missing = [name for name in use if name not in by_id]
    if missing:
        raise ValueError(f"look {look}: uses {missing[0]!r}, which common.toml does not have")
    clash = [rule.id for rule in own if rule.id in use]
    if clash:
        raise ValueError(f"look {look}: defines {clash[0]!r} again; shared rules cannot be overridden")
    return [*own, *(by_id[name] for name in use)]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("codexbridge.grammar").joinpath(name).read_text("utf-8"))


@cache
def load(name: str) -> Look:
    """The look of that name; raises ValueError where the file is wrong, FileNotFoundError where there is none."""
    lexicon = {key: str(value) for key, value in _read("lexicon.toml").items()}
    common = msgspec.convert(_read("common.toml"), CommonFile)
    source = msgspec.convert(_read(f"looks/{name}.toml"), LookFile)
    return Look(name, source, common, lexicon)


def altered(name: str, marks: Mapping[str, str]) -> Look:
    """The look of that name with other marks in its glyphs and its body: old -> new."""

    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(marks.get(sign, sign) for sign in value)
        return [changed(one) for one in value] if isinstance(value, list) else value

    lexicon = {key: str(value) for key, value in _read("lexicon.toml").items()}
    source = _read(f"looks/{name}.toml")
    for part in ("glyphs", "body"):
        source[part] = {key: changed(value) for key, value in source.get(part, {}).items()}
    common = msgspec.convert(_read("common.toml"), CommonFile)
    return Look(name, msgspec.convert(source, LookFile), common, lexicon)


def names() -> list[str]:
    """All looks that ship with the package."""
    entries = files("codexbridge.grammar").joinpath("looks").iterdir()
    return sorted(entry.name[:-5] for entry in entries if entry.name.endswith(".toml"))
