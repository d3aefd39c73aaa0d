"""Random Markdown through a real release and back."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codexbridge.items.model import AgentMessage
from codexbridge.lab import live
from codexbridge.lab.documents import Documents
from codexbridge.lab.plain import folded, html, plain
from codexbridge.lab.scenario import Part, Response, Scenario, Turn

DOCUMENTS = 10
_FEW = settings(
    max_examples=2, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


def _there_and_back(version: str, random: Random) -> list[tuple[str, str]]:
    """What the model said and what came back, message by message."""
    sources = [Documents(random).document(4) for _ in range(DOCUMENTS)]
    turns = [
        Turn(user=f"Document {n}.", response=[Response(items=[Part(message=source, chunk=400, pause=0)])])
        for n, source in enumerate(sources)
    ]
    run = live.run(version, Scenario(title="Random documents", turn=turns, name="documents"))
    assert run.problems == []
    messages = [item.text for item in run.items if isinstance(item, AgentMessage)]
    assert len(messages) == len(sources)
    return list(zip(sources, messages, strict=True))


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.parametrize("version", ["0.135.0", "0.169.0"])
@_FEW
@given(random=st.randoms(use_true_random=False))
def test_sources_come_back_exactly_where_they_can_be_read(version: str, random: Random) -> None:
    for source, message in _there_and_back(version, random):
        assert message == source


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.parametrize("version", ["0.47.0", "0.98.0"])
@_FEW
@given(random=st.randoms(use_true_random=False))
def test_drawings_come_back_in_their_words_and_mostly_in_their_form(version: str, random: Random) -> None:
    pairs = _there_and_back(version, random)
    words = sum(folded(plain(source)) == folded(plain(message)) for source, message in pairs)
    form = sum(html(source) == html(message) for source, message in pairs)
    assert words >= 0.8 * DOCUMENTS
    assert form >= 0.4 * DOCUMENTS
