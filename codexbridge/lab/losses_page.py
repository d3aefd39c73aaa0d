"""The page about what releases lose on their own screens: ``codexbridge releases losses``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codexbridge.grammar.releases import Release
from codexbridge.lab.drawn import ABSENT
from codexbridge.lab.losses import LOSSES
from codexbridge.lab.verify import Finding


def ranges(versions: Sequence[str], order: Sequence[str]) -> str:
    """Versions as ranges over ``order``: ``0.47.0 to 0.55.0, 0.80.0``."""
    place = {version: number for number, version in enumerate(order)}
    found: list[list[str]] = []
    for version in sorted(versions, key=place.__getitem__):
        if found and place[found[-1][-1]] + 1 == place[version]:
            found[-1].append(version)
        else:
            found.append([version])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in found)


def page(rows: Sequence[Release], findings: Mapping[str, Finding]) -> str:
    """A table in Markdown: loss, releases, proof."""
    order = [row.version for row in rows]
    lines = ["| loss | releases | proof |", "|---|---|---|"]
    for name, meaning in LOSSES.items():
        versions = [row.version for row in rows if name in row.losses]
        if not versions:
            continue
        evidence = [(version, findings[version].evidence.get(name, "")) for version in versions if version in findings]
        told = next((f"{text} ({version})" for version, text in reversed(evidence) if text), "")
        absent = "its text is in no row of the recording" if name in ABSENT else ""
        proof = "; ".join(part for part in (meaning, told, absent) if part).replace("|", "\\|")
        lines.append(f"| `{name}` | {ranges(versions, order)} | {proof} |")
    return "\n".join(lines) + "\n"
