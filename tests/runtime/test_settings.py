"""What the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from codexbridge.runtime.errors import StartError
from codexbridge.runtime.settings import VARIABLES, Settings, check, read

BASE = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1/"}


def test_defaults_of_a_developer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read(BASE)
    assert not settings.platform
    assert (settings.host, settings.stream_port, settings.inject_port) == ("127.0.0.1", 3100, 8788)
    assert settings.idle == 0
    assert settings.base_url == "http://127.0.0.1:9/v1"
    assert settings.sandbox == "danger-full-access"
    check(settings)


def test_defaults_of_a_platform() -> None:
    settings = read({**BASE, "SESSION_ID": "s", "CODEX_SANDBOX": "read-only", "OPENAI_API_KEY": " k "})
    assert settings.platform
    assert (settings.host, settings.sidecar_url) == ("0.0.0.0", "http://localhost:9090")
    assert settings.sidecar_health_url == "http://localhost:9091"
    assert settings.idle == 900
    assert settings.sandbox == "workspace-write"
    assert settings.api_key == "k"
    assert read({**BASE, "SESSION_ID": "s", "IDLE_TIMEOUT_MS": "1500"}).idle == 1.5
    assert read({**BASE, "IDLE_TIMEOUT_MS": "x"}).idle == 900


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"SIDECAR_URL": "http://localhost:9090"}, "SESSION_ID is not set"),
        ({"SESSION_MODE": "batch"}, "SESSION_MODE is 'batch'"),
        ({"OPENAI_BASE_URL": "localhost:80"}, "OPENAI_BASE_URL is 'localhost:80'"),
        ({"CODEXBRIDGE_STREAM_PORT": "70000"}, "CODEXBRIDGE_STREAM_PORT is '70000'"),
        ({"CODEXBRIDGE_INJECT_PORT": "x"}, "CODEXBRIDGE_INJECT_PORT is 'x'"),
    ],
)
def test_what_makes_no_sense(environment: dict[str, str], why: str) -> None:
    with pytest.raises(StartError, match=why):
        read({**BASE, **environment})


def test_platform_mode_can_be_asked_for() -> None:
    with pytest.raises(StartError, match="SESSION_ID is not set"):
        read(BASE, platform=True)


@pytest.mark.parametrize(
    ("more", "why", "status"),
    [
        ({"workspace": Path("/nowhere/at/all")}, "workspace /nowhere/at/all does not exist", 1),
        ({"workspace": Path("/etc/hostname")}, "is not a folder", 1),
        ({"stream_port": 5, "inject_port": 5}, "both ports are 5", 2),
        ({"mode": "oneshot", "prompt": " "}, "AGENT_PROMPT is empty", 1),
        ({"base_url": ""}, "no model: set OPENAI_BASE_URL", 1),
        ({"auth_source": "/nowhere/auth.json"}, "CODEX_AUTH_SOURCE /nowhere/auth.json is not a file", 1),
    ],
)
def test_what_the_machine_does_not_have(tmp_path: Path, more: dict[str, object], why: str, status: int) -> None:
    with pytest.raises(StartError, match=why) as caught:
        check(Settings(**{"workspace": tmp_path, "base_url": "http://x", **more}))
    assert caught.value.status == status
    assert "\n" not in str(caught.value)


def test_every_variable_is_explained_once() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))
    assert all(variable.meaning.endswith(".") for variable in VARIABLES)
