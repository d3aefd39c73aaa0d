"""Scenarios: a workspace, what the user says, and what the scripted model answers.

A scenario is a folder with a ``scenario.toml`` that people write and read::

    title = "A greeting"

    [files]                       # the workspace before the start
    "notes.txt" = "one\\n"

    [[turn]]
    user = "List the files."

    [[turn.response]]             # one answer of the model; the next one follows the tools' answers
    items = [
      { reasoning = ["**Looking around**\\n\\nA listing will do."] },
      { command = "ls" },         # several commands in one response run in parallel
    ]

    [[turn.response]]
    items = [{ message = "One file: `notes.txt`.", chunk = 8, pause = 20 }]

Times are milliseconds. :class:`codexbridge.lab.story.Scenario` and the structs beside it define every key; an
unknown one is an error.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import msgspec

from codexbridge.lab import wild
from codexbridge.lab.errors import LabError
from codexbridge.lab.story import KINDS, Busy, Drop, Fault, Mcp, Part, Response, Scenario, Step, Turn, Usage, Wants

__all__ = [
    "KINDS",
    "Busy",
    "Drop",
    "Fault",
    "Mcp",
    "Part",
    "Response",
    "Scenario",
    "Step",
    "Turn",
    "Usage",
    "Wants",
    "folders",
    "load",
    "names",
    "parse",
]


def folders() -> list[Path]:
    """Where scenarios are looked for: ``CODEXBRIDGE_SCENARIOS``, the working directory, the source checkout."""
    named = os.environ.get("CODEXBRIDGE_SCENARIOS")
    places = [Path(named)] if named else []
    places += [Path("fixtures/scenarios"), Path(__file__).resolve().parents[2] / "fixtures" / "scenarios"]
    return [place for place in places if place.is_dir()]


def names() -> list[str]:
    """The scenarios that can be named, in alphabetical order."""
    return sorted({file.parent.name for place in folders() for file in place.glob("*/scenario.toml")})


def load(name: str | Path) -> Scenario:
    """Load a scenario by name, by folder or by file.

    Raises:
        LabError: there is none of that name, or its file is not right; the message names the key.
    """
    if (drawn := wild.scenario(str(name))) is not None:
        return drawn
    given = Path(name)
    places = [given, given / "scenario.toml", *(place / str(name) / "scenario.toml" for place in folders())]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        raise LabError(f"no scenario {str(name)!r}; there are: {', '.join(names()) or 'none'}")
    return parse(file.read_text("utf-8"), file.resolve().parent.name)


def parse(text: str, name: str) -> Scenario:
    """Read the text of a ``scenario.toml``, write out repetitions and check every item.

    Raises:
        LabError: not TOML, an unknown key, a wrong type, or an item that is no item or several.
    """
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LabError(f"scenario {name}: {error}") from None
    scenario.name = name
    scenario.turn = [_numbered(turn, n) for turn in scenario.turn for n in range(1, turn.repeat + 1)]
    for number, turn in enumerate(scenario.turn):
        for part in (part for response in turn.response for part in response.items):
            given = [kind for kind in KINDS if getattr(part, kind) is not None]
            if len(given) != 1:
                wrong = ", ".join(given) or "nothing"
                raise LabError(f"scenario {name}: turn {number + 1} has an item with {wrong}; give one of {KINDS}")
    return scenario


def _numbered(turn: Turn, number: int) -> Turn:
    raw = msgspec.json.encode(turn).decode()
    return msgspec.json.decode(re.sub("%n%", str(number), raw), type=Turn)
