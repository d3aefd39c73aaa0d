from __future__ import annotations

import json
import os
import platform
import stat
import time
from pathlib import Path

import pytest

from codexbridge.lab import npm
from codexbridge.lab.errors import LabError

CPU = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(platform.machine(), "x86_64")
SHORT = {"x86_64": "x64", "aarch64": "arm64"}[CPU]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEXBRIDGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a client called npm on the PATH that does ``script``."""
    folder.mkdir(exist_ok=True)
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def _listed(store: Path, *versions: str) -> None:
    store.mkdir(parents=True, exist_ok=True)
    (store / "listed.json").write_text(json.dumps(versions))


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEXBRIDGE_CACHE", "/a")
    assert npm.cache() == Path("/a")
    monkeypatch.delenv("CODEXBRIDGE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert npm.cache() == Path("/b/codexbridge")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert npm.cache() == Path.home() / ".cache" / "codexbridge"


def test_only_proper_releases_are_listed_and_the_list_is_kept(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = ["0.10.0", "0.9.0", "0.9.1-alpha.1", "0.9.0-linux-x64", "0.1.2504172351"]
    _npm(tmp_path / "bin", monkeypatch, f"echo x >> {tmp_path}/calls; echo '{json.dumps(every)}'")
    assert npm.versions() == ["0.1.2504172351", "0.9.0", "0.10.0"]
    assert npm.versions() == ["0.1.2504172351", "0.9.0", "0.10.0"]
    assert (tmp_path / "calls").read_text() == "x\n"
    old = time.time() - 7200
    os.utime(store / "listed.json", (old, old))
    npm.versions()
    assert (tmp_path / "calls").read_text() == "x\nx\n"


def test_a_release_is_there_whole_or_not_at_all(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _listed(store, "1.0.0")
    # Questions to npm come too: only an install has a folder as its third word.
    made = "$3/node_modules/@openai/codex"
    make = f'if [ "$1" = install ]; then mkdir -p "{made}"; echo whole > "{made}/package.json"; fi'
    _npm(tmp_path / "bin", monkeypatch, make + "; exit 1")
    with pytest.raises(LabError, match="npm failed"):
        npm.fetch("1.0.0")
    assert not npm.folder("1.0.0").exists()
    assert npm.cached() == []
    _npm(tmp_path / "bin", monkeypatch, make)
    _listed(store, "1.0.0", "1.1.0-alpha.2")
    npm.fetch("1.1.0-alpha.2")
    npm.remove("1.1.0-alpha.2")
    seen: list[tuple[int, int | None]] = []
    npm.fetch("1.0.0", lambda there, total: seen.append((there, total)))
    assert npm.cached() == ["1.0.0"]
    assert seen[-1] == (6, 6)


def test_a_missing_npm_is_named(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="npm is not on the PATH"):
        npm.versions()


def test_no_network_is_named(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _npm(tmp_path / "bin", monkeypatch, "echo 'npm error code ENOTFOUND' >&2; exit 1")
    with pytest.raises(LabError, match="check the network"):
        npm.latest()


def test_a_release_that_is_none_names_its_neighbours(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = ["0.8.0", "0.9.0", "0.11.0", "0.12.0", "0.13.0"]
    _npm(tmp_path / "bin", monkeypatch, f"echo '{json.dumps(listed)}'")
    with pytest.raises(LabError, match=r"no Codex 0\.10\.0; near it are 0\.8\.0, 0\.9\.0, 0\.11\.0, 0\.12\.0"):
        npm.fetch("0.10.0")
    with pytest.raises(LabError, match="not a release"):
        npm.fetch("banana")


@pytest.mark.parametrize(
    ("where", "layout"),
    [
        ("codex", f"bin/codex-{CPU}-unknown-linux-musl"),
        ("codex", f"bin/codex-{CPU}-unknown-linux-gnu"),
        ("codex", f"vendor/{CPU}-unknown-linux-musl/codex/codex"),
        (f"codex-linux-{SHORT}", f"vendor/{CPU}-unknown-linux-musl/codex/codex"),
        (f"codex-linux-{SHORT}", f"vendor/{CPU}-unknown-linux-musl/bin/codex"),
    ],
)
@pytest.mark.skipif(platform.system() != "Linux", reason="the layouts are those for Linux")
def test_the_native_program_is_found_in_every_layout(tmp_path: Path, where: str, layout: str) -> None:
    package = tmp_path / "node_modules" / "@openai" / "codex"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "codex.js").write_text("launcher")
    program = package.parent / where / layout
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("program")
    assert npm.find_native(package) == program
