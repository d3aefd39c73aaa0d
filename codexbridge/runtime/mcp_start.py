"""Starts an MCP server for Codex: ``python mcp_start.py SOCKET NAME``.

The configuration that Codex reads has this command alone. What the server is, with its arguments and its variables,
which may hold keys, is asked of the bridge at ``SOCKET`` and kept in no file; then this process becomes the server. It
imports nothing but the standard library, so that any Python can run it by its path.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

_PATIENCE = 10.0
"""Seconds for the bridge to answer."""


@contextlib.contextmanager
def reachable(path: Path) -> Iterator[str]:
    """An address of the socket ``path``: that of a socket has no more than 107 bytes, its own may be longer."""
    if len(os.fsencode(path)) < 100 or not os.path.isdir("/proc/self/fd"):
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def asked(path: Path) -> bytes:
    """What the bridge says at ``path``. Raises :class:`OSError`."""
    with reachable(path) as address, socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE)
        line.connect(address)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def main() -> None:
    """Become the server. What goes wrong is said on standard error, which Codex keeps."""
    path, name = sys.argv[1:3]
    try:
        plan = json.loads(asked(Path(path)))
    except (OSError, ValueError) as error:
        sys.exit(f"MCP server {name}: the bridge does not say how to start it: {error}")
    environment = {**os.environ, **plan["env"]}
    try:
        os.execvpe(plan["command"], [plan["command"], *plan["args"]], environment)
    except (OSError, ValueError) as error:
        sys.exit(f"MCP server {name}: {plan['command']} cannot be started: {error}")


if __name__ == "__main__":
    main()
