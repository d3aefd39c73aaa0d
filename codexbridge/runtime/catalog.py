"""The model catalog that a release carries in its program.

Releases ask at their start whether to move from one model to a newer one, unless the configuration says that this
very question was seen. Which question that is differs by release and model, and stands in the program itself.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

_ENTRY = re.compile(
    rb'"slug": ?"(?P<slug>[\w.\-]{1,64})"|"upgrade": ?\{\s*"model": ?"(?P<upgrade>[\w.\-]{1,64})"'
    rb'|"display_name": ?"(?P<label>[^"\\\n]{1,64})"|"visibility": ?"(?P<visibility>\w{1,16})"'
)
_SIZE = 4 * 1024 * 1024
"""Bytes from which a file is the program itself and not a launcher of it."""


class Model(msgspec.Struct):
    """A model that a release knows."""

    slug: str
    label: str = ""
    visibility: str = ""
    """``list``: people may choose it."""
    upgrade: str = ""
    """The model that the release would rather use."""


def models(program: Path) -> list[Model]:
    """The release's catalog in its order; empty for a release without one, and for a program that cannot be read."""
    found: dict[str, Model] = {}
    for path in native(program):
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                model: Model | None = None
                for entry in _ENTRY.finditer(content):
                    if entry["slug"]:
                        slug = entry["slug"].decode()
                        model = found.setdefault(slug, Model(slug))
                    elif model is not None:
                        # The first word on each counts: what comes after the last model is something else.
                        for field in ("label", "visibility", "upgrade"):
                            if entry[field] and not getattr(model, field):
                                setattr(model, field, entry[field].decode("utf-8", "replace"))
        except (OSError, ValueError):
            continue
    return list(found.values())


def upgrades(known: Sequence[Model]) -> dict[str, str]:
    """Model -> the model that the release would rather use."""
    return {model.slug: model.upgrade for model in known if model.upgrade}


def native(program: Path) -> list[Path]:
    """The native program: ``program`` itself, or what its package has for a launcher to start."""
    try:
        real = program.resolve(strict=True)
        if real.stat().st_size >= _SIZE:
            return [real]
        package = next((folder for folder in real.parents[:4] if (folder / "package.json").is_file()), None)
        if package is None:
            return []
        places = [package, *package.parent.glob(f"{package.name}-*")]
        files = (path for place in places for path in place.rglob("codex*") if path.is_file())
        return [path for path in files if path.stat().st_size >= _SIZE]
    except OSError:
        return []
