"""An MCP server that asks, on stdin and stdout: ``python -m codexbridge.lab.mcp_asker``.

Tools: ``ask`` puts a question to the user (an elicitation) and gives back what came; its argument ``kind`` is
``choice``, ``text``, ``nothing`` (no field at all) or ``url``. ``touch`` says that it may destroy, so that Codex
asks for leave before it calls it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_CHOICE = {"type": "string", "title": "Colour", "description": "Which colour?", "enum": ["red", "green", "blue"]}
_TEXT = {"type": "string", "title": "Name", "description": "Which name?"}
TOOLS: list[Json] = [
    {
        "name": "ask",
        "description": "Asks the user.",
        "inputSchema": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]},
        "annotations": {"readOnlyHint": True, "destructiveHint": False, "openWorldHint": False},
    },
    {
        "name": "touch",
        "description": "Changes something for good.",
        "inputSchema": {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]},
        "annotations": {"readOnlyHint": False, "destructiveHint": True, "openWorldHint": True},
    },
]


def question(kind: str) -> Json:
    """The parameters of the elicitation."""
    if kind == "url":
        url = "http://127.0.0.1:9/sign-in"
        return {"mode": "url", "message": "Sign in to go on.", "url": url, "elicitationId": "elicitation-1"}
    fields: Json = {"colour": _CHOICE} if kind == "choice" else {"name": _TEXT} if kind == "text" else {}
    schema: Json = {"type": "object", "properties": fields}
    if fields:
        schema["required"] = [str(name) for name in fields]
    return {"message": "The lab wants to know something.", "requestedSchema": schema}


def answer(message: Json, heard: Iterator[Json]) -> Iterator[Json]:
    """What to send for one message; ``heard`` gives the messages that come after it."""
    method, params, number = message.get("method"), message.get("params") or {}, message.get("id")
    if number is None or method is None:
        return
    result: Json
    if method == "initialize":
        version = params.get("protocolVersion", "2025-06-18")
        result = {"protocolVersion": version, "capabilities": {"tools": {}}}
        result |= {"serverInfo": {"name": "codexbridge-asker", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    elif method == "tools/call":
        text = "touched"
        if params.get("name") == "ask":
            kind = str((params.get("arguments") or {}).get("kind", ""))
            yield {"jsonrpc": "2.0", "id": "ask-1", "method": "elicitation/create", "params": question(kind)}
            reply = next((other for other in heard if other.get("id") == "ask-1"), {})
            text = json.dumps(reply.get("result", reply.get("error")), sort_keys=True)
        result = {"content": [{"type": "text", "text": text}], "isError": False}
    elif method in ("resources/list", "resources/templates/list", "prompts/list"):
        result = {"resources": [], "resourceTemplates": [], "prompts": []}
    else:
        result = {}
    yield {"jsonrpc": "2.0", "id": number, "result": result}


def main() -> None:
    """Answer messages, one a line, until stdin ends."""
    heard = (json.loads(line) for line in sys.stdin if line.strip())
    for message in heard:
        for reply in answer(message, heard):
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
