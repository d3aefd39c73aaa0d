"""The folder that Codex works in, made anew from a scenario."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from pathlib import Path

from codexbridge.lab.scenario import Scenario

_PREFIX = "codexbridge-lab-"


def base(*, settled: bool = False) -> Path:
    """A new folder for a run.

    ``settled``: under the name that normalising a recording gives it, if no other run has it. A program that draws
    only what changes may draw a part of a path, and a part of a random name is not known for one.
    """
    if settled:
        folder = Path(tempfile.gettempdir()) / f"{_PREFIX}workroom"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            return folder
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def make(scenario: Scenario, folder: Path) -> Path:
    """Write the scenario's files into ``folder`` (made if need be), as a git repository where it wants one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scenario.files.items():
        encoded = name.endswith(".b64")
        path = folder / name.removesuffix(".b64")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(text) if encoded else text.encode())
        if text.startswith("#!"):
            path.chmod(0o755)
    if scenario.wants.git:
        _git(folder, "init", "-q")
        _git(folder, "add", "-A")
        _git(folder, "commit", "-qm", "start", "--allow-empty")
    return folder


def _git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{field}": "lab" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z"}
    environment = {**os.environ, **who, **dates, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=False, capture_output=True)
