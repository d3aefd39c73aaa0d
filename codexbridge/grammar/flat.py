"""A look written out: what is left to be read when glyphs, fragments, shared rules and their order are resolved.

The text is a golden file for each look (``fixtures/grammars``), so that a change of a shared rule shows which looks it
changes, and how.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from codexbridge.grammar.look import Head, Look
from codexbridge.grammar.rules import Body, DialogRule, LiveRule, PagerRule, Rule

_EVIDENCE = ("id", "head", "kind", "examples", "rejects")
"""Fields of a rule that stand in its first lines, or are proof and no part of what it does."""


def flat(look: Look) -> str:
    """The look's whole text: rules, live signs and dialogs in match order, each with what differs from the default."""
    lines = [f"look {look.name}: {look.title}"]
    lines += _fields({"glyphs": look.glyphs, "traits": look.traits, "margin": look.margin, "bullets": look.bullets})
    lines += ["", "body", *_body(look)]
    lines += ["", "signals", *(f"    {name}: {pattern.pattern}" for name, pattern in sorted(look.signals.items()))]
    for head in look.rules:
        lines += ["", f"rule {head.rule.id}: {head.rule.kind}", *_head(head, Rule)]
    for sign in look.live:
        lines += ["", f"sign {sign.rule.id}: {sign.rule.kind}", *_head(sign, LiveRule)]
    for dialog in look.dialogs:
        patterns = {"title": dialog.title, "confirm": dialog.confirm, "option": dialog.option, "field": dialog.field}
        shown = {name: pattern.pattern for name, pattern in patterns.items() if pattern is not None}
        labels = {name: pattern.pattern for name, pattern in dialog.labels.items()}
        lines += ["", f"dialog {dialog.rule.id}: {dialog.rule.subject}"]
        lines += [f"    {name} {pattern}" for name, pattern in shown.items()]
        lines += _fields({**dict(_differing(dialog.rule, DialogRule)), "labels": labels}, without=(*shown, "subject"))
    if look.pager is not None:
        rule = look.pager.rule
        lines += ["", f"pager {rule.id}"]
        for name in PagerRule.__struct_fields__[1:]:
            compiled = getattr(look.pager, name, None)
            lines.append(f"    {name} {compiled.pattern if compiled else _value(getattr(rule, name))}")
    return "\n".join(lines) + "\n"


def _head(head: Head[Any], kind: type[msgspec.Struct]) -> list[str]:
    return [f"    head {head.source}", *_fields(dict(_differing(head.rule, kind)))]


def _body(look: Look) -> list[str]:
    shown = dict(_differing(look.body, Body))
    for name, pattern in (("elision", look.elision), ("gutter_elision", look.gutter_elision)):
        if pattern is not None:
            shown[name] = pattern.pattern
    return _fields(shown)


def _differing(rule: Any, kind: type[msgspec.Struct]) -> Iterator[tuple[str, Any]]:
    """The fields that are not as they are by default."""
    for field in msgspec.structs.fields(kind):
        value = getattr(rule, field.name)
        default = field.default if field.default is not msgspec.NODEFAULT else None
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if field.name not in _EVIDENCE and value != default:
            yield field.name, value


def _fields(values: dict[str, Any], without: tuple[str, ...] = ()) -> list[str]:
    return [f"    {name} {_value(value)}" for name, value in values.items() if value and name not in without]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if value == value.strip() and value else json.dumps(value, ensure_ascii=False)
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, sort_keys=True)
