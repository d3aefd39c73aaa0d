"""Which Codex is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from codexbridge.runtime.errors import StartError

_VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)(?![\w.])")
_PLATFORM = re.compile(r"-(?:linux|darwin|win32|android)-\w+\Z")
_NODE = re.compile(rb"#!.*\bnode\b")


def find(codex: str, environment: Mapping[str, str]) -> Path:
    """The program that ``codex`` names. Raises :class:`StartError` that says what is wrong with it."""
    if os.sep in codex:
        path = Path(codex).expanduser()
        if not path.exists() and Path(codex.split()[0]).is_file():
            raise StartError(f"{codex} has arguments: name one program, as node_modules/.bin/codex is")
        if not path.exists():
            raise StartError(f"there is no Codex at {codex}: install @openai/codex, or name another with --codex")
        if path.is_dir() or not os.access(path, os.X_OK):
            raise StartError(f"{codex} is not a program: name Codex itself with --codex")
        return path.absolute()
    found = shutil.which(codex, path=environment.get("PATH"))
    if found is None:
        raise StartError(f"no {codex!r} on the PATH: install @openai/codex, or name Codex with --codex")
    return Path(found).absolute()


def installed(program: Path, environment: Mapping[str, str], timeout: float = 10.0) -> str:
    """The version of ``program``: what its npm package says, else what it says itself within ``timeout`` seconds.

    Raises :class:`StartError` when neither gives one.
    """
    return _packaged(program) or _asked(program, environment, timeout)


def refusal(program: Path, environment: Mapping[str, str], timeout: float = 10.0) -> str:
    """Why ``program`` does not run here, in one line, or an empty string: a package may be another machine's."""
    try:
        done = _version(program, environment, timeout)
    except subprocess.TimeoutExpired:
        return f"no answer to --version in {timeout:.0f} s"
    except OSError as error:
        return error.strerror or str(error)
    if done.returncode == 0:
        return ""
    said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    # Node prints where it failed before it prints why.
    why = next((line for line in said if line.startswith(("Error:", "error:"))), said[0] if said else "no reason given")
    return f"--version ended with status {done.returncode}: {why[:200]}"


def _version(program: Path, environment: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(program), "--version"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def _packaged(program: Path) -> str:
    """The version in the package that ``program`` lies in, or an empty string.

    The releases of May 2025 call themselves by another number than the one they are published under.
    """
    for folder in program.resolve().parents[:7]:
        try:
            package = json.loads((folder / "package.json").read_text("utf-8"))
            name, version = package["name"], package["version"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(name, str) and name.startswith("@openai/codex") and isinstance(version, str):
            return _PLATFORM.sub("", version)
        return ""
    return ""


def _asked(program: Path, environment: Mapping[str, str], timeout: float) -> str:
    try:
        done = _version(program, environment, timeout)
    except subprocess.TimeoutExpired:
        raise StartError(f"{program} --version gave no answer in {timeout:.0f} s: is it Codex?") from None
    except OSError as error:
        raise StartError(f"{program} cannot be run: {error.strerror or error}") from error
    said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
    found = _VERSION.search(said)
    if found is None:
        first = next((line.strip() for line in said.splitlines() if line.strip()), "nothing")
        raise StartError(f"{program} --version says no version but: {first[:200]}")
    return normal(found[1])


def normal(version: str) -> str:
    """The number a release is published under.

    >>> normal("0.0.2505291458"), normal("0.47.0")
    ('0.1.2505291458', '0.47.0')
    """
    return re.sub(r"\A0\.0\.(?=\d{10})", "0.1.", version)


def is_node_program(program: Path) -> bool:
    """Whether ``program`` is a script for Node."""
    try:
        with program.open("rb") as file:
            return _NODE.match(file.readline(200)) is not None
    except OSError:
        return False
