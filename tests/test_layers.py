"""The floors of the house, read from the imports: a room imports its own floor or lower ones, and the rooms below the
world know no clock, no network, no processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import codexbridge

ROOT = Path(codexbridge.__file__).parent

FLOORS = {
    "terminal": 1,
    "transcript": 2,
    "grammar": 3,
    "items": 4,
    "session": 5,
    "platform": 6,
    "runtime": 7,
    "lab": 7,
    "cli": 8,
}
WORLD = 7
"""From here up a room may touch the world."""
FORBIDDEN = frozenset(
    {
        "asyncio", "concurrent", "fcntl", "http", "httpx", "multiprocessing", "os", "pexpect", "psutil", "pty",
        "requests", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "starlette", "subprocess",
        "tempfile", "termios", "threading", "time", "tty", "urllib", "uvicorn", "websockets",
    }
)  # fmt: skip

MODULES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, at any depth."""
    package = path.relative_to(ROOT.parent).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            for alias in node.names:
                yield node.lineno, f"{name}.{alias.name}"


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms <= set(FLOORS), f"give {sorted(rooms - set(FLOORS))} a floor"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    floor = FLOORS[room(path)]
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] == "codexbridge" and len(parts) > 1 and parts[1] in FLOORS:
            assert FLOORS[parts[1]] <= floor, f"{path}:{line}: {room(path)} imports {name}"


@pytest.mark.parametrize(
    "path", [path for path in MODULES if FLOORS[room(path)] < WORLD], ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_core_knows_no_world(path: Path) -> None:
    for line, name in imports(path):
        assert name.split(".")[0] not in FORBIDDEN, f"{path}:{line}: floor {FLOORS[room(path)]} imports {name}"
