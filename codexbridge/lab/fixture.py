"""Fixtures: a folder per release and scenario, with the recording as the only evidence.

::

    fixtures/releases/<version>/<scenario>/
        case.toml         release, size, flags, exit status, what was normalised, allowed losses
        session.cast      what the terminal was given; machine-written, never edited
        truth.json        what the scripted model said and what each tool answered
        screens.txt, transcript.txt, items.jsonl, events.jsonl     goldens, one per seam
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from codexbridge.grammar.releases import Table, table, version_key
from codexbridge.lab import cast as casts
from codexbridge.lab import golden
from codexbridge.lab.errors import LabError
from codexbridge.lab.normalise import Rule
from codexbridge.lab.replay import Replay, play
from codexbridge.lab.score import Score, judged
from codexbridge.lab.truth import Truth
from codexbridge.lab.truth import load as load_truth
from codexbridge.session.core import Session

EVIDENCE = ("case.toml", "session.cast", "truth.json")
"""Files that a recording makes; everything else in a fixture folder is a golden."""


class Case(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """``case.toml``."""

    release: str
    scenario: str = ""
    """Empty for a session that was recorded by hand."""
    columns: int
    rows: int
    flags: list[str] = []
    recorder: str = "raw"
    """``raw``: without the bridge; ``bridge``: the live driver; ``hand``: a person."""
    exit: int | None = None
    losses: list[str] = []
    """Losses of this recording beyond those of the release's row, by the names of :mod:`codexbridge.lab.losses`."""
    unknown: int = 0
    """Lines that no rule explains, and that are known to be so."""
    known: list[str] = []
    """Differences from the truth that are known and not the release's fault: ``outputs command_execution, turn 2``."""
    normalised: list[Rule] = []


class Fixture:
    """One fixture folder. ``releases`` takes the place of the package's table."""

    def __init__(self, folder: Path, releases: Table | None = None) -> None:
        self.folder = folder
        self.releases = releases or table()
        self.case = load_case(folder / "case.toml")

    @property
    def name(self) -> str:
        """``<release>/<scenario>``."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def cast(self) -> casts.Cast:
        """The recording."""
        return casts.read(self.folder / "session.cast")

    def truth(self) -> Truth | None:
        """What really happened, where a scripted model recorded it."""
        path = self.folder / "truth.json"
        return load_truth(path) if path.is_file() else None

    def losses(self) -> list[str]:
        """What the scorer must not expect: the losses of the release's row and of this recording."""
        row, _ = self.releases.find(self.case.release)
        return sorted({*row.losses, *self.case.losses})

    def play(self, look: str | None = None) -> Replay:
        """The recording through the core."""
        cast = self.cast()
        size = cast.header
        core = Session(self.case.release, columns=size.columns, rows=size.rows, releases=self.releases, look=look)
        return play(cast, self.case.release, session=core)

    def score(self, passed: Replay) -> Score | None:
        """What came out, held against the truth."""
        truth = self.truth()
        return None if truth is None else judged(truth, passed.events, self.losses())

    def goldens(self) -> dict[str, str]:
        """The goldens as they lie in the folder."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        names = {path.relative_to(self.folder).as_posix(): path for path in found}
        return {name: path.read_bytes().decode("utf-8") for name, path in names.items() if name not in EVIDENCE}

    def accept(self, new: dict[str, str], kinds: Iterable[str]) -> list[str]:
        """Write goldens: ``create`` those that are missing, ``fix`` those that differ, ``trim`` those left over.

        Gives a line per file that was touched.
        """
        old = self.goldens()
        done = []
        for name in golden.changed(old, new):
            kind = "create" if name not in old else "trim" if name not in new else "fix"
            if kind not in kinds:
                continue
            path = self.folder / name
            if kind == "trim":
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(new[name].encode("utf-8", "backslashreplace"))
            done.append(f"{kind} {self.name}/{name}")
        return done


def recorded(path: Path) -> tuple[Path, str | None]:
    """The recording that ``path`` names, a fixture's folder or a file, and the release that the fixture says.

    Raises:
        LabError: a folder that is no fixture; the message names one that is.
    """
    if not path.is_dir():
        return path, None
    if (path / "session.cast").is_file():
        return path / "session.cast", load_case(path / "case.toml").release if (path / "case.toml").is_file() else None
    inner = next(iter(sorted(path.rglob("*.cast"))), None)
    remedy = (
        f"name one below it, such as {inner.parent if inner.name == 'session.cast' else inner}"
        if inner
        else ("name the folder of a fixture, or an asciicast")
    )
    raise LabError(f"{path} has no session.cast: {remedy}")


def root() -> Path:
    """Where fixtures lie: ``CODEXBRIDGE_FIXTURES``, the working directory, the source checkout."""
    named = os.environ.get("CODEXBRIDGE_FIXTURES")
    if named:
        return Path(named)
    here = Path("fixtures")
    return here if (here / "releases").is_dir() else Path(__file__).resolve().parents[2] / "fixtures"


def folder_of(release: str, scenario: str) -> Path:
    """The folder of a fixture, there or not."""
    return root() / "releases" / release / scenario


def find(release: str | None = None) -> list[Fixture]:
    """Every fixture (of ``release``), by release in version order, then by scenario."""
    found = [path.parent for path in (root() / "releases").glob(f"{release or '*'}/*/case.toml")]
    found.sort(key=lambda path: (version_key(path.parent.name), path.name))
    return [Fixture(path) for path in found]


def orphans() -> list[str]:
    """Files under ``releases/`` that belong to no fixture, and fixtures without a recording."""
    base = root() / "releases"
    known = {path.parent for path in base.glob("*/*/case.toml")}
    stray = []
    for path in sorted(base.rglob("*")):
        if path.is_file() and not any(parent in known for parent in path.parents):
            stray.append(path.relative_to(base).as_posix())
    return stray + [
        f"{path.relative_to(base).as_posix()}: no session.cast"
        for path in sorted(known)
        if not (path / "session.cast").is_file()
    ]


def load_case(path: Path) -> Case:
    """Read a ``case.toml``.

    Raises:
        LabError: it is missing or not right; the message names the key.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Case)
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LabError(f"{path}: {error}") from None


def save_case(case: Case, path: Path) -> None:
    """Write a ``case.toml``."""
    fields: dict[str, Any] = msgspec.to_builtins(case)
    rules = fields.pop("normalised", [])
    lines = [f"{key} = {toml_value(value)}" for key, value in fields.items()]
    for rule in rules:
        lines += ["", "[[normalised]]", *(f"{key} = {toml_value(value)}" for key, value in rule.items())]
    path.write_bytes(("\n".join(lines) + "\n").encode())


def toml_value(value: Any) -> str:
    """A value on one line of TOML."""
    if isinstance(value, dict):
        pairs = (
            f"{key if key.replace('_', '').replace('-', '').isalnum() else json.dumps(key)} = {toml_value(inner)}"
            for key, inner in value.items()
        )
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str) and "'" not in value and "\n" not in value and "\\" in value:
        return f"'{value}'"
    # A JSON string or number is TOML as well.
    return json.dumps(value, ensure_ascii=False)
