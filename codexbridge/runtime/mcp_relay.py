"""An MCP server on HTTP, for releases that know servers on standard input and output only: ``python mcp_relay.py URL``.

An address or headers that may hold keys come in a variable and not as an argument, which anybody may read.
Each line from Codex is a request of its own; whatever comes back for it, as JSON or as a stream of events, goes to
Codex a line each. It imports nothing but the standard library, so that any Python can run it by its path.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

_PATIENCE = 3600.0
"""Seconds without a sign after which a call is given up."""
_FAILED = -32000
_SESSION = "Mcp-Session-Id"
TOLD = "CODEXBRIDGE_RELAY"
"""The variable that may hold ``{"url": text, "headers": {name: text}}``, as JSON."""


class _Here(urllib.request.HTTPRedirectHandler):
    """A server that sends us elsewhere would have us send keys elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return


class Relay:
    """Passes messages on. ``write`` takes the server's; it is called from several threads."""

    def __init__(self, url: str, write: Callable[[Json], None], headers: dict[str, str] | None = None) -> None:
        self._url = url
        self._write = write
        self._headers = {
            **(headers or {}),
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        # A proxy of the environment is for the world outside; most of these servers are next door.
        near = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        proxies = [urllib.request.ProxyHandler({})] if near else []
        self._opener = urllib.request.build_opener(_Here(), *proxies)

    def run(self, lines: Iterable[bytes]) -> None:
        """Until Codex has no more to say. Calls may run beside each other, everything else keeps its order."""
        with ThreadPoolExecutor(16) as pool:
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if isinstance(message, dict) and message.get("method") == "tools/call":
                    pool.submit(self.send, message)
                elif isinstance(message, dict):
                    self.send(message)

    def send(self, message: Json) -> None:
        """Give the server one message, and Codex what it answers; a request that fails is answered by an error."""
        answered = False
        try:
            body = json.dumps(message).encode()
            request = urllib.request.Request(self._url, body, self._headers, method="POST")
            with self._opener.open(request, timeout=_PATIENCE) as reply:
                if session := reply.headers.get(_SESSION):
                    self._headers[_SESSION] = session
                for answer in _messages(reply):
                    if message.get("method") == "initialize" and isinstance(answer.get("result"), dict):
                        version = answer["result"].get("protocolVersion")
                        self._headers |= {"MCP-Protocol-Version": str(version)} if version else {}
                    answered = answered or ("method" not in answer and answer.get("id") == message.get("id"))
                    self._write(answer)
            why = "the server gave no answer"
        except (OSError, ValueError) as error:
            why = str(error) or type(error).__name__
        if "id" in message and "method" in message and not answered:
            self._write({"jsonrpc": "2.0", "id": message["id"], "error": {"code": _FAILED, "message": why}})


def _messages(reply: Any) -> Iterator[Json]:
    """The JSON-RPC messages of a response."""
    if not reply.headers.get("Content-Type", "").startswith("text/event-stream"):
        yield from _objects(reply.read())
        return
    data: list[bytes] = []
    for raw in reply:
        line = raw.rstrip(b"\r\n")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield from _objects(b"\n".join(data))
            data.clear()
    yield from _objects(b"\n".join(data))


def _objects(text: bytes) -> Iterator[Json]:
    if text.strip():
        found = json.loads(text)
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                yield one


def main() -> None:
    """Between Codex, on standard input and output, and the server that was named."""
    lock = threading.Lock()

    def write(message: Json) -> None:
        with lock:
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    told = json.loads(os.environ.pop(TOLD, "{}"))
    Relay(told.get("url") or sys.argv[1], write, told.get("headers")).run(sys.stdin.buffer)


if __name__ == "__main__":
    main()
