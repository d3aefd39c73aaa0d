"""Tokens of each turn: what the model served, by whichever way the release tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab import scenario
from tests.runtime.stage import playing, staged

pytestmark = pytest.mark.live

WHERE = {
    "0.20.0": "screen",
    "0.29.0": "screen",
    "0.47.0": "rollout",
    "0.135.0": "rollout",
    "0.169.0": "rollout",
}


@pytest.mark.parametrize(
    "version", [pytest.param(v, marks=[pytest.mark.slow] * (v in ("0.29.0", "0.135.0"))) for v in WHERE]
)
def test_tokens_of_each_turn(version: str, tmp_path: Path) -> None:
    story = scenario.load("two-turns")
    variables = {"CODEXBRIDGE_USAGE": "true", "CODEXBRIDGE_REPAIR": "rollout"}
    with playing(story, tmp_path / "work") as model, staged(version, tmp_path, url=model.url, **variables) as stage:
        stage.started()
        reader = stage.read()
        for number, turn in enumerate(story.turn):
            stage.send(turn.user)
            reader.wait(reader.turns(number + 1))
        stage.post("/shutdown")
        assert stage.wait() == 0
    reader.ended.wait(5)
    found = reader.of("agent.usage")
    assert len(found) == len(story.turn)
    for usage, turn in zip(found, story.turn, strict=True):
        served = [response.usage for response in turn.response]
        assert usage["source"] == WHERE[version]
        assert usage["model"] == "gpt-5"
        if WHERE[version] == "rollout":
            assert usage["output_tokens"] == sum(one.output for one in served)
            assert usage["total_tokens"] == sum(one.input + one.output for one in served)
            spent = usage["input_tokens"] + usage["cache_read_input_tokens"]
            assert spent == sum(one.input for one in served)
        else:
            assert usage["total_tokens"] > 0
            assert "input_tokens" not in usage
