"""Tokens of each turn: what the model served, by whichever way the release tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codexbridge.lab import scenario
from codexbridge.lab.model.conversation import is_side_request
from codexbridge.lab.scenario import Usage
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
    requests = tmp_path / "requests.jsonl"
    with (
        playing(story, tmp_path / "work", requests) as model,
        staged(version, tmp_path, url=model.url, **variables) as stage,
    ):
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
    # How many answers a turn took hangs on the tools that the release offers: the requests tell.
    asked = [json.loads(line)["body"] for line in requests.read_text().splitlines()]
    answers = sum(not is_side_request(body) for body in asked)
    each = Usage()
    for usage in found:
        assert usage["source"] == WHERE[version]
        assert usage["model"] == "gpt-5"
        assert usage["total_tokens"] > 0
        assert ("input_tokens" in usage) == (usage["source"] == "rollout")
    if WHERE[version] == "rollout":
        assert sum(usage["output_tokens"] for usage in found) == answers * each.output
        assert sum(usage["total_tokens"] for usage in found) == answers * (each.input + each.output)
        spent = sum(usage["input_tokens"] + usage["cache_read_input_tokens"] for usage in found)
        assert spent == answers * each.input
