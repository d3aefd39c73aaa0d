"""A recording served as a bridge serves a live Codex."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from codexbridge.lab.stage import Options, Stage

from .tiny import RELEASE, recording


@pytest.mark.parametrize("marked", [True, False], ids=["ours", "somebody else's"])
async def test_the_two_ports_play_the_recording(marked: bool) -> None:
    options = Options(stream_port=0, inject_port=0, speed=0, on_inject=True)
    played = recording()
    if not marked:
        played = played._replace(events=[event for event in played.events if event.code != "m"])
    stage = Stage(played, RELEASE, options)
    running = asyncio.create_task(stage.serve())
    while not stage.ports[1]:
        await asyncio.sleep(0.01)
    stream, inject = (f"http://127.0.0.1:{port}" for port in stage.ports)
    seen: list[str] = []
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        for _ in range(100):
            try:
                assert (await client.get(f"{stream}/health")).text == "ok"
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
        async with client.stream("GET", f"{stream}/stream") as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: "):
                    continue
                event = json.loads(line[6:])
                seen.append(event["type"])
                if event["type"] == "session.init":
                    said = await client.post(f"{inject}/inject", json={"text": "hello", "event_id": "e1"})
                    assert said.status_code == 202
                if event["type"] == "agent.text":
                    assert event["payload"]["text"] == "Done."
                    await client.post(f"{inject}/shutdown", json={})
    await asyncio.wait_for(running, 10)
    assert seen[:2] == ["session.started", "session.init"]
    # Nothing of the turn comes before it was asked for.
    assert seen.index("user.message") < seen.index("agent.tool_call")
    assert "agent.tool_result" in seen
    assert seen[-1] == "session.completed"
