"""The lint of looks: every rule carries its own evidence, and the evidence holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.live import read
from codexbridge.grammar.look import Head, Look
from codexbridge.grammar.markup import parse_lines
from codexbridge.grammar.rules import DialogRule, LiveRule, Rule
from codexbridge.transcript.lines import Line

Taken = Callable[[str], Sequence[str]]
"""The ids of the rules that take a text."""


def lint(look: Look) -> list[str]:
    """Complaints about a look, each naming the rule; empty when its evidence holds."""
    found: list[str] = []
    for head in look.rules:
        found += _evidence(f"{look.name}: rule {head.rule.id}", head.rule, _cells(look, head.rule))
    for sign in look.live:
        found += _evidence(f"{look.name}: sign {sign.rule.id}", sign.rule, _first(look), _itself(sign))
    for dialog in look.dialogs:
        found += _evidence(f"{look.name}: dialog {dialog.rule.id}", dialog.rule, _dialog(look))
    return found


def _evidence(
    name: str, rule: Rule | LiveRule | DialogRule, taken: Taken, refused: Taken | None = None
) -> Iterator[str]:
    """Each example is the rule's alone, and no reject is; ``refused`` says who takes a reject, if not ``taken``."""
    if not rule.examples:
        yield f"{name} has no example"
    for example in rule.examples:
        made = list(taken(example))
        if made != [rule.id]:
            yield f"{name}: example {example!r} is taken by {', '.join(made) or 'none'}"
    for reject in () if isinstance(rule, DialogRule) else rule.rejects:
        if rule.id in (refused or taken)(reject):
            yield f"{name}: reject {reject!r} is taken by it"


def _cells(look: Look, rule: Rule) -> Taken:
    """The cells that lines become, after what ``rule`` needs before it."""

    def taken(text: str) -> list[str]:
        segmenter = Segmenter(look)
        for before in (rule.resumes, rule.after):
            if before:
                _precede(segmenter, look, before)
        start = len(segmenter.cells)
        segmenter.feed(parse_lines(text))
        segmenter.close()
        return [cell.rule.id for cell in segmenter.cells[start:]]

    return taken


def _precede(segmenter: Segmenter, look: Look, after: tuple[str, ...]) -> None:
    """Feed the example of one of the rules that must come before."""
    for head in look.rules:
        if head.rule.id in after and not head.rule.after and head.rule.examples:
            segmenter.feed(parse_lines(head.rule.examples[0]))
            segmenter.feed([Line(-1, "")])
            return


def _first(look: Look) -> Taken:
    """The first sign that a live line is."""
    return lambda text: [head.rule.id for head in look.live if head.match(parse_lines(text)[0])][:1]


def _itself(head: Head[LiveRule]) -> Taken:
    """Whether a live line is this sign, whatever comes before it."""
    return lambda text: [head.rule.id] if head.match(parse_lines(text)[0]) else []


def _dialog(look: Look) -> Taken:
    """The dialog that rows show."""

    def taken(text: str) -> list[str]:
        view = read(look, parse_lines(text))
        return [view.dialog.rule] if view.dialog else []

    return taken
