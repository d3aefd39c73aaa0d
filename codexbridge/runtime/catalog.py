"""The model catalog that a release carries in its program.

Releases ask at their start whether to move from one model to a newer one, unless the configuration says that this
very question was seen. Which question that is differs by release and model, and stands in the program itself.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path

_ENTRY = re.compile(rb'"slug": ?"([\w.\-]{1,64})"|"upgrade": ?\{\s*"model": ?"([\w.\-]{1,64})"')
_SIZE = 4 * 1024 * 1024
"""Bytes from which a file is the program itself and not a launcher of it."""


def upgrades(program: Path) -> dict[str, str]:
    """Model -> the model that the release would rather use, for the models that its catalog knows.

    Empty for a release without a catalog, and for a program that cannot be read.
    """
    found: dict[str, str] = {}
    for path in native(program):
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                model = ""
                for entry in _ENTRY.finditer(content):
                    if entry[1]:
                        model = entry[1].decode()
                    elif model:
                        found[model] = entry[2].decode()
        except (OSError, ValueError):
            continue
    return found


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
