"""MCP servers on HTTP through the relay: answers as JSON and as events, sessions, errors, parallel calls."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from codexbridge.lab import mcp_server, scenario
from codexbridge.runtime import mcp_relay
from tests.runtime.stage import playing, staged


class Remote(BaseHTTPRequestHandler):
    """A streamable HTTP server: a session from the first answer on, tool calls answered by events."""

    seen: list[tuple[str, str]]
    keys: list[str]

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).keys.append(self.headers.get("Authorization", ""))
        if self.path.endswith("/moved"):
            self._reply(302, b"", Location="/mcp")
            return
        type(self).seen.append((str(message.get("method")), self.headers.get("Mcp-Session-Id", "")))
        if message.get("method") != "initialize" and self.headers.get("Mcp-Session-Id") != "s1":
            self._reply(404, b"")
            return
        answer = mcp_server.answer(message)
        if answer is None:
            self._reply(202, b"")
        elif message["method"] == "tools/call":
            time.sleep(float(message["params"]["arguments"].get("seconds", 0)))
            note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
            events = f": hello\n\nevent: message\ndata: {json.dumps(note)}\n\ndata: {json.dumps(answer)}\n\n"
            self._reply(200, events.encode(), "text/event-stream")
        else:
            self._reply(200, json.dumps(answer).encode())

    def _reply(self, status: int, body: bytes, kind: str = "application/json", **more: str) -> None:
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Mcp-Session-Id", "s1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._reply(405, b"")

    do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def remote() -> Iterator[str]:
    Remote.seen, Remote.keys = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Remote)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/mcp"
    server.shutdown()
    server.server_close()


def ask(number: int, method: str, **parameters: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}


def relayed(url: str, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What comes back for messages, one a line."""
    done = subprocess.run(
        [sys.executable, "-I", mcp_relay.__file__, url],
        input="".join(json.dumps(message) + "\n" for message in messages),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_conversation(remote: str) -> None:
    first = ask(1, "initialize", protocolVersion="2025-03-26")
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    slow = ask(3, "tools/call", name="echo", arguments={"text": "slow", "seconds": 0.5})
    quick = ask(4, "tools/call", name="echo", arguments={"text": "quick"})
    found = relayed(remote, first, ready, ask(2, "tools/list"), slow, quick)
    assert [one.get("id") for one in found] == [1, 2, None, 4, None, 3]
    assert found[3]["result"]["content"][0]["text"] == "quick"
    assert [session for _, session in Remote.seen] == ["", "s1", "s1", "s1", "s1"]


def test_a_request_that_fails_is_answered_and_a_notification_is_not(remote: str) -> None:
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    (lost,) = relayed(remote, ask(7, "tools/list"), ready)
    assert (lost["id"], lost["error"]["message"]) == (7, "HTTP Error 404: Not Found")
    (gone,) = relayed("http://127.0.0.1:9/", ask(8, "initialize"), ready)
    assert gone["id"] == 8
    assert "refused" in gone["error"]["message"]


def test_headers_come_in_a_variable_and_go_to_no_other_place(remote: str) -> None:
    def run(url: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-I", mcp_relay.__file__],
            input=json.dumps(ask(1, "initialize")) + "\n",
            env={mcp_relay.TOLD: json.dumps({"url": url, "headers": {"Authorization": "Bearer x"}})},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        (found,) = map(json.loads, done.stdout.splitlines())
        return dict(found)

    assert "result" in run(remote)
    assert Remote.keys == ["Bearer x"]
    moved = run(remote + "/moved")
    assert "HTTP Error 302" in moved["error"]["message"]
    assert Remote.keys == ["Bearer x", "Bearer x"]


STORY = """
title = "A remote server"
about = "A tool of an MCP server on HTTP."
[[turn]]
user = "Echo."
[[turn.response]]
items = [{ mcp = { server = "lab", tool = "echo", arguments = { text = "from afar" } } }]
[[turn.response]]
items = [{ message = "It answers." }]
"""
VERSIONS = [
    "0.42.0",
    "0.169.0",
    *[
        pytest.param(v, marks=pytest.mark.slow)
        for v in ("0.8.0", "0.20.0", "0.44.0", "0.45.0", "0.47.0", "0.58.0", "0.98.0")
    ],
]


@pytest.mark.live
@pytest.mark.parametrize("version", VERSIONS)
def test_a_remote_server_in_a_session(version: str, remote: str, tmp_path: Path) -> None:
    attached = json.dumps([{"name": "lab", "url": remote}])
    with (
        playing(scenario.parse(STORY, "remote"), tmp_path / "work") as model,
        staged(version, tmp_path, url=model.url, MCP_REMOTE_ATTACHMENTS_JSON=attached) as stage,
    ):
        stage.started()
        reader = stage.read()
        stage.send("Echo.")
        reader.wait(reader.turns(1))
        stage.post("/shutdown")
        assert stage.wait() == 0
    assert ("tools/call", "s1") in Remote.seen
    (call,) = reader.of("agent.tool_call")
    assert call["tool_name"] == "mcp__lab__echo"
    (result,) = reader.of("agent.tool_result")
    assert "from afar" in str(result["content"])
    assert reader.of("agent.text") == [{"text": "It answers."}]


KEYS = """
title = "Servers with keys"
about = "Tools of an MCP server that runs here, and of one on HTTP that wants to know who asks."
[[turn]]
user = "Echo twice."
[[turn.response]]
items = [{ mcp = { server = "here", tool = "echo", arguments = { text = "from here" } } }]
[[turn.response]]
items = [{ mcp = { server = "far", tool = "echo", arguments = { text = "from afar" } } }]
[[turn.response]]
items = [{ message = "Both answer." }]
"""


@pytest.mark.live
@pytest.mark.parametrize(
    "version",
    ["0.20.0", "0.47.0", "0.169.0", *[pytest.param(v, marks=pytest.mark.slow) for v in ("0.8.0", "0.58.0", "0.98.0")]],
)
def test_servers_with_keys_in_a_session(version: str, remote: str, tmp_path: Path) -> None:
    key = "key-of-the-servers-0123456789"
    run = '[ "$LAB_KEY" = "$1" ] && exec "$0" -m codexbridge.lab.mcp_server'
    paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
    here = {"command": "sh", "args": ["-c", run, sys.executable, key], "env": {"LAB_KEY": key, **paths}}
    far = {"url": remote, "http_headers": {"Authorization": f"Bearer {key}"}}
    file = tmp_path / "servers.json"
    file.write_text(json.dumps({"mcpServers": {"here": here, "far": far}}))
    with (
        playing(scenario.parse(KEYS, "keys"), tmp_path / "work") as model,
        staged(version, tmp_path, url=model.url, CODEXBRIDGE_MCP_CONFIG=str(file)) as stage,
    ):
        stage.started()
        reader = stage.read()
        stage.send("Echo twice.")
        reader.wait(reader.turns(1))
        files = [path for path in stage.home.rglob("*") if path.is_file()]
        assert any(path.name == "config.toml" for path in files)
        holding = [path for path in files if key.encode() in path.read_bytes()]
        stage.post("/shutdown")
        assert stage.wait() == 0
    assert holding == []
    assert set(Remote.keys) == {f"Bearer {key}"}
    results = reader.of("agent.tool_result")
    assert [where in str(one["content"]) for one, where in zip(results, ("here", "afar"), strict=True)] == [True, True]
    assert key not in json.dumps(reader.events) + stage.log.read_text("utf-8")
