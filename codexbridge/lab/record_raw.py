"""Record a release playing a scenario, without the bridge: ``python -m codexbridge.lab.record_raw``.

It answers terminal queries from a fixed table, pastes the user's messages, waits for the scripted model to have
given its last answer and for the screen to be quiet, and so depends on nothing that a recording is meant to test.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import tempfile
import time
from pathlib import Path

import click
import pyte

from codexbridge.grammar.releases import Release, table
from codexbridge.lab import cast, forked, live, npm, pure, rollout, scenario, workspace
from codexbridge.lab.errors import LabError
from codexbridge.lab.model.app import ModelServer
from codexbridge.runtime import processes
from codexbridge.runtime.launch import MARKER
from codexbridge.runtime.notices import Notices
from codexbridge.runtime.settings import Settings

_QUIET = 0.9
_KEYS = {"esc": b"\x1b", "ctrl-c": b"\x03"}
_CURSOR = re.compile(rb"\x1b\[6n")
# What pyte's parser would draw as text; none of it moves the cursor.
_NOISE = re.compile(rb"\x1b\[[<=>][0-9;]*[a-z]|\x1b[P^_].*?\x1b\\\\|\xef\xb8\x8f|\xe2\x80[\x8b\x8d]", re.DOTALL)
_QUERIES: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
    (re.compile(rb"\x1b\[c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\]10;\?(?:\x07|\x1b\\)"), b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(?:\x07|\x1b\\)"), b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
)


class Recorder:
    """A child in a pty, whose output goes to a recording."""

    def __init__(
        self,
        argv: list[str],
        environment: dict[str, str],
        folder: Path,
        writer: cast.Writer,
        size: tuple[int, int],
        notices: Notices | None = None,
    ) -> None:
        self.writer = writer
        self.notices = notices
        self.start = time.monotonic()
        self.last = self.start
        self.alive = True
        self._tail = b""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self.fd = forked.spawn(argv, environment, size, folder)

    def pump(self, seconds: float) -> None:
        """Read for at most ``seconds``, answering queries."""
        end = time.monotonic() + seconds
        while self.alive and (left := end - time.monotonic()) > 0:
            told = [self.notices.fileno()] if self.notices else []
            ready = select.select([self.fd, *told], [], [], left)[0]
            if not ready:
                return
            for text in self.notices.take() if self.notices else ():
                self.writer.notice(time.monotonic() - self.start, text)
            if self.fd not in ready:
                continue
            data = forked.read(self.fd)
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

    def send(self, text: str, typed: bool) -> None:
        """Give a message: as keys, or as a paste, then Enter."""
        if typed:
            # One key at a time, as a person does: a line feed is a new line there, not the end.
            for character in text:
                self.type(character.encode())
        else:
            self.type(b"\x1b[200~" + text.encode() + b"\x1b[201~")
        self.pump(0.15)
        self.type(b"\r")

    def finish(self) -> None:
        """End the child and all that it started in its session."""

        def drain() -> None:
            self.pump(0.05)
            time.sleep(0.02)

        forked.end(self.pid, drain)


def record(version: str, name: str, out: Path, size: tuple[int, int], limit: float, wire: Path | None = None) -> str:
    """Record one release and one scenario into ``out``, with the truth and the rollout beside it; say how it went."""
    story = scenario.load(name)
    program = npm.executable(version)
    row = live.suited(table().find(version)[0], story)
    base = Path(tempfile.mkdtemp(prefix="codexbridge-raw-"))
    truth_file = out.with_suffix(".truth.json")
    said = []
    try:
        folder = workspace.make(story, base / "work")
        with ModelServer(story, truth_file=truth_file, log=wire) as model:
            model.player.truth.release = version
            settings = Settings(workspace=folder, base_url=model.url, model=live.MODEL, codex_home=str(base / "home"))
            home, start = live.prepare(program, row, settings, story.wants.environment)
            with cast.Writer(out, cast.Header(*size, {"title": f"{version} {story.name}"})) as writer:
                notices = live.listen(home)
                child = Recorder(list(start.argv), start.environment, folder, writer, size, notices)
                try:
                    child.pump(3)
                    child.quiet(_QUIET, 8)
                    for number, turn in enumerate(story.turn):
                        writer.marker(time.monotonic() - child.start, f"turn {number + 1}")
                        said.append(_turn(child, model, number, turn, row, limit))
                        if not child.alive or said[-1] == "LOST":
                            break
                    # The earliest releases write their rollout three seconds after the last item.
                    child.pump(3.5 if row.delivery == "rewrite" else 0)
                    writer.marker(time.monotonic() - child.start, "exit")
                    child.type(b"\x03" if row.delivery == "rewrite" else b"\x04")
                    child.pump(1.5)
                finally:
                    child.finish()
                    if notices:
                        notices.close()
                    # Some releases leave a daemon behind, in a session of its own.
                    processes.end(None, f"{MARKER}={start.marker}".encode())
            pure.fill(model.player.truth, story)
            model.player.truth.save(truth_file)
        written = rollout.find(base)
        if written:
            shutil.copy(written, out.with_suffix(".rollout" + written.suffix))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return ", ".join(said)


def _turn(child: Recorder, model: ModelServer, number: int, turn: scenario.Turn, row: Release, limit: float) -> str:
    typed = row.delivery == "rewrite"
    begun = len(model.player.truth.turns)
    child.send(turn.user, typed)
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
                for key in row.traits.get("interrupt", ("esc",)):
                    child.type(_KEYS.get(key, b"\x1b"))
                    child.pump(0.3)
                child.quiet(_QUIET, 4)
                return "interrupted"
            child.send(text, typed)
        if model.player.ended(number) and not steps and time.monotonic() - child.last > _QUIET:
            return "ok"
        if asked is None and time.monotonic() > end - limit + 12:
            return "LOST"
        # A release that gives up at once leaves the script waiting for its next attempt.
        silent = time.monotonic() - max(child.last, model.player.last_request)
        if asked and silent > 6 and not steps and not model.player.streaming:
            return "gave up"
    return "TIMEOUT" if child.alive else "DIED"


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
