"""A small MCP server for scenarios, on stdin and stdout: ``python -m codexbridge.lab.mcp_server``.

Tools: ``echo`` gives back its text, ``fail`` fails, ``table`` gives rows of text. Only the standard library, so that
any Python can run it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

_TEXT = {"type": "string"}
TOOLS: list[dict[str, Any]] = [
    {
        "name": "echo",
        "description": "Gives back the text.",
        "inputSchema": {"type": "object", "properties": {"text": _TEXT}, "required": ["text"]},
    },
    {
        "name": "fail",
        "description": "Fails with the reason.",
        "inputSchema": {"type": "object", "properties": {"reason": _TEXT}, "required": ["reason"]},
    },
    {
        "name": "table",
        "description": "Gives rows of text.",
        "inputSchema": {
            "type": "object",
            "properties": {"rows": {"type": "integer"}},
            "required": ["rows"],
        },
    },
]
for _tool in TOOLS:
    # Without these Codex asks before it calls.
    _tool["annotations"] = {"readOnlyHint": True, "destructiveHint": False, "openWorldHint": False}


def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The result of one tool call."""
    if name == "echo":
        text, failed = str(arguments.get("text", "")), False
    elif name == "fail":
        text, failed = f"refused: {arguments.get('reason', '')}", True
    elif name == "table":
        text, failed = "\n".join(f"row {n}\tvalue {n * n}" for n in range(1, int(arguments.get("rows", 1)) + 1)), False
    else:
        text, failed = f"there is no tool {name}", True
    return {"content": [{"type": "text", "text": text}], "isError": failed}


def answer(message: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to one JSON-RPC message, or None for a notification."""
    if "id" not in message:
        return None
    method, params = message.get("method"), message.get("params") or {}
    result: dict[str, Any]
    if method == "initialize":
        version = params.get("protocolVersion", "2025-03-26")
        info = {"name": "codexbridge-lab", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    elif method == "tools/call":
        result = call(str(params.get("name")), params.get("arguments") or {})
    elif method in ("ping", "logging/setLevel"):
        result = {}
    elif method == "resources/list":
        result = {"resources": []}
    elif method == "resources/templates/list":
        result = {"resourceTemplates": []}
    elif method == "prompts/list":
        result = {"prompts": []}
    else:
        error = {"code": -32601, "message": f"no method {method}"}
        return {"jsonrpc": "2.0", "id": message["id"], "error": error}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def main() -> None:
    """Answer messages, one a line, until stdin ends."""
    for line in sys.stdin:
        if line.strip():
            reply = answer(json.loads(line))
            if reply is not None:
                print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
