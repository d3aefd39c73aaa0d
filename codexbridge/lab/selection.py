"""Which releases and scenarios a run is about, in words a person types, and which share of them is ours.

Releases, joined by commas: a version; a comparison (``>=0.160``, ``<0.30``, ``0.40..0.60``); ``latest`` (what npm hands
out), ``newest`` (the highest there is), ``table`` (every row of the release table), ``fixtures`` (those with
recordings), ``cached``, ``all``. A ``!`` before any of them takes it out again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from random import SystemRandom
from typing import TypeVar

import msgspec

from codexbridge.grammar.releases import table, version_key
from codexbridge.lab import fixture, npm, scenario, wild
from codexbridge.lab.errors import WrongUsage

T = TypeVar("T")

_COMPARISON = re.compile(r"(>=|<=|>|<|=)\s*(\d+(?:\.\d+)*)\Z")
_RANGE = re.compile(r"(\d+(?:\.\d+)*)\.\.(\d+(?:\.\d+)*)\Z")
_SERIES = re.compile(rf"({'|'.join(wild.AUTHORS)})-(\d+)\.\.(\d+)\Z")
_FRESH = re.compile(r"fresh-(\d{1,3})\Z")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?\Z")


def version(text: str) -> str:
    """One release, or ``latest``, as an option names it.

    Raises:
        WrongUsage: it is no version.
        LabError: npm does not answer.
    """
    if text == "latest":
        return npm.latest()
    if not _VERSION.match(text):
        raise WrongUsage(f"--release: {text!r} is no version, such as 0.47.0 or latest")
    return text


class Shard(msgspec.Struct, frozen=True):
    """Part ``index`` (from 1) of ``count``."""

    index: int = 1
    count: int = 1

    def of(self, jobs: Iterable[T]) -> list[T]:
        """Our share: every job is in exactly one shard, neighbours in different ones."""
        return [job for number, job in enumerate(jobs) if number % self.count == self.index - 1]


def shard(text: str | None, environment: Mapping[str, str] = os.environ) -> Shard:
    """Read ``i/n`` (i from 1), or ``/n`` where Kubernetes gives the index (``JOB_COMPLETION_INDEX``, from 0).

    Raises:
        WrongUsage: it is neither, or the index is missing.
    """
    if not text:
        return Shard()
    index, slash, count = text.partition("/")
    if not index:
        given = environment.get("JOB_COMPLETION_INDEX", "")
        if not given.isdigit():
            raise WrongUsage(f"--shard {text} needs JOB_COMPLETION_INDEX, which an indexed Job sets; or give i/n")
        index = str(int(given) + 1)
    if not (slash and index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise WrongUsage(f"--shard {text} is not a share: give i/n with i from 1 to n, such as 2/8")
    return Shard(int(index), int(count))


def releases(text: str, listed: Callable[[], list[str]] = npm.versions) -> list[str]:
    """The releases that ``text`` names, in version order; npm is asked only where it must be.

    Raises:
        WrongUsage: a word that is none of those, or no release at all.
        LabError: npm does not answer.
    """
    found: set[str] = set()
    for word in filter(None, (part.strip() for part in text.split(","))):
        negated, word = word.startswith("!"), word.removeprefix("!").strip()
        named = set(_word(word, listed))
        found = found - named if negated else found | named
    if not found:
        raise WrongUsage(f"--releases {text} names no release")
    return sorted(found, key=version_key)


def _word(word: str, listed: Callable[[], list[str]]) -> Iterable[str]:
    if word == "latest":
        return [npm.latest()]
    if word == "newest":
        return listed()[-1:]
    if word == "all":
        return listed()
    if word == "cached":
        return npm.cached()
    if word == "table":
        return [row.version for row in table().rows]
    if word == "fixtures":
        return {one.case.release for one in fixture.find()}
    if _VERSION.match(word):
        return [word]
    if between := _RANGE.match(word):
        low, high = version_key(between[1]), version_key(between[2])
        return [one for one in listed() if low <= version_key(one) and version_key(one)[0][: len(high[0])] <= high[0]]
    if compared := _COMPARISON.match(word):
        return [one for one in listed() if _holds(one, compared[1], compared[2])]
    raise WrongUsage(
        f"--releases: {word!r} is no release; "
        "give 0.47.0, '>=0.160', 0.40..0.60, latest, table, fixtures, cached or all"
    )


def _holds(version: str, sign: str, bound: str) -> bool:
    """Compare as far as the bound is written out: ``<=0.47`` takes 0.47.3 in."""
    limit = version_key(bound)[0]
    ours = version_key(version)[0][: len(limit)]
    order = (ours > limit) - (ours < limit)
    return order in {">=": (0, 1), "<=": (0, -1), ">": (1,), "<": (-1,), "=": (0,)}[sign]


def scenarios(text: str) -> list[str]:
    """The scenarios that ``text`` names: names joined by commas, or ``all``; ``!name`` takes one out.

    ``wild-17``, ``storm-17`` and ``rare-17`` are drawn at random from that number, ``wild-1..9`` are nine of these
    (:mod:`codexbridge.lab.wild`), and ``fresh-4`` are four with numbers that nobody has seen before.

    Raises:
        WrongUsage: there is none of that name.
    """
    known = scenario.names()
    found: list[str] = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name = word.removeprefix("!")
        series = _SERIES.match(name)
        fresh = _FRESH.match(name)
        if name != "all" and name not in known and not series and not fresh and not wild.NAME.match(name):
            raise WrongUsage(
                f"no scenario {name!r}; there are: {', '.join(known) or 'none'}, and wild-1, storm-1, wild-1..9 ..."
            )
        named = known if name == "all" else [name]
        if series:
            named = [f"{series[1]}-{number}" for number in range(int(series[2]), int(series[3]) + 1)]
        if fresh:
            seeds = [SystemRandom().randrange(1000, 1_000_000) for _ in range(int(fresh[1]))]
            kinds = list(wild.AUTHORS)
            named = [f"{kinds[n % len(kinds)]}-{seed}" for n, seed in enumerate(seeds)]
        found = [one for one in found if one not in named] if word.startswith("!") else [*found, *named]
    if not found:
        raise WrongUsage(f"--scenarios {text} names no scenario")
    return list(dict.fromkeys(found))


def size(text: str | None) -> tuple[int | None, int | None]:
    """Columns and rows of ``1600x40``; None for both where nothing is given.

    Raises:
        WrongUsage: it is no size.
    """
    if not text:
        return None, None
    columns, _, rows = text.partition("x")
    if not (columns.isdigit() and rows.isdigit() and int(columns) and int(rows)):
        raise WrongUsage(f"--size {text} is no size of a terminal; give columns and rows, such as 1600x40")
    return int(columns), int(rows)
