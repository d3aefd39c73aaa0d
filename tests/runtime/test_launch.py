"""How a release is started, and which it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from codexbridge.grammar.releases import Release, table
from codexbridge.runtime import catalog, home, launch, version
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.serve import _offered
from codexbridge.runtime.settings import Settings

ROW = Release(version="1.0.0", look="chevron", flags=("--no-alt-screen",))


def planned(tmp_path: Path, row: Release = ROW, **more: Any) -> launch.Launch:
    asked = Settings(workspace=tmp_path, base_url="http://127.0.0.1:9/v1", **more)
    environment = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LANG": "de_DE.UTF-8",
        "OPENAI_API_KEY": "k",
        "CODEX_API_KEY": "k",
        "OPENAI_BASE_URL": "u",
        "COLORTERM": "truecolor",
        "NO_COLOR": "1",
        "TMUX": "x",
        "GH_TOKEN": "kept for what the agent runs",
    }
    return launch.launch(Path("/x/codex"), row, asked, home.Home(tmp_path / "home", True), environment)


def test_environment(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert plan.argv == ("/x/codex", "--no-alt-screen")
    assert plan.folder == tmp_path
    assert plan.environment == {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LANG": "de_DE.UTF-8",
        "GH_TOKEN": "kept for what the agent runs",
        "TERM": "xterm-256color",
        "CODEX_HOME": str(tmp_path / "home"),
        launch.MARKER: plan.marker,
    }
    assert planned(tmp_path).marker != plan.marker


def test_a_key_has_one_name(tmp_path: Path) -> None:
    environment = planned(tmp_path, api_key="k").environment
    assert [name for name, value in environment.items() if value == "k"] == [home.KEY_VARIABLE]


def test_a_release_without_a_configuration_file(tmp_path: Path) -> None:
    row = msgspec.structs.replace(ROW, traits={"settings": "environment", "environment": {"X": 1}})
    plan = planned(tmp_path, row, model="m")
    assert plan.argv[-2:] == ("--model", "m")
    assert plan.environment["HOME"] == str(tmp_path / "home")
    assert plan.environment["OPENAI_BASE_URL"] == "http://127.0.0.1:9/v1"
    assert plan.environment["OPENAI_API_KEY"] == "none"
    assert plan.environment["X"] == "1"


def script(tmp_path: Path, text: str, name: str = "codex") -> Path:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("codex-cli 0.47.0", "0.47.0"),
        ("codex 1.2.3-alpha.4", "1.2.3-alpha.4"),
        ("v0.1.2504172351", "0.1.2504172351"),
        ("codex-cli 0.0.2505291458", "0.1.2505291458"),
    ],
)
def test_a_program_is_asked_for_its_version(tmp_path: Path, said: str, number: str) -> None:
    assert version.installed(script(tmp_path, f"echo '{said}'"), {"PATH": "/bin"}) == number


def test_the_package_around_a_program_knows_better(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "@openai" / "codex"
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text('{"name": "@openai/codex", "version": "0.9.0-linux-x64"}')
    inner = script(package / "bin", "exit 1")
    link = tmp_path / "link"
    link.symlink_to(inner)
    assert version.installed(link, {}) == "0.9.0"


@pytest.mark.parametrize(
    ("text", "why"), [("echo hello", "says no version but: hello"), ("exec sleep 9", "no answer in 0 s")]
)
def test_what_is_not_codex(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(StartError, match=why):
        version.installed(script(tmp_path, text), {"PATH": "/bin:/usr/bin"}, timeout=0.4)


def test_finding(tmp_path: Path) -> None:
    path = script(tmp_path, "exit 0")
    assert version.find("codex", {"PATH": str(tmp_path)}) == path
    assert version.find(str(path), {}) == path
    with pytest.raises(StartError, match="no 'codex' on the PATH: install"):
        version.find("codex", {"PATH": "/nowhere"})
    with pytest.raises(StartError, match="there is no Codex at"):
        version.find(str(tmp_path / "gone"), {})
    with pytest.raises(StartError, match="is not a program"):
        version.find(str(tmp_path) + "/", {})


def test_the_catalog_is_read_out_of_the_program(tmp_path: Path) -> None:
    content = b'\0x"slug": "new", "upgrade": null "slug": "old",\n "upgrade": {\n "model": "new" }'
    program = tmp_path / "codex"
    program.write_bytes(b"\x7fELF" + b"\0" * (5 << 20) + content)
    assert catalog.upgrades(catalog.models(program)) == {"old": "new"}
    package = tmp_path / "codex-package"
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text("{}")
    launcher = script(package / "bin", "exit 0", "codex.js")
    assert catalog.upgrades(catalog.models(launcher)) == {}
    (tmp_path / "codex-package-linux").mkdir()
    program.rename(tmp_path / "codex-package-linux" / "codex")
    assert catalog.upgrades(catalog.models(launcher)) == {"old": "new"}
    assert catalog.upgrades(catalog.models(tmp_path / "gone")) == {}


def test_the_models_that_people_may_choose(tmp_path: Path) -> None:
    program = tmp_path / "codex"
    entries = [("a", "A", "list"), ("b", "B", "hide"), ("c", "", "list")]
    text = ",".join(
        f'{{"slug": "{slug}", "display_name": "{label}", "visibility": "{visibility}"}}'
        for slug, label, visibility in entries
    )
    program.write_bytes(b"\0" * 4_200_000 + text.encode())
    known = catalog.models(program)
    offered = _offered(known, "")
    assert offered is not None
    assert (offered.default, offered.models) == ("a", [{"id": "a", "label": "A"}, {"id": "c", "label": "c"}])
    chosen = _offered(known, "own")
    assert chosen is not None
    assert (chosen.default, chosen.models[-1]) == ("own", {"id": "own", "label": "own"})
    assert _offered([], "") is None


def test_a_conversation_is_gone_on_with_by_its_id(tmp_path: Path) -> None:
    made = home.Home(tmp_path, False)
    assert launch.resuming(table().find("0.135.0")[0], made) == ()
    session = "01a2124d-1a1e-7942-96e7-0c9a2667059d"
    rollout = tmp_path / "sessions" / "2026" / "11" / f"rollout-2026-11-25T10-42-52-{session}.jsonl"
    rollout.parent.mkdir(parents=True)
    rollout.write_text("")
    for release in ("0.44.0", "0.135.0", "0.169.0"):
        assert launch.resuming(table().find(release)[0], made) == ("resume", session)
    assert launch.resuming(table().find("0.20.0")[0], made) == ("-c", f"experimental_resume={rollout}")
    assert launch.resuming(table().find("0.23.0")[0], made) == ()
