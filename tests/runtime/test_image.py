"""The image: what the platform's validator asks of a Dockerfile, and an overlay that runs as somebody else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    for path in (ROOT / "Dockerfile", *(ROOT / "image").iterdir(), ROOT / "codexbridge" / "runtime" / "run.sh"):
        text = path.read_text() if path.is_file() else ""
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
    scripts = [
        "image/entrypoint",
        "image/gh",
        "image/git-credential-x1",
        "image/lay-out.sh",
        "codexbridge/runtime/run.sh",
        ".ci/run",
    ]
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


class Tokens(BaseHTTPRequestHandler):
    """The sidecar's answers to whoever asks for a token; pushing to one host is not allowed."""

    def do_GET(self) -> None:
        answers = {
            "/git/credential?host=github.com": {"username": "x-access-token", "password": "made-for-git"},
            "/git/credential?format=token": {"token": "made-for-gh"},
        }
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(200 if self.path in answers else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def tokens() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def credential(url: str, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "image" / "credential.py"), *arguments],
        env={"SIDECAR_URL": url, "PATH": "/usr/bin:/bin"},
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_git_gets_a_token_for_each_call(tokens: str) -> None:
    asked = "protocol=https\nhost={}\n\n"
    got = credential(tokens, "git", "get", text=asked.format("github.com"))
    assert (got.returncode, got.stdout) == (0, "username=x-access-token\npassword=made-for-git\n")
    for action, host, url in (("get", "other.org", tokens), ("get", "github.com", "http://127.0.0.1:9")):
        refused = credential(url, "git", action, text=asked.format(host))
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "")
    for action in ("store", "erase"):
        assert credential(tokens, "git", action, text=asked.format("github.com")).returncode == 0


def test_gh_gets_a_token_for_each_call(tokens: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "image" / "credential.py", tmp_path)
    real = tmp_path / "gh-real"
    real.write_text('#!/bin/sh\necho "$GH_TOKEN $*"\n')
    real.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "credential.py"), "gh", "pr", "list"],
        env={"SIDECAR_URL": tokens},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.stdout == "made-for-gh pr list\n"


privileged = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.mark.live
@pytest.mark.slow
@privileged
def test_the_overlay_runs_as_an_unprivileged_user(overlay: Path) -> None:
    for place in ("bin/entrypoint", "bin/gh", "bin/git-credential-x1", "runtime/bin/node", "etc/gitconfig"):
        assert (overlay / "x1" / place).exists()
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
