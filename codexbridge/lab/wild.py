"""Conversations that nobody wrote: a random scenario for a number, so that rules cannot lean on a scenario's words.

``wild-17`` names the one of seed 17 wherever a scenario is named. It is drawn from what coding sessions are made of
(reads and searches, tests that fail, long and odd outputs, scripts, patches, plans, thoughts, answers in Markdown), and
each draw is independent, so that neighbours that no author would think of meet. ``storm-17`` is one with interruptions,
messages into running turns, MCP calls, searches and failures (:mod:`codexbridge.lab.wild_storm`), ``rare-17`` one of
imitations, paint, long lines and odd scripts (:mod:`codexbridge.lab.wild_rare`).
"""

from __future__ import annotations

import re
from random import Random

from codexbridge.lab.story import Scenario
from codexbridge.lab.wild_author import Author
from codexbridge.lab.wild_rare import Rare
from codexbridge.lab.wild_storm import Storm

AUTHORS: dict[str, type[Author]] = {"wild": Author, "storm": Storm, "rare": Rare}
NAME = re.compile(rf"({'|'.join(AUTHORS)})-(\d+)\Z")


def scenario(name: str) -> Scenario | None:
    """The scenario that ``name`` calls for, or None where it is the name of none of these."""
    found = NAME.match(name)
    if found is None:
        return None
    return AUTHORS[found[1]](Random(f"{found[1]} {found[2]}")).scenario(name)
