"""A model that listens: it answers every message with a word and keeps what it was told, as proof of delivery.

Where a scripted model (:mod:`codexbridge.lab.model`) plays a story, this one is for measuring how messages go in.
Codex sends its whole history with every request, so the last request holds every user message, in order.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from codexbridge.lab.model import wire
from codexbridge.lab.scenario import Response

Json = dict[str, Any]
Plan = Callable[[Json, str], list[Json] | int | None]
"""Given a request and the last user text: items to answer with (see :func:`message`, :func:`call`), an HTTP status
to fail with, or None for the usual word."""

_OURS = re.compile(
    r"\s*<(?:environment_context|user_instructions|permissions|turn_aborted|model_switch)\b"
    r"|# AGENTS\.md instructions for |Warning: apply_patch was requested via "
)


def message(text: str, pause: float = 0.0) -> Json:
    """An answer in words; ``pause`` seconds between its pieces."""
    return {"say": text, "pause": pause}


def call(request: Json, command: str, number: int = 1, escalate: str = "") -> Json:
    """A call of whatever shell tool the request offers; ``escalate`` is a reason to leave the sandbox."""
    tools = {tool.get("name") or tool.get("type"): tool for tool in request.get("tools") or []}
    arguments: Json
    if "exec_command" in tools:
        name, arguments = "exec_command", {"cmd": command}
    elif "shell_command" in tools:
        name, arguments = "shell_command", {"command": command}
    else:
        name, arguments = "shell", {"command": ["bash", "-lc", command]}
    if escalate:
        known = tools.get(name, {}).get("parameters", {}).get("properties", {})
        if "sandbox_permissions" in known:
            arguments |= {"sandbox_permissions": "require_escalated", "justification": escalate}
        else:
            arguments |= {"with_escalated_permissions": True, "justification": escalate}
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": f"call_{number}",
        "name": name,
        "arguments": json.dumps(arguments),
    }


def patch(request: Json, text: str, number: int = 1) -> Json:
    """A call of the patch tool, by whatever way the request offers."""
    for tool in request.get("tools") or []:
        if tool.get("name") == "apply_patch":
            body: Json = {"id": f"fc_{number}", "call_id": f"call_{number}", "name": "apply_patch"}
            if tool.get("type") == "custom":
                return {"type": "custom_tool_call", **body, "input": text, "status": "completed"}
            return {"type": "function_call", **body, "arguments": json.dumps({"input": text})}
    made = call(request, "", number)
    if made["name"] == "shell":
        made["arguments"] = json.dumps({"command": ["apply_patch", text]})
        return made
    return call(request, f"apply_patch <<'EOF'\n{text}\nEOF", number)


class Listener:
    """The server. A context manager; ``url`` is what a model provider's ``base_url`` takes."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan
        self.requests: list[Json] = []
        self.heard: list[str] = []
        """Every user text, once, in the order in which it reached the model."""
        self.before: list[str] = []
        """What ``heard`` was before Codex began its history anew."""
        self._lock = threading.Lock()
        self._numbers = 0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self._plain(200, {"object": "list", "data": [], "models": []})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    request = json.loads(body)
                except ValueError:
                    return self._plain(400, {"error": {"message": "not JSON"}})
                if not self.path.endswith("/responses"):
                    return self._plain(404, {"error": {"message": "no such path"}})
                answer = listener.answer(request)
                if isinstance(answer, int):
                    return self._plain(answer, {"error": {"message": f"scripted {answer}", "type": "scripted"}})
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                try:
                    for data in answer:
                        self.wfile.write(data)
                        self.wfile.flush()
                except OSError:
                    pass
                return None

            def _plain(self, status: int, body: Json) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, name="listener", daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Json) -> Iterator[bytes] | int:
        """Take a request in and make its answer."""
        texts = user_texts(request)
        with self._lock:
            self._numbers += 1
            number = self._numbers
            if _side(request, texts):
                return self._stream(f"resp_{number}", [message("A title")])
            self.requests.append(request)
            if request.get("previous_response_id"):
                self.heard += texts
            elif texts[: len(self.heard)] == self.heard:
                self.heard = texts
            else:
                # Another process, or a history that was compacted: only what goes on from before is new.
                self.before += self.heard
                self.heard = texts
        items = self.plan(request, texts[-1] if texts else "") if self.plan else None
        if isinstance(items, int):
            return items
        return self._stream(f"resp_{number}", items if items is not None else [message(f"heard {len(texts)}")])

    def _stream(self, name: str, items: list[Json]) -> Iterator[bytes]:
        yield wire.created(name)
        output: list[Json] = []
        for index, item in enumerate(items):
            if "say" in item:
                said = str(item["say"])
                for _, data in wire.message_events(f"msg_{name}_{index}", said, 40, index):
                    yield data
                    if item["pause"]:
                        time.sleep(item["pause"])
                output.append(wire.message(f"msg_{name}_{index}", said))
            elif "wait" in item:
                time.sleep(item["wait"])
            else:
                for _, data in wire.call_events(item, index):
                    yield data
                output.append(item)
        yield wire.completed(name, output, Response().usage)


def user_texts(request: Json) -> list[str]:
    """The user messages of a request, without the context that Codex adds in the user's name."""
    found = []
    for item in request.get("input") or []:
        if not isinstance(item, dict) or item.get("type", "message") != "message" or item.get("role") != "user":
            continue
        content = item.get("content")
        parts = [part.get("text", "") for part in content] if isinstance(content, list) else [str(content)]
        own = [part for part in parts if not _OURS.match(part)]
        if own:
            found.append("\n".join(own))
    return found


def outputs(request: Json) -> list[Json]:
    """The answers of tools since the last user message."""
    found: list[Json] = []
    for item in request.get("input") or []:
        if item.get("type") == "message" and item.get("role") == "user":
            found = []
        elif str(item.get("type", "")).endswith("_output"):
            found.append(item)
    return found


def _side(request: Json, texts: list[str]) -> bool:
    """A request for a title or the like, that belongs to no turn."""
    return bool(texts) and texts[-1].startswith("Generate a concise, single-line task title")
