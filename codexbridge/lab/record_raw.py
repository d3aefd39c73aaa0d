"""Record a release playing a scenario, without the bridge: ``python -m codexbridge.lab.record_raw``.

It answers terminal queries from a fixed table, pastes the user's messages, waits for the scripted model to have
given its last answer and for the screen to be quiet, and so depends on nothing that a recording is meant to test.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

import click
import pyte

from codexbridge.grammar.releases import version_key
from codexbridge.lab import cast, npm, scenario, workspace
from codexbridge.lab.errors import LabError
from codexbridge.lab.model.app import ModelServer

_QUIET = 0.9
_CURSOR = re.compile(rb"\x1b\[6n")
# What pyte's parser would draw as text; none of it moves the cursor.
_NOISE = re.compile(rb"\x1b\[[<=>][0-9;]*[a-z]|\x1b[P^_].*?\x1b\\\\|\xef\xb8\x8f|\xe2\x80[\x8b\x8d]", re.DOTALL)
_QUERIES: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
    (re.compile(rb"\x1b\[c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\]10;\?(?:\x07|\x1b\\)"), b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(?:\x07|\x1b\\)"), b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def config(url: str, folder: Path, wants: scenario.Wants, release: dict[str, Any]) -> str:
    """A config.toml for a clean start; ``release`` is merged in."""
    base: dict[str, Any] = {
        "model": "gpt-5",
        "model_provider": "lab",
        "approval_policy": "never",
        "sandbox_mode": "danger-full-access",
        "check_for_update_on_startup": False,
        "model_providers": {
            "lab": {"name": "lab", "base_url": url, "wire_api": "responses", "env_key": "LAB_KEY", **wants.provider}
        },
        "projects": {str(folder): {"trust_level": "trusted"}},
        "mcp_servers": {
            name: {"command": sys.executable, "args": ["-m", "codexbridge.lab.mcp_server"]} for name in wants.mcp
        },
    }
    for tables in (release, wants.config):
        for key, value in tables.items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                base[key] = {**base[key], **value}
            else:
                base[key] = value
    return "".join(f"{key} = {_toml(value)}\n" for key, value in base.items() if value != {})


class Recorder:
    """A child in a pty, whose output goes to a recording."""

    def __init__(
        self, argv: list[str], environment: dict[str, str], folder: Path, writer: cast.Writer, size: tuple[int, int]
    ) -> None:
        self.writer = writer
        self.start = time.monotonic()
        self.last = self.start
        self.alive = True
        self._tail = b""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, environment)
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def pump(self, seconds: float) -> None:
        """Read for at most ``seconds``, answering queries."""
        end = time.monotonic() + seconds
        while self.alive and (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                return
            try:
                data = os.read(self.fd, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                data = b""
            if not data:
                self.alive = False
                return
            self.last = time.monotonic()
            self.writer.output(self.last - self.start, data)
            self._answer(data)
            begin = 0
            for found in _CURSOR.finditer(data):
                # The answer decides where an inline interface is drawn, so it must be true.
                self._stream.feed(_NOISE.sub(b"", data[begin : found.start()]))
                begin = found.end()
                cursor = self._screen.cursor
                os.write(self.fd, b"\x1b[%d;%dR" % (cursor.y + 1, cursor.x + 1))
            self._stream.feed(_NOISE.sub(b"", data[begin:]))

    def _answer(self, data: bytes) -> None:
        window = self._tail + data
        for pattern, reply in _QUERIES:
            for found in pattern.finditer(window):
                if found.end() > len(self._tail):
                    os.write(self.fd, reply)
        self._tail = window[-12:]

    def quiet(self, seconds: float, limit: float) -> None:
        """Read until nothing came for ``seconds``, or ``limit`` passed."""
        end = time.monotonic() + limit
        while self.alive and time.monotonic() < end and time.monotonic() - self.last < seconds:
            self.pump(0.05)

    def type(self, data: bytes) -> None:
        """Write keys; they are recorded as input."""
        if self.alive:
            self.writer.input(time.monotonic() - self.start, data)
            os.write(self.fd, data)

    def finish(self) -> None:
        """End the child and all that it started in its session."""
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                break
            for _ in range(20):
                self.pump(0.05)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
                time.sleep(0.02)


def record(version: str, name: str, out: Path, size: tuple[int, int], limit: float, wire: Path | None = None) -> str:
    """Record one release and one scenario into ``out``, with the truth and the rollout beside it; say how it went."""
    story = scenario.load(name)
    program = npm.executable(version)
    # 0.1.2504*: keys, no paste, its own flags.
    early = version_key(version) < version_key("0.1.2505291658")
    base = Path(tempfile.mkdtemp(prefix="codexbridge-raw-"))
    folder = workspace.make(story, base / "work")
    home = base / "home"
    home.mkdir()
    truth_file = out.with_suffix(".truth.json")
    said = []
    with ModelServer(story, truth_file=truth_file, log=wire) as model:
        model.player.truth.release = version
        (home / "config.toml").write_text(config(model.url, folder, story.wants, _extra(version)), "utf-8")
        seen = '{"latest_version":"0.0.1","last_checked_at":"2036-01-01T00:00:00.000000Z","dismissed_version":null}'
        (home / "version.json").write_text(seen, "utf-8")
        keep = ("PATH", "LANG", "LC_ALL", "USER", "LOGNAME", "PYTHONPATH")
        environment = {key: os.environ[key] for key in keep if key in os.environ}
        environment |= {"TERM": "xterm-256color", "HOME": str(home), "CODEX_HOME": str(home), "LAB_KEY": "x"}
        environment |= {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": model.url} if early else {}
        environment |= {"LANG": "C.UTF-8", **program.environment, **story.wants.environment}
        flags = ["-a", "full-auto"] if early else []
        if version_key(version) >= version_key("0.160.0"):
            flags += ["--no-daemon", "--no-alt-screen"]
        header = cast.Header(*size, {"title": f"{version} {story.name}"})
        with cast.Writer(out, header) as writer:
            child = Recorder([*program.argv, *flags], environment, folder, writer, size)
            try:
                child.pump(3)
                child.quiet(_QUIET, 8)
                for number, turn in enumerate(story.turn):
                    writer.marker(time.monotonic() - child.start, f"turn {number + 1}")
                    said.append(_turn(child, model, number, turn, early, limit))
                    if not child.alive:
                        break
                writer.marker(time.monotonic() - child.start, "exit")
                child.type(b"\x03" if early else b"\x04")
                child.pump(1.5)
            finally:
                child.finish()
    rollouts = sorted(path for path in home.rglob("rollout-*") if path.is_file())
    if rollouts:
        shutil.copy(rollouts[-1], out.with_suffix(".rollout.jsonl"))
    shutil.rmtree(base, ignore_errors=True)
    return ", ".join(said)


def _turn(child: Recorder, model: ModelServer, number: int, turn: scenario.Turn, early: bool, limit: float) -> str:
    begun = len(model.player.truth.turns)
    data = turn.user.encode()
    child.type(data if early else b"\x1b[200~" + data + b"\x1b[201~")
    child.pump(0.15)
    child.type(b"\r")
    end = time.monotonic() + limit
    steps = sorted(
        [*((extra.after, extra.text) for extra in turn.busy), *([(turn.interrupt, None)] if turn.interrupt else [])]
    )
    asked: float | None = None
    while child.alive and time.monotonic() < end:
        child.pump(0.05)
        if asked is None and len(model.player.truth.turns) > begun:
            asked = time.monotonic()
        while asked and steps and time.monotonic() - asked > steps[0][0] / 1000:
            text = steps.pop(0)[1]
            if text is None:
                child.type(b"\x1b")
                child.quiet(_QUIET, 4)
                return "interrupted"
            child.type(text.encode() if early else b"\x1b[200~" + text.encode() + b"\x1b[201~")
            child.pump(0.15)
            child.type(b"\r")
        if model.player.ended(number) and not steps and time.monotonic() - child.last > _QUIET:
            return "ok"
        # A release that gives up at once leaves the script waiting for its next attempt.
        silent = time.monotonic() - max(child.last, model.player.last_request)
        if asked and silent > 6 and not steps and not model.player.streaming:
            return "gave up"
    return "TIMEOUT" if child.alive else "DIED"


def _extra(version: str) -> dict[str, Any]:
    if version_key(version) < version_key("0.2.0"):
        free = ["disk-full-read-access", "disk-full-write-access", "network-full-access"]
        return {"sandbox_permissions": free}
    if version_key(version) < version_key("0.55.0"):
        return {}
    target = "gpt-5.3-codex" if version_key(version) >= version_key("0.110.0") else "gpt-5.2-codex"
    hide = dict.fromkeys(
        (
            "hide_gpt5_1_migration_prompt",
            "hide_gpt-5.1-codex-max_migration_prompt",
            "hide_rate_limit_model_nudge",
            "hide_full_access_warning",
            "hide_world_writable_warning",
        ),
        True,
    )
    return (
        {}
        if version_key(version) >= version_key("0.160.0")
        else {"notice": {**hide, "model_migrations": {"gpt-5": target}}}
    )


@click.command()
@click.argument("version")
@click.argument("name", metavar="SCENARIO")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--columns", default=400)
@click.option("--rows", default=150)
@click.option("--limit", default=60.0, help="Seconds for a turn.")
@click.option("--wire", type=click.Path(path_type=Path), help="Log the requests there.")
def main(version: str, name: str, out: Path, columns: int, rows: int, limit: float, wire: Path | None) -> None:
    """Record release VERSION playing SCENARIO into OUT."""
    out.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        said = record(version, name, out, (columns, rows), limit, wire)
    except LabError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{version} {name}: {said} ({time.monotonic() - began:.0f} s, {out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
