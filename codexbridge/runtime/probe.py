"""What the installed Codex can do, asked of the program itself."""

from __future__ import annotations

import mmap
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec

from codexbridge.grammar.releases import table
from codexbridge.runtime import catalog, version
from codexbridge.runtime.home import KEY_VARIABLE

_PATIENCE = 10.0


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object: run.sh looks at ``usable`` only, people at all of it."""

    program: str
    version: str
    look: str
    row: str
    """The row of the release table that drives it."""
    support: Literal["exact", "near"]
    exec_json: Literal["none", "protocol", "items"]
    """What ``exec --json`` prints: nothing, the protocol's own messages, or items."""
    experimental_json: bool
    """``exec --experimental-json``: items, while ``--json`` still meant the protocol's messages."""
    app_server: bool
    proto: bool
    inline_flag: str | None
    """The flag that keeps the history in the terminal's own scrollback, where the release needs one."""
    daemon_flag: str | None
    """The flag that keeps it from leaving a daemon behind."""
    raw_mode: bool
    """It can show the source of its messages (``tui.raw_output_mode``)."""
    usable: bool
    """It has an event mode that an adapter can use: items, or an app server."""


def probe(program: Path, environment: Mapping[str, str]) -> Capabilities:
    """Ask ``program``. Raises :class:`codexbridge.runtime.errors.StartError` where it has no version to tell."""
    number = version.installed(program, environment)
    row, support = table().find(number)
    with tempfile.TemporaryDirectory(prefix="codexbridge-probe-") as folder:
        # Asking must neither read nor write anything of the user's.
        asked = {name: value for name, value in environment.items() if name not in _SECRET}
        asked |= {"HOME": folder, "CODEX_HOME": folder, "TERM": "dumb", **_extra(row.traits)}
        with ThreadPoolExecutor(3) as pool:
            top = pool.submit(_help, program, asked)
            inner = pool.submit(_help, program, asked, "exec")
            raw = pool.submit(_mentions, program, b"raw_output_mode")
            help_text, exec_text, raw_mode = top.result(), inner.result(), raw.result()
    commands = set(re.findall(r"^  ([a-z][a-z-]+)(?:\s|$)", help_text, re.MULTILINE))
    # A program that takes `exec` for a prompt prints the same help again.
    has_exec = "exec" in commands
    json_flag = has_exec and _flag(exec_text, "--json")
    experimental = has_exec and _flag(exec_text, "--experimental-json")
    # The protocol's messages went when the command that spoke the protocol did.
    protocol = "proto" in commands or experimental
    exec_json: Literal["none", "protocol", "items"] = "none"
    if json_flag:
        exec_json = "protocol" if protocol else "items"
    app_server = "app-server" in commands
    return Capabilities(
        program=str(program),
        version=number,
        look=row.look,
        row=row.version,
        support=support,
        exec_json=exec_json,
        experimental_json=experimental,
        app_server=app_server,
        proto="proto" in commands,
        inline_flag="--no-alt-screen" if _flag(help_text, "--no-alt-screen") else None,
        daemon_flag="--no-daemon" if _flag(help_text, "--no-daemon") else None,
        raw_mode=raw_mode,
        usable=exec_json == "items" or experimental or app_server,
    )


_SECRET = frozenset({"OPENAI_API_KEY", "CODEX_API_KEY", KEY_VARIABLE})


def _extra(traits: Mapping[str, object]) -> dict[str, str]:
    more = traits.get("environment")
    return {str(name): str(value) for name, value in more.items()} if isinstance(more, dict) else {}


def _flag(text: str, flag: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", text) is not None


def _help(program: Path, environment: Mapping[str, str], *command: str) -> str:
    try:
        done = subprocess.run(
            [str(program), *command, "--help"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
            cwd=os.path.sep,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _mentions(program: Path, words: bytes) -> bool:
    for path in catalog.native(program):
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                if content.find(words) >= 0:
                    return True
        except (OSError, ValueError):
            continue
    return False
