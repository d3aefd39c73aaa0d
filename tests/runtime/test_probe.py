"""What a Codex can do, run.sh's choice, and the doctor."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from codexbridge.cli.main import main
from codexbridge.grammar.releases import table
from codexbridge.lab import live, npm, scenario
from codexbridge.runtime import doctor, probe
from codexbridge.runtime.settings import VARIABLES, Settings
from tests.runtime.stage import foreign_codex, launcher, playing

RUN_SH = Path(probe.__file__).with_name("run.sh")

OLD = "Commands:\n  exec   Run\n  proto  Speak\n\nOptions:\n"
NEW = "Commands:\n  exec        Run\n  app-server  Serve\n\nOptions:\n      --no-alt-screen\n"


def codex(tmp_path: Path, number: str = "0.47.0", top: str = OLD, inner: str = "      --json\n") -> Path:
    """A program that answers as a release would when it is asked for help."""
    (tmp_path / "top").write_text(top)
    (tmp_path / "inner").write_text(inner)
    path = tmp_path / "codex"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in --version) echo "codex-cli {number}";;'
        f' "exec --help") cat {tmp_path}/inner;; --help) cat {tmp_path}/top;; *) exit 9;; esac\n'
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("top", "inner", "json_shape", "experimental", "usable"),
    [
        ("no commands", "no commands", "none", False, False),
        (OLD, "", "none", False, False),
        (OLD, "  --json  x", "protocol", False, False),
        (OLD, "  --json\n  --experimental-json\n", "protocol", True, True),
        (NEW, "  --json\n", "items", False, True),
        (NEW, "  --jsonish\n", "none", False, True),
    ],
)
def test_event_modes(tmp_path: Path, top: str, inner: str, json_shape: str, experimental: bool, usable: bool) -> None:
    found = probe.probe(codex(tmp_path, top=top, inner=inner), dict(os.environ))
    assert (found.exec_json, found.experimental_json, found.usable) == (json_shape, experimental, usable)
    assert found.inline_flag == ("--no-alt-screen" if top is NEW else None)
    assert found.version == "0.47.0"


def test_asking_leaves_the_users_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "codex"
    path.write_text('#!/bin/sh\n[ "$1" = --version ] && echo 0.47.0 && exit\ntouch "$HOME/seen" "$CODEX_HOME/seen"\n')
    path.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    probe.probe(path, {"PATH": os.environ["PATH"], "HOME": str(home), "CODEX_HOME": str(home)})
    assert not list(home.iterdir())


def run_sh(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run run.sh with a ``codexbridge`` that says how its ``serve`` was called."""
    bridge = tmp_path / "codexbridge"
    bridge.write_text(f'#!/bin/sh\n[ "$1" = probe ] && exec {sys.executable} -m codexbridge "$@"\necho "bridge: $*"\n')
    bridge.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), **variables}
    return subprocess.run(
        ["sh", str(RUN_SH), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize(
    ("top", "variables", "ran"),
    [
        (OLD, {}, "bridge: serve --platform --host ::1"),
        (OLD, {"CODEX_HEADLESS_ADAPTER": "echo adapter"}, "bridge: serve --platform --host ::1"),
        (NEW, {}, "bridge: serve --platform --host ::1"),
        (NEW, {"CODEX_HEADLESS_ADAPTER": "echo adapter 'a b'"}, "adapter a b"),
        (NEW, {"CODEX_HEADLESS_ADAPTER": "echo adapter", "CODEX_MODE": "tui"}, "bridge: serve --platform --host ::1"),
        (OLD, {"CODEX_HEADLESS_ADAPTER": "echo adapter", "CODEX_MODE": "headless"}, "adapter"),
    ],
)
def test_run_sh_chooses(tmp_path: Path, top: str, variables: dict[str, str], ran: str) -> None:
    done = run_sh(tmp_path, "--host", "::1", CODEX_PATH=str(codex(tmp_path, top=top)), **variables)
    assert done.returncode == 0, done.stderr
    facts, *rest = done.stdout.splitlines()
    assert json.loads(facts)["version"] == "0.47.0"
    assert rest == [ran]


@pytest.mark.parametrize(
    ("variables", "status", "why"),
    [
        ({"CODEX_MODE": "both"}, 2, "error: CODEX_MODE is 'both': set it to auto, tui or headless\n"),
        ({"CODEX_MODE": "headless"}, 2, "error: CODEX_MODE is headless but CODEX_HEADLESS_ADAPTER is empty"),
    ],
)
def test_run_sh_refuses(tmp_path: Path, variables: dict[str, str], status: int, why: str) -> None:
    done = run_sh(tmp_path, **{"CODEX_PATH": str(codex(tmp_path)), **variables})
    assert done.returncode == status
    assert done.stderr.startswith(why)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_run_sh_leaves_a_codex_that_cannot_be_asked_to_the_bridge(tmp_path: Path) -> None:
    """The bridge says why it cannot start, once, and tells the platform."""
    done = run_sh(tmp_path, CODEX_PATH="/nowhere/codex")
    assert (done.stdout, done.stderr) == ("bridge: serve --platform\n", "")


def test_healthcheck(tmp_path: Path) -> None:
    assert run_sh(tmp_path, "--healthcheck", CODEX_PATH=str(codex(tmp_path))).returncode == 0
    assert run_sh(tmp_path, "--healthcheck", CODEX_PATH="/nowhere").returncode == 1


def test_where_run_sh_is() -> None:
    done = CliRunner().invoke(main, ["run-sh"])
    assert Path(done.output.strip()).read_text().startswith("#!/bin/sh")


SEEN = {
    "0.1.2504172351": ("none", False, False),
    "0.1.2505291658": ("none", False, False),
    "0.8.0": ("protocol", False, False),
    "0.20.0": ("protocol", False, False),
    "0.29.0": ("protocol", False, False),
    "0.42.0": ("protocol", True, False),
    "0.47.0": ("items", True, False),
    "0.98.0": ("items", True, False),
    "0.135.0": ("items", True, True),
    "0.169.0": ("items", True, True),
}
QUICK = ("0.1.2504172351", "0.20.0", "0.42.0", "0.47.0", "0.169.0")
EVERY = [pytest.param(version, marks=[pytest.mark.slow] * (version not in QUICK)) for version in SEEN]


@pytest.mark.live
@pytest.mark.parametrize("version", EVERY)
def test_real_releases(tmp_path: Path, version: str) -> None:
    program = npm.executable(version)
    found = probe.probe(Path(launcher(program, tmp_path)), {**os.environ, **program.environment})
    assert found.version == version
    assert (found.exec_json, found.usable, found.raw_mode) == SEEN[version]
    row = table().find(version)[0]
    assert (found.look, found.row, found.support) == (row.look, row.version, row.support)
    # The table starts a release with just the flags that it has.
    assert ("--no-alt-screen" in row.flags) <= (found.inline_flag is not None)
    assert ("--no-daemon" in row.flags) == (found.daemon_flag is not None)


@pytest.mark.live
@pytest.mark.parametrize("version", [param for param in EVERY if SEEN[str(param.values[0])][0] != "none"])
def test_what_exec_prints_is_what_was_said_of_it(tmp_path: Path, version: str) -> None:
    """The release's own event mode, run against the scripted model."""
    program = npm.executable(version)
    story = scenario.load("two-turns")
    with playing(story, tmp_path / "work") as model:
        asked = Settings(
            workspace=tmp_path / "work", base_url=model.url, model="gpt-5", codex_home=str(tmp_path / "home")
        )
        made, start = live.prepare(program, table().find(version)[0], asked, {})
        flags = [flag for flag in start.argv[len(program.argv) :] if flag not in ("--no-alt-screen", "--no-daemon")]
        done = subprocess.run(
            [*program.argv, "exec", *flags, "--json", "--skip-git-repo-check", story.turn[0].user],
            env=start.environment,
            cwd=tmp_path / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        made.remove()
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    kinds = {line["type"] for line in lines if "type" in line}
    shape = "items" if "item.completed" in kinds else "protocol" if any("msg" in line for line in lines) else "none"
    assert shape == SEEN[version][0], done.stdout[:2000] + done.stderr[:2000]


def verdicts(environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {finding.subject: (finding.verdict, finding.text) for finding in doctor.examine(environment)}


def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "CODEX_PATH": str(codex(tmp_path)),
        "WORKSPACE_DIR": str(tmp_path),
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "CODEXBRIDGE_STREAM_PORT": "0",
        "CODEXBRIDGE_INJECT_PORT": "0",
        "XDG_STATE_HOME": str(tmp_path),
    }
    found = verdicts(environment)
    assert found["Codex"][0] == "good"
    assert found["model"][0] == "bad"
    assert "start it, or mend OPENAI_BASE_URL" in found["model"][1]
    assert found["workspace"][0] == "good"
    found = verdicts({**environment, "CODEX_PATH": "/nowhere", "SESSION_MODE": "x"})
    assert (found["Codex"][0], found["environment"][0]) == ("bad", "bad")


def test_the_doctor_sees_a_program_of_another_machine(tmp_path: Path) -> None:
    verdict, text = verdicts({"PATH": os.environ["PATH"], "CODEX_PATH": str(foreign_codex(tmp_path))})["Codex"]
    assert verdict == "bad"
    assert "does not run (Exec format error): reinstall @openai/codex for this machine" in text


def test_the_doctor_knows_a_running_bridge_and_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_is_bridge", lambda port: True)
    monkeypatch.setattr(doctor, "_ROOM", 1 << 60)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {"PATH": os.environ["PATH"], "WORKSPACE_DIR": str(tmp_path), "CODEXBRIDGE_STREAM_PORT": port}
        environment |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "MCP_REMOTE_ATTACHMENTS_JSON": "[3]"}
        found = list(doctor.examine(environment))
    said = [(finding.verdict, f"{finding.subject}: {finding.text}") for finding in found]
    assert ("note", f"port: {port} belongs to a bridge that runs already: one is enough") in said
    assert any(verdict == "bad" and "MiB are free on the disk of" in text for verdict, text in said)
    assert ("note", "MCP: MCP_REMOTE_ATTACHMENTS_JSON: entry 1 has no name and url: left out") in said


def test_the_doctor_as_a_command(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--codex", "/nowhere", "--workspace", str(tmp_path)])
    assert done.exit_code == 1
    assert "Codex: there is no Codex at /nowhere" in done.output
    assert "to mend" in done.output


def test_the_table_of_the_environment() -> None:
    table = CliRunner().invoke(main, ["doctor", "--environment"]).output
    assert table == doctor.environment_table()
    assert all(f"| `{variable.name}` |" in table for variable in VARIABLES)


def test_the_readme_has_that_table() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert doctor.environment_table() in readme.read_text()
