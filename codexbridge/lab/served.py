"""``codexbridge serve`` as a process of its own, with a real release below it and a model that listens above it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from codexbridge.lab import npm
from codexbridge.lab.errors import LabError
from codexbridge.lab.listener import Listener

_PORTS = re.compile(r"events on [^ ]*:(\d+), input on (\d+)")


class Served:
    """A context manager; ``stream`` and ``inject`` are the ports, ``log`` what the bridge wrote to its log.

    Raises :exc:`LabError` where the bridge does not start.
    """

    def __init__(
        self, version: str, listener: Listener, more: Sequence[str] = (), log: str = "info", sandbox: str = ""
    ) -> None:
        self.version = version
        self.stream = self.inject = 0
        self.log: list[str] = []
        self._listener = listener
        self._more = list(more)
        self._level = log
        self._sandbox = sandbox
        self._up = threading.Event()

    def __enter__(self) -> Served:
        program = npm.executable(self.version)
        self._folder = tempfile.TemporaryDirectory(prefix="codexbridge-served-", dir="/var/tmp")
        base = Path(self._folder.name)
        folder = base / "work"
        folder.mkdir()
        subprocess.run(["git", "init", "-q", str(folder)], check=False)
        start = base / "codex"
        start.write_text(f'#!/bin/sh\nexec {shlex.join(program.argv)} "$@"\n')
        start.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if "KEY" not in name}
        environment |= {**program.environment, "OPENAI_BASE_URL": self._listener.url, "OPENAI_MODEL": "gpt-5"}
        environment |= {"CODEXBRIDGE_LOG": self._level, "CODEX_SANDBOX": self._sandbox or "danger-full-access"}
        command = [sys.executable, "-c", "from codexbridge.cli.main import main; main()", "serve"]
        command += ["--codex", str(start), "--workspace", str(folder), "--stream-port", "0", "--inject-port", "0"]
        self.process = subprocess.Popen([*command, *self._more], env=environment, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        if not self._up.wait(60) or not self.inject:
            self.__exit__()
            last = self.log[-1] if self.log else "it said nothing"
            raise LabError(f"the bridge did not start with Codex {self.version}: {last}")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._folder.cleanup()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            if found := _PORTS.search(line):
                self.stream, self.inject = int(found[1]), int(found[2])
                self._up.set()
        self._up.set()
