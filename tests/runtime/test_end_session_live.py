"""The platform's ``end_session`` tool: it reaches this bridge, from inside a sandbox too, and asks nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codexbridge.lab import scenario
from tests.runtime.sidecar_stand_in import StandIn
from tests.runtime.stage import playing, staged

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
STORY = """
title = "The end"
about = "The agent ends its session by a tool."
[[turn]]
user = "Finish."
[[turn.response]]
items = [{ mcp = { server = "x1agent", tool = "end_session", arguments = { summary = "all done" } } }]
[[turn.response]]
items = [{ message = "It is ended." }]
"""


@pytest.mark.parametrize(
    ("version", "mode", "sandbox"),
    [
        ("0.47.0", "oneshot", "danger-full-access"),
        ("0.169.0", "oneshot", "workspace-write"),
        pytest.param("0.135.0", "interactive", "workspace-write", marks=pytest.mark.slow),
        pytest.param("0.47.0", "oneshot", "workspace-write", marks=pytest.mark.slow),
        pytest.param("0.98.0", "oneshot", "workspace-write", marks=pytest.mark.slow),
        pytest.param("0.20.0", "oneshot", "workspace-write", marks=pytest.mark.slow),
    ],
)
def test_a_tool_ends_the_session(version: str, mode: str, sandbox: str, tmp_path: Path) -> None:
    config = tmp_path / "mcp.toml"
    config.write_text(
        f'[mcp_servers.x1agent]\ncommand = "{sys.executable}"\nargs = ["-m", "tests.runtime.end_session_server"]\n'
        f'[mcp_servers.x1agent.env]\nPYTHONPATH = "{ROOT}"\n'
    )
    story = scenario.parse(STORY, "end")
    with StandIn() as sidecar:
        variables = sidecar.environment(
            SESSION_MODE=mode, AGENT_PROMPT="Finish.", CODEX_SANDBOX=sandbox, CODEXBRIDGE_MCP_CONFIG=str(config)
        )
        with playing(story, tmp_path / "work") as model, staged(version, tmp_path, url=model.url, **variables) as stage:
            stage.started()
            reader = stage.read()
            if mode == "interactive":
                reader.wait(reader.turns(1))
                stage.post("/shutdown", {"summary": "by hand"})
            assert stage.wait(90) == 0
        reader.ended.wait(5)
        assert sidecar.posted[-1] == {
            "type": "session.completed",
            "payload": {"result": "by hand" if mode == "interactive" else "all done"},
        }
    (call,) = reader.of("agent.tool_call")
    assert call["tool_name"] == "mcp__x1agent__end_session"
    assert call["input"] == {"summary": "all done"}
    (result,) = reader.of("agent.tool_result")
    assert result["tool_use_id"] == call["tool_use_id"]
    assert ("a person ends it" in str(result["content"])) == (mode == "interactive")
    assert reader.of("agent.permission_request") == []
