"""For a line that no rule explains: the rule that came nearest, and what kept it from matching."""

from __future__ import annotations

import msgspec
import regex

from codexbridge.grammar.look import TIMEOUT, Head, Look
from codexbridge.grammar.rules import Rule
from codexbridge.grammar.styles import colour, compile_test, style_at
from codexbridge.lab.marks import Swap, swapped
from codexbridge.lab.show import words
from codexbridge.transcript.lines import Line


class Nearest(msgspec.Struct, frozen=True):
    """``reach`` is how much of the line the rule's pattern takes, from 0 to 1; ``swap`` a mark that would make it take
    the whole."""

    rule: str
    reach: float
    why: str
    swap: Swap | None = None


_LITTLE = 0.5
"""A pattern that takes less of a line says little about it."""


def nearest(look: Look, line: Line) -> Nearest | None:
    """The rule of ``look`` whose head takes most of ``line``; None where no rule takes even its beginning."""
    best: Nearest | None = None
    for head in look.rules:
        found = _measure(head, line)
        if found is not None and (best is None or found.reach > best.reach):
            best = found
    if best is None or best.reach < _LITTLE:
        other = swapped(look, line)
        if other is not None:
            swap, rule = other
            return Nearest(rule, 1.0, f"it would match with {swap.old} for {swap.new} ({swap.place})", swap)
    if best is not None and best.reach == 1.0:
        # A pattern that takes anything says less than a style that few rules have.
        kin = _of_its_style(look, line)
        if kin is not None:
            return msgspec.structs.replace(best, why=f"{best.why}; by its style it is {kin.rule}: {kin.why}")
    return best


def _of_its_style(look: Look, line: Line) -> Nearest | None:
    """The rule whose mark has the style that the line begins with, and whose pattern takes most of the line."""
    place = len(line.text) - len(line.text.lstrip())
    style = style_at(line, place)
    found: list[tuple[bool, float, Nearest]] = []
    for head in look.rules:
        tests = [test for at, test in head.tests if at == "^" or at in look.glyphs]
        near = _measure(head, line) if tests and not head.unstyled and all(test(style) for test in tests) else None
        if near is not None and near.reach < 1:
            # A colour that a rule tells an outcome by is its own.
            found.append((colour(style) in head.rule.status, near.reach, near))
    return max(found, key=lambda one: one[:2], default=(False, 0.0, None))[2]


def _measure(head: Head[Rule], line: Line) -> Nearest | None:
    rule, text = head.rule, line.text
    try:
        whole = head.pattern.fullmatch(text, timeout=TIMEOUT)
        if whole is not None:
            return Nearest(rule.id, 1.0, _refusal(head, line, whole))
        reach = _reach(head.pattern, text)
    except TimeoutError:
        return None
    # Two words that begin alike have nothing in common.
    while 0 < reach < len(text) and text[reach - 1].isalnum() and text[reach].isalnum():
        reach -= 1
    if not reach or (len(text) and reach / len(text) < 0.02):
        return None
    rest = text[reach:].strip()
    why = f"its pattern stops before {rest[:60]!r}" if rest else "its pattern wants more than the line has"
    return Nearest(rule.id, min(reach / max(len(text), 1), 0.99), why)


def _reach(pattern: regex.Pattern[str], text: str) -> int:
    """The longest beginning of ``text`` that could still become a match."""
    low, high = 0, len(text)
    # What can begin a match shrinks only as the text grows: search by halves.
    while low < high:
        middle = (low + high + 1) // 2
        if pattern.fullmatch(text[:middle], partial=True, timeout=TIMEOUT):
            low = middle
        else:
            high = middle - 1
    return low


def _refusal(head: Head[Rule], line: Line, found: regex.Match[str]) -> str:
    """Why a rule whose pattern matches did not take the line."""
    rule = head.rule
    shaded = line.fill != "default"
    if rule.fill != "any" and shaded != (rule.fill == "shaded"):
        return f"it wants a row that is {rule.fill}; this one is {'shaded' if shaded else 'plain'}"
    for at, test in rule.style.items():
        place = {"^": 0, "$": max(len(line.text) - 1, 0)}.get(at)
        if place is None:
            place = max(int(found.start(at)), 0)
        style = style_at(line, place)
        if not compile_test(test)(style):
            return f"style at {at} (column {place}): it wants {test!r}, there is {words(style) or 'plain'!r}"
    if rule.after:
        return f"it stands only after {', '.join(rule.after)}"
    if rule.needs_blank:
        return "it needs a blank line before it"
    return "an earlier line claimed this one"
