"""The private home of Codex."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codexbridge.grammar.releases import Release
from codexbridge.runtime import home, toml
from codexbridge.runtime.settings import Settings

ROW = Release(version="1.0.0", look="chevron")


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(**{"workspace": tmp_path, "base_url": "http://127.0.0.1:9/v1", **more})


def written(made: home.Home) -> dict[str, Any]:
    return tomllib.loads((made.path / "config.toml").read_text())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def test_a_temporary_home_is_private_and_goes(tmp_path: Path, environment: dict[str, str]) -> None:
    made = home.make(settings(tmp_path, model="m"), ROW, environment, {"m": "n"})
    assert made.temporary
    assert made.path.is_relative_to(tmp_path / "state" / "codexbridge")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    for path in made.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    config = written(made)
    assert config["model"] == "m"
    assert config["approval_policy"] == "never"
    assert config["sandbox_mode"] == "danger-full-access"
    assert config["check_for_update_on_startup"] is False
    assert config["projects"] == {str(tmp_path): {"trust_level": "trusted"}}
    provider = config["model_providers"][config["model_provider"]]
    assert provider == {"name": "bridge", "base_url": "http://127.0.0.1:9/v1", "wire_api": "responses"}
    assert config["notice"]["model_migrations"] == {"m": "n"}
    assert json.loads((made.path / "version.json").read_text())["latest_version"] == "0.0.1"
    made.remove()
    assert not made.path.exists()


def test_a_release_that_tells_is_told_whom(tmp_path: Path, environment: dict[str, str]) -> None:
    made = home.make(settings(tmp_path), ROW, environment)
    command = written(made)["notify"]
    assert Path(command[1]).is_relative_to(made.path)
    assert (Path(command[1]).parent / "bell").is_fifo()
    made.remove()
    assert not made.path.exists()
    for row in (
        Release(version="1.0.0", look="ink"),
        Release(version="1.0.0", look="chevron", traits={"notify": False}),
    ):
        made = home.make(settings(tmp_path), row, environment)
        assert "notify" not in written(made)
        made.remove()
    made = home.make(settings(tmp_path), msgspec.structs.replace(ROW, config={"notify": ["mine"]}), environment)
    assert written(made)["notify"] == ["mine"]
    made.remove()


def test_codex_asks_only_where_somebody_answers(tmp_path: Path, environment: dict[str, str]) -> None:
    for approvals, policy in (("decline", "never"), ("accept", "on-request"), ("ask", "on-request")):
        made = home.make(settings(tmp_path, model="m", approvals=approvals), ROW, environment)
        assert written(made)["approval_policy"] == policy
    row = msgspec.structs.replace(ROW, traits={"asks": "untrusted"})
    made = home.make(settings(tmp_path, model="m", approvals="ask"), row, environment)
    assert written(made)["approval_policy"] == "untrusted"


def test_a_key_is_named_but_never_written(tmp_path: Path, environment: dict[str, str]) -> None:
    made = home.make(settings(tmp_path, base_url="", api_key="very-secret-value"), ROW, environment)
    provider = written(made)["model_providers"]["bridge"]
    assert provider["env_key"] == home.KEY_VARIABLE
    assert provider["base_url"].startswith("https://")
    assert written(made)["shell_environment_policy"] == {"exclude": [home.KEY_VARIABLE]}
    for path in made.path.rglob("*"):
        assert not path.is_file() or "very-secret-value" not in path.read_text()
    made.remove()


def test_a_login_is_copied_and_needs_no_provider(tmp_path: Path, environment: dict[str, str]) -> None:
    source = tmp_path / "auth.json"
    source.write_text("{}")
    made = home.make(settings(tmp_path, base_url="", auth_source=str(source)), ROW, environment)
    assert (made.path / "auth.json").read_text() == "{}"
    assert stat.S_IMODE((made.path / "auth.json").stat().st_mode) == 0o600
    assert "model_provider" not in written(made)
    made.remove()


def test_a_row_adds_and_takes_away(tmp_path: Path, environment: dict[str, str]) -> None:
    row = msgspec.structs.replace(ROW, config={"notice": {"hide_x": True}, "sandbox_permissions": ["a"]})
    made = home.make(settings(tmp_path), row, environment)
    config = written(made)
    assert config["notice"]["hide_x"] is True
    assert config["notice"]["hide_full_access_warning"] is True
    assert config["sandbox_permissions"] == ["a"]
    made.remove()


def test_a_release_without_modes_is_told_what_its_sandbox_allows(tmp_path: Path, environment: dict[str, str]) -> None:
    traits = {**ROW.traits, "sandboxed": ["less"]}
    row = msgspec.structs.replace(ROW, config={"sandbox_permissions": ["all"]}, traits=traits)
    for sandbox, permissions in (("danger-full-access", ["all"]), ("workspace-write", ["less"])):
        made = home.make(settings(tmp_path, sandbox=sandbox), row, environment)
        assert written(made)["sandbox_permissions"] == permissions
        made.remove()


def test_a_home_that_was_asked_for_is_used_only_if_it_is_free_or_ours(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "config.toml").write_text("model = 'kept'")
    for _ in range(2):
        made = home.make(settings(tmp_path, codex_home=str(mine)), ROW, environment)
        assert (made.path, made.temporary) == (mine, False)
        made.remove()
        assert mine.exists()
    made = home.make(settings(tmp_path, codex_home=str(theirs)), ROW, environment)
    assert made.temporary
    made.remove()
    assert (theirs / "config.toml").read_text() == "model = 'kept'"
    assert len(list(theirs.iterdir())) == 1


def test_no_value_of_a_server_is_in_a_file(tmp_path: Path, environment: dict[str, str]) -> None:
    file = tmp_path / "mcp.json"
    here = {"command": "x", "args": ["--token", "value-in-args"], "env": {"T": "value-in-env"}}
    there = {
        "url": "https://a/mcp?k=value-in-query",
        "http_headers": {"X": "value-in-header"},
        "bearer_token": "value-b",
    }
    plain = {"url": "https://a/mcp", "http_headers": {"X": "value-in-header"}, "bearer_token": "value-b"}
    file.write_text(json.dumps({"mcpServers": {"here": here, "there": there, "plain": plain}}))
    for traits in ({}, {"mcp_url": False}):
        row = msgspec.structs.replace(ROW, traits=traits)
        made = home.make(settings(tmp_path, mcp_config=str(file)), row, environment)
        assert set(written(made)["mcp_servers"]) == {"here", "there", "plain"}
        for path in made.path.rglob("*"):
            assert not path.is_file() or "value-" not in path.read_text()
        assert "value-" not in repr(made)
        assert sorted(made.variables.values()) == ([] if traits else ["value-b", "value-in-header"])
        excluded = written(made).get("shell_environment_policy", {}).get("exclude", [])
        assert excluded == ([] if traits else ["CODEXBRIDGE_MCP_*"])
        made.remove()


def test_instructions(tmp_path: Path) -> None:
    assert home.instructions(settings(tmp_path)) == ""
    text = home.instructions(
        settings(tmp_path, platform=True, workspace_prompt="Be kind.", workspace_name="W", mode="oneshot")
    )
    assert text.startswith("Be kind.\n\nYou are an agent of x1agent in the workspace W.")
    assert "emit_status" in text
    assert "one task" in text


SCALARS = st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.text(st.characters(exclude_categories=["Cs"])))
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.recursive(st.dictionaries(KEYS, SCALARS, max_size=4), lambda t: st.dictionaries(KEYS, t, max_size=3)))
def test_what_is_written_as_toml_is_read_back(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml.dumps(tables)) == tables


def test_toml_merging() -> None:
    assert toml.merge({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "d": None}) == {"a": {"b": 9, "c": 2}}
