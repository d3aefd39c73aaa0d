"""The image: what the platform's validator asks of a Dockerfile, and an overlay that runs as somebody else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codexbridge.lab import npm
from codexbridge.platform.redact import Redactor
from tests.runtime.sidecar_stand_in import StandIn
from tests.runtime.stage import refusing

ROOT = Path(__file__).parents[2]
ALLOWED = {
    *("FROM", "RUN", "ENV", "ARG", "WORKDIR", "ENTRYPOINT", "CMD", "LABEL", "USER", "EXPOSE", "VOLUME", "SHELL"),
    *("STOPSIGNAL", "HEALTHCHECK", "ONBUILD", "COPY"),
}
AGENT = 1000


def directives(text: str) -> list[tuple[str, str]]:
    """The directives of a Dockerfile with their arguments, continuation lines joined."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(kept))
    return [
        (word.upper(), rest.strip())
        for line in joined.splitlines()
        if line.strip()
        for word, _, rest in [line.partition(" ")]
    ]


def test_the_dockerfile_passes_the_platforms_validator() -> None:
    text = (ROOT / "Dockerfile").read_text()
    found = directives(text)
    assert len(text.encode()) <= 64 * 1024
    assert found[0][0] in ("FROM", "ARG")
    assert {word for word, _ in found} <= ALLOWED
    assert all(rest.startswith("--from=") for word, rest in found if word == "COPY")
    last = dict(found)
    assert last["USER"] == "agent"
    assert json.loads(last["ENTRYPOINT"]) == ["/x1/bin/entrypoint"]
    assert last["WORKDIR"] == "/workspace"
    for label in (
        'org.x1agent.image="runtime-codex"',
        'org.x1agent.image.role="agent-runtime"',
        'org.x1agent.runtime="codex"',
    ):
        assert label in last["LABEL"]
    runs = " ".join(rest for word, rest in found if word == "RUN")
    assert "--uid 1000" in runs
    assert "--gid 1000" in runs
    for needed in ("git", "curl", "ca-certificates", "gh", "/home/agent/.codex", "/workspace"):
        assert needed in runs
    exposed = [int(port) for word, rest in found if word == "EXPOSE" for port in re.findall(r"\d+", rest)]
    assert all(port >= 1024 for port in exposed)
    assert "HEALTHCHECK" not in last
    assert "VOLUME" not in last


def test_no_secret_is_baked_in() -> None:
    for name in ("Dockerfile", "image/entrypoint", "image/lay-out.sh", "codexbridge/runtime/run.sh"):
        text = (ROOT / name).read_text()
        assert Redactor()(text) == text
        assert not re.search(r"(?i)(?:key|token|secret|password)=['\"]?\w{8}", text)


def test_both_a_current_and_a_pinned_release() -> None:
    arguments = dict(
        rest.split("=", 1)
        for word, rest in directives((ROOT / "Dockerfile").read_text())
        if word == "ARG" and "=" in rest
    )
    assert arguments["CODEX_CURRENT"] != arguments["CODEX_PINNED"]


def test_shellcheck() -> None:
    scripts = ["image/entrypoint", "image/lay-out.sh", "codexbridge/runtime/run.sh", ".ci/run"]
    # A development dependency: beside this Python, whether or not its environment is on the PATH.
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert program is not None, "shellcheck is missing: install the extra `dev`"
    done = subprocess.run([program, *scripts], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def overlay() -> Iterator[Path]:
    """The overlay, laid out in a folder that everybody can reach, with releases from the cache."""
    python = next((p for p in ("/usr/bin/python3", sys.executable) if _serves_others(p)), None)
    if python is None:
        pytest.skip("no Python of 3.11 or later that another user could run")
    folder = Path(tempfile.mkdtemp(prefix="codexbridge-overlay-"))
    folder.chmod(0o755)
    current, pinned = npm.fetch("0.80.0"), npm.fetch("0.20.0")
    environment = {**os.environ, "X1_PYTHON": python, "X1_PIP": f"{sys.executable} -m pip"}
    try:
        done = subprocess.run(
            [str(ROOT / "image" / "lay-out.sh"), str(folder / "x1"), str(current), str(pinned)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serves_others(python: str) -> bool:
    path = Path(python)
    if not path.exists() or any(not folder.stat().st_mode & 0o001 for folder in path.resolve().parents):
        return False
    said = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True, check=False
    )
    return said.stdout.strip() == b"True"


def as_agent(overlay: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the entrypoint as a user without privileges, in an environment of its own."""
    for name in ("home", "workspace"):
        folder = overlay / name
        folder.mkdir(exist_ok=True)
        os.chown(folder, AGENT, AGENT)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(overlay / "home"),
        "WORKSPACE_DIR": str(overlay / "workspace"),
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "SIDECAR_HEALTH_URL": "http://127.0.0.1:9",
        **variables,
    }
    return subprocess.run(
        [str(overlay / "x1" / "bin" / "entrypoint"), *arguments],
        env=environment,
        user=AGENT,
        group=AGENT,
        extra_groups=[],
        cwd=overlay,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


privileged = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.mark.live
@pytest.mark.slow
@privileged
def test_the_overlay_runs_as_an_unprivileged_user(overlay: Path) -> None:
    assert as_agent(overlay, "--healthcheck").returncode == 0
    assert as_agent(overlay, "--healthcheck", CODEX_RELEASE="pinned").returncode == 0
    wrong = as_agent(overlay, "--healthcheck", CODEX_RELEASE="other")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert as_agent(overlay, X1_RUNTIME="claude_code").returncode == 64
    assert as_agent(overlay, "--healthcheck", CODEX_PATH="/nowhere").returncode == 1
    unset = as_agent(overlay)
    assert unset.returncode == 1
    assert "SESSION_ID is not set" in unset.stderr


@pytest.mark.live
@pytest.mark.slow
@privileged
def test_a_session_in_the_overlay(overlay: Path) -> None:
    """The model refuses: the session fails, as an unprivileged user, in its own words, and leaves nothing."""
    with StandIn() as sidecar, refusing(400, "not today") as url:
        done = as_agent(
            overlay,
            "--stream-port",
            "0",
            "--inject-port",
            "0",
            **sidecar.environment(AGENT_PROMPT="hello", SESSION_MODE="oneshot", OPENAI_BASE_URL=url),
        )
    facts = json.loads(done.stdout.splitlines()[0])
    assert facts["version"] == "0.80.0"
    assert done.returncode == 1, done.stderr
    assert sidecar.types() == ["session.started", "session.failed"]
    assert not list((overlay / "home" / ".local" / "state" / "codexbridge").iterdir())
    assert not list((overlay / "home").glob(".codex"))
