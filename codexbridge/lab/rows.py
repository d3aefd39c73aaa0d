"""The release table as a file: ``codexbridge releases verify`` writes it, the release table of the grammar reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from codexbridge.grammar import releases
from codexbridge.grammar.releases import Release
from codexbridge.lab.fixture import toml_value

_FIRST = ("version", "look", "support")


def file() -> Path:
    """The table of this installation."""
    return Path(releases.__file__).with_name("releases.toml")


def text(row: Release) -> str:
    """A row as it stands in the table: what is as by default is left out."""
    fields = msgspec.to_builtins(row)
    defaults = msgspec.to_builtins(Release(version="", look=""))
    names = [*_FIRST, *(name for name in fields if name not in _FIRST)]
    lines = [f"{name} = {toml_value(fields[name])}" for name in names if fields[name] != defaults.get(name)]
    return "\n".join(["[[release]]", *lines])


def write(rows: Sequence[Release], to: Path | None = None) -> Path:
    """Write the table, the comment at its head kept; at once or not at all."""
    target = to or file()
    old = target.read_text("utf-8") if target.exists() else ""
    head = re.split(r"(?m)^\[\[release\]\]", old, maxsplit=1)[0].rstrip()
    parts = [head, *(text(row) for row in rows)] if head else [text(row) for row in rows]
    part = target.with_suffix(".part")
    part.write_text("\n\n".join(parts) + "\n", "utf-8")
    part.replace(target)
    return target
