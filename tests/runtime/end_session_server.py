"""An MCP server with the platform's ``end_session``, as its own does it: a request to the bridge, or a refusal."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from codexbridge.lab import mcp_server

_CALL = mcp_server.call


def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if name != "end_session":
        return _CALL(name, arguments)
    if os.environ["SESSION_MODE"] == "interactive" and os.environ["X1_INTERACTIVE_END_SESSION_POLICY"] == "reject":
        text, failed = "this session is interactive: a person ends it", True
    else:
        body = json.dumps({"summary": arguments["summary"], "is_success": True}).encode()
        address = os.environ.get("AGENT_INJECT_URL", "http://localhost:8788") + "/shutdown"
        with urllib.request.urlopen(urllib.request.Request(address, body, method="POST"), timeout=5) as reply:
            text, failed = reply.read().decode(), False
    return {"content": [{"type": "text", "text": text}], "isError": failed}


if __name__ == "__main__":
    mcp_server.TOOLS.append(
        {
            "name": "end_session",
            "description": "Ends the session.",
            "inputSchema": {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]},
        }
    )
    mcp_server.call = call
    mcp_server.main()
