"""The lint of looks: every rule carries its own evidence, and the evidence holds."""

from __future__ import annotations

from codexbridge.grammar.cells import Segmenter
from codexbridge.grammar.live import read
from codexbridge.grammar.look import Look
from codexbridge.grammar.markup import parse_lines
from codexbridge.transcript.lines import Line


def lint(look: Look) -> list[str]:
    """Complaints about a look, each naming the rule; empty when its evidence holds."""
    return [*_cells(look), *_live(look), *_dialogs(look)]


def _cells(look: Look) -> list[str]:
    found: list[str] = []
    for head in look.rules:
        rule = head.rule
        if not rule.examples:
            found.append(f"{look.name}: rule {rule.id} has no example")
        for example in rule.examples:
            lines = parse_lines(example)
            segmenter = Segmenter(look)
            for before in (rule.resumes, rule.after):
                if before:
                    _precede(segmenter, look, before)
            start = len(segmenter.cells)
            segmenter.feed(lines)
            segmenter.close()
            made = [cell.rule.id for cell in segmenter.cells[start:]]
            if made != [rule.id]:
                found.append(f"{look.name}: rule {rule.id}: example {example!r} makes {made}")
        for reject in rule.rejects:
            segmenter = Segmenter(look)
            for before in (rule.resumes, rule.after):
                if before:
                    _precede(segmenter, look, before)
            start = len(segmenter.cells)
            segmenter.feed(parse_lines(reject))
            if rule.id in [cell.rule.id for cell in segmenter.cells[start:]]:
                found.append(f"{look.name}: rule {rule.id}: reject {reject!r} is taken by it")
    return found


def _precede(segmenter: Segmenter, look: Look, after: tuple[str, ...]) -> None:
    """Feed the example of one of the rules that must come before."""
    for head in look.rules:
        if head.rule.id in after and not head.rule.after and head.rule.examples:
            segmenter.feed(parse_lines(head.rule.examples[0]))
            segmenter.feed([Line(-1, "")])
            return


def _live(look: Look) -> list[str]:
    found: list[str] = []
    for head in look.live:
        rule = head.rule
        if not rule.examples:
            found.append(f"{look.name}: sign {rule.id} has no example")
        for example in rule.examples:
            line = parse_lines(example)[0]
            first = next((other.rule.id for other in look.live if other.match(line)), None)
            if first != rule.id:
                found.append(f"{look.name}: sign {rule.id}: example {example!r} is taken by {first}")
        for reject in rule.rejects:
            if head.match(parse_lines(reject)[0]):
                found.append(f"{look.name}: sign {rule.id}: reject {reject!r} is taken by it")
    return found


def _dialogs(look: Look) -> list[str]:
    found: list[str] = []
    for dialog in look.dialogs:
        rule = dialog.rule
        if not rule.examples:
            found.append(f"{look.name}: dialog {rule.id} has no example")
        for example in rule.examples:
            view = read(look, parse_lines(example))
            seen = view.dialog.rule if view.dialog else None
            if seen != rule.id:
                found.append(f"{look.name}: dialog {rule.id}: example is taken by {seen}")
    return found
