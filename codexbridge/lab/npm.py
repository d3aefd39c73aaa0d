"""Codex releases from npm, by version, in a cache folder, through the ordinary ``npm`` client.

The folder is ``CODEXBRIDGE_CACHE``, else ``$XDG_CACHE_HOME/codexbridge``, else ``~/.cache/codexbridge``. A release
lies in ``codex/<version>/node_modules/@openai/codex``; it is made under another name and renamed when it is whole,
so that a folder of that name always holds a usable release.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from codexbridge.grammar.releases import table, version_key
from codexbridge.lab.errors import LabError

PACKAGE = "@openai/codex"
_RELEASE = re.compile(r"\d+\.\d+\.\d+\Z")
_ANY = re.compile(r"\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)(?:\.\d+)*)?\Z")
"""A release or a pre-release; not the packages of one platform, which are published as versions too."""
_LIST_AGE = 3600.0
# The Node programs of the first weeks ask for this one.
_NODE_MAJOR = 22

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes that npm says there will be (None: it does not say)."""


class Executable(NamedTuple):
    """How to run a release: ``argv`` goes before Codex's own arguments, ``environment`` is added."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    program: Path
    """One program that does the same in that environment, for ``CODEX_PATH``."""


_ATTEMPTS = 4
_STALLED = 90.0
"""Seconds without a byte after which an install counts as hung."""
_ASKED = 45.0
"""Seconds for a question to npm."""


def cache() -> Path:
    """The cache folder; it need not exist yet."""
    if named := os.environ.get("CODEXBRIDGE_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "codexbridge"


def folder(version: str) -> Path:
    """Where a release lies, or will lie."""
    return cache() / "codex" / version


def cached() -> list[str]:
    """The releases that are in the cache, oldest first."""
    found = (path.parents[2].name for path in (cache() / "codex").glob("*/node_modules/@openai/codex"))
    return sorted((version for version in found if _ANY.match(version)), key=version_key)


def versions(max_age: float = _LIST_AGE) -> list[str]:
    """Every proper release that npm lists, oldest first: no pre-releases, no packages for one platform.

    The list is kept for ``max_age`` seconds.

    Raises:
        LabError: npm is missing or does not reach its registry.
    """
    return [version for version in _listed(max_age) if _RELEASE.match(version)]


def _listed(max_age: float) -> list[str]:
    """As :func:`versions`, with pre-releases."""
    store = cache() / "listed.json"
    try:
        if time.time() - store.stat().st_mtime < max_age:
            listed = json.loads(store.read_text("utf-8"))
            return [str(version) for version in listed]
    except (OSError, ValueError):
        pass
    answer = json.loads(_npm("view", PACKAGE, "versions", "--json"))
    every = answer if isinstance(answer, list) else [answer]
    listed = sorted((version for version in every if _ANY.match(version)), key=version_key)
    _write(store, json.dumps(listed))
    return listed


def latest() -> str:
    """The release that npm hands out by default.

    Raises:
        LabError: npm is missing or does not reach its registry.
    """
    return _npm("view", PACKAGE, "version").strip()


def fetch(version: str, progress: Progress | None = None) -> Path:
    """Put a release (or a pre-release, by its whole name) into the cache, unless it is there; give its folder.

    Raises:
        LabError: no such release (the message names near ones), npm is missing, or there is no network.
    """
    if version == "latest":
        version = latest()
    if not _ANY.match(version):
        raise LabError(f"{version!r} is not a release of Codex; give three numbers, such as 0.47.0, or latest")
    return _install("codex", PACKAGE, version, progress)


def install(package: str, version: str) -> Path:
    """Put any other package into the cache, unless it is there; gives the folder that holds its ``node_modules``.

    Raises:
        LabError: npm is missing, or it cannot get the package.
    """
    return _install("packages", package, version, None, folder=f"{package.replace('/', '+')}-{version}")


def remove(version: str) -> None:
    """Take a release out of the cache; never raises."""
    shutil.rmtree(folder(version), ignore_errors=True)


def executable(version: str, progress: Progress | None = None) -> Executable:
    """How to run a release, which is fetched first if need be.

    Raises:
        LabError: as :func:`fetch`, or the release has no program for this machine.
    """
    package = fetch(version, progress) / "node_modules" / "@openai" / "codex"
    # A release may bring a native program that its launcher does not start unless told to.
    node = table().find(version)[0].traits.get("program") == "node"
    native = None if node else find_native(package)
    if native is not None:
        native.chmod(native.stat().st_mode | 0o111)
        environment: dict[str, str] = {}
        # What the launcher of the package would put on the PATH (a search program, mostly).
        tools = [path for name in ("path", "codex-path") if (path := native.parents[1] / name).is_dir()]
        if tools:
            environment["PATH"] = os.pathsep.join([*map(str, tools), os.environ.get("PATH", "")])
        return Executable((str(native),), environment, native)
    for name in ("dist/cli.js", "bin/codex.js"):
        if (package / name).is_file():
            runner = _node(progress)
            search = os.pathsep.join([str(runner.parent), os.environ.get("PATH", "")])
            starter = next((p for n in ("bin/codex", "bin/codex.js") if (p := package / n).is_file()), package / name)
            starter.chmod(starter.stat().st_mode | 0o111)
            return Executable((str(runner), str(package / name)), {"PATH": search}, starter)
    raise LabError(f"Codex {version} has no program for {platform.system()} on {platform.machine()}")


def find_native(package: Path) -> Path | None:
    """The native program in a package folder, in any of the layouts there have been, for this machine.

    Since June 2025 ``bin/codex-<triple>``; then ``vendor/<triple>/codex/codex``; then in a package of its own
    beside it, ``codex-<system>-<machine>/vendor/<triple>/codex/codex`` or ``.../bin/codex``.
    """
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
    cpu = machine.get(platform.machine().lower(), platform.machine().lower())
    system = {"linux": "unknown-linux", "darwin": "apple-darwin"}.get(platform.system().lower(), "unknown-linux")
    if system == "unknown-linux":
        triples = [f"{cpu}-unknown-linux-musl", f"{cpu}-unknown-linux-gnu"]
    else:
        triples = [f"{cpu}-{system}"]
    short = {"x86_64": "x64", "aarch64": "arm64"}.get(cpu, cpu)
    name = f"codex-{platform.system().lower()}-{short}"
    homes = [package, package.parent / name, package / "node_modules" / "@openai" / name]
    for home in homes:
        for triple in triples:
            for place in (f"vendor/{triple}/bin/codex", f"vendor/{triple}/codex/codex", f"bin/codex-{triple}"):
                if (home / place).is_file():
                    # bin/codex is also the name of a launcher script in some releases.
                    return (home / place).resolve()
    return None


def _node(progress: Progress | None) -> Path:
    """A Node that is new enough: the one on the PATH, else npm's ``node`` package in the cache."""
    own = shutil.which("node")
    if own:
        said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"v(\d+)", said)
        if found and int(found[1]) >= _NODE_MAJOR:
            return Path(own)
    base = _install("node", "node", str(_NODE_MAJOR), progress)
    program = base / "node_modules" / "node" / "bin" / "node"
    if not program.is_file():
        raise LabError(f"npm's node package brought no program for this machine; put Node {_NODE_MAJOR} on the PATH")
    return program


def _install(kind: str, package: str, version: str, progress: Progress | None, folder: str = "") -> Path:
    target = cache() / kind / (folder or version)
    if target.is_dir():
        return target
    with _locked(target.with_name(f".{target.name}.lock")):
        if target.is_dir():
            return target
        if kind == "codex" and version not in _listed(_LIST_AGE) and version not in _listed(0):
            raise LabError(f"there is no Codex {version}; near it are {', '.join(_near(version, versions()))}")
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        # npm's node package gets its program by an install script; Codex needs none.
        scripts = [] if kind == "node" else ["--ignore-scripts"]
        try:
            _watched(
                [
                    "install",
                    "--prefix",
                    str(partial),
                    "--no-audit",
                    "--no-fund",
                    "--no-save",
                    *scripts,
                    f"{package}@{version}",
                ],
                partial,
                _size(package, version) if progress else None,
                progress,
            )
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        partial.rename(target)
    return target


def _near(version: str, known: list[str]) -> list[str]:
    """The releases just below and just above one that does not exist."""
    below = [other for other in known if version_key(other) < version_key(version)]
    above = [other for other in known if version_key(other) > version_key(version)]
    return below[-2:] + above[:2]


def _size(package: str, version: str) -> int | None:
    """What npm says the package weighs unpacked, its own platform package included."""
    total = 0
    try:
        info = json.loads(_npm("view", f"{package}@{version}", "dist.unpackedSize", "optionalDependencies", "--json"))
        total += int(info.get("dist.unpackedSize") or 0)
        short = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        wanted = f"{platform.system().lower()}-{short}"
        for target in (info.get("optionalDependencies") or {}).values():
            if target.endswith(wanted):
                total += int(_npm("view", target.removeprefix("npm:"), "dist.unpackedSize").strip() or 0)
    except (LabError, ValueError, AttributeError):
        return None
    return total or None


def _watched(arguments: list[str], growing: Path, total: int | None, progress: Progress | None) -> None:
    """Run npm while a folder grows. One that hangs is ended and begun again: its registry forgets connections."""
    for attempt in range(_ATTEMPTS):
        if _attempt(arguments, growing, total, progress):
            return
        if attempt + 1 == _ATTEMPTS:
            raise LabError(f"npm hung {_ATTEMPTS} times for {_STALLED:.0f} s; is its registry reachable?")


def _attempt(arguments: list[str], growing: Path, total: int | None, progress: Progress | None) -> bool:
    """One run of npm; False if it had to be ended because nothing came any more."""
    npm = _find_npm()
    grown, weight = time.monotonic(), -1
    with subprocess.Popen(
        [npm, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while process.poll() is None:
                now = _weight(growing)
                if now != weight:
                    grown, weight = time.monotonic(), now
                elif time.monotonic() > grown + _STALLED:
                    process.kill()
                    return False
                if progress:
                    progress(now, total)
                time.sleep(0.2)
        except BaseException:
            process.kill()
            raise
        assert process.stderr is not None
        error = process.stderr.read()
    if process.returncode:
        raise _explained(error)
    if progress:
        weight = _weight(growing)
        progress(weight, weight)
    return True


def _weight(path: Path) -> int:
    total = 0
    for place, _, files in os.walk(path):
        for name in files:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return total


def _find_npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise LabError("npm is not on the PATH; install Node.js with npm, or give a Codex of your own with --codex")
    return npm


def _npm(*arguments: str) -> str:
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                [_find_npm(), *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_ASKED,
            )
            if done.returncode:
                raise _explained(done.stderr)
            return done.stdout
    raise LabError(f"npm did not answer in {_ASKED:.0f} s, {_ATTEMPTS} times; is its registry reachable?")


def _explained(error: str) -> LabError:
    """One line for what npm says in many."""
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|EHOSTUNREACH", error):
        return LabError("npm does not reach its registry; check the network, or npm's registry and proxy settings")
    if re.search(r"E404|ETARGET|notarget", error):
        return LabError("npm knows no such package or version")
    if "ENOSPC" in error:
        return LabError(f"no space left below {cache()}; make room, or set CODEXBRIDGE_CACHE")
    lines = [line for line in error.splitlines() if line.strip() and "A complete log" not in line]
    told = re.sub(r"^npm (?:ERR!|error)\s*", "", lines[-1]) if lines else "it said nothing"
    return LabError(f"npm failed: {told}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two runs do not fetch the same release at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
