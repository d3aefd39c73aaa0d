from __future__ import annotations

import json
import subprocess
import sys


def test_it_speaks_over_pipes() -> None:
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "é"}}},
        {"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "fail", "arguments": {"reason": "r"}}},
        {"jsonrpc": "2.0", "id": 5, "method": "nonsense"},
    ]
    given = "\n".join(json.dumps(message) for message in messages)
    argv = [sys.executable, "-m", "codexbridge.lab.mcp_server"]
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=True, timeout=20)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert answers[1]["result"]["protocolVersion"] == "2025-06-18"
    assert {tool["name"] for tool in answers[2]["result"]["tools"]} == {"echo", "fail", "table"}
    assert answers[3]["result"] == {"content": [{"type": "text", "text": "é"}], "isError": False}
    assert answers[4]["result"]["isError"]
    assert answers[5]["error"]["code"] == -32601
