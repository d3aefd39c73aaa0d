"""What a release never draws, through ``codexbridge serve --repair rollout``: once, in its place, and marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.lab import scenario
from tests.runtime.stage import playing, staged

pytestmark = pytest.mark.live

# A patch whose file is missing is drawn nowhere by any release; the command after it is.
STORY = scenario.parse(
    """
title = "A patch that cannot be applied"
[files]
"here.txt" = "one\\n"
[[turn]]
user = "Change a file that is not there."
[[turn.response]]
items = [{ message = "I try." }, { patch = '''
*** Begin Patch
*** Update File: not/there.txt
@@
-one
+two
*** End Patch
''' }]
[[turn.response]]
items = [{ command = "cat here.txt && echo after" }]
[[turn.response]]
items = [{ message = "It is not there." }]
""",
    "refused-patch",
)


@pytest.mark.parametrize("repair", [True, False])
def test_a_refused_patch_is_sent_from_the_rollout_file(tmp_path: Path, repair: bool) -> None:
    arguments = ["--verify", "rollout", *(["--repair", "rollout"] if repair else [])]
    with playing(STORY, tmp_path / "work") as model, staged("0.135.0", tmp_path, *arguments, url=model.url) as stage:
        stage.started()
        reader = stage.read()
        assert stage.send(STORY.turn[0].user).status_code == 202
        reader.wait(reader.turns(1))
        (drift,) = reader.of("bridge.drift")
        stage.post("/shutdown", {})
        assert stage.wait() == 0
    edits = [payload for payload in reader.of("agent.tool_call") if payload["tool_name"] == "edit"]
    results = {payload["tool_use_id"]: payload for payload in reader.of("agent.tool_result")}
    assert len(edits) == int(repair)
    for edit in edits:
        result = results[edit["tool_use_id"]]
        assert (result["source"], result["is_error"]) == ("rollout", True)
        assert "not/there.txt" in str(result["content"])
    order = [event["type"] for event in reader.events if event["type"] in ("agent.text", "agent.tool_call")]
    assert order == ["agent.text", *["agent.tool_call"] * (1 + repair), "agent.text"]
    assert drift["repaired"] == int(repair)
