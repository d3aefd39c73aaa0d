"""What a release offers beside its history: tried on the release itself, when a scenario is over."""

from __future__ import annotations

import re
import subprocess

import msgspec

from codexbridge.lab.live import Bench
from codexbridge.lab.npm import Executable
from codexbridge.terminal.records import Frame, Osc, Record, Wiped
from codexbridge.transcript.lines import Change, Collector

RAW = ("alt-r",)
INLINE = "--no-alt-screen"
DAEMON = "--no-daemon"
_OVERLAY = "T R A N S C R I P T"
_OFFERED = re.compile(r"\s*[›▌>]?\s*/copy\s{2,}\S")
"""The command popup names ``/copy``. Where it does not, it is a message like any other, and must not be sent."""


class Features(msgspec.Struct, kw_only=True):
    """``overlay``: Ctrl+T shows the transcript; ``raw``: Alt+R restates the history as source; ``copy``: ``/copy``
    puts the last message on the clipboard; ``notify``: it ran its ``notify`` program; ``notifies``: OSC 9 ends a turn;
    ``title``: the window title spins while Codex works; ``reports``: OSC 7501 says what it does; ``restates``: it wiped
    and wrote its history again unasked."""

    overlay: bool = False
    raw: bool = False
    copy: bool = False
    notify: bool = False
    notifies: bool = False
    title: bool = False
    reports: bool = False
    restates: bool = False
    alternate: bool = False
    """Its interface is drawn on the alternate screen."""


class Watch:
    """Stands before a session's collector and notes what comes by."""

    def __init__(self, inner: Collector) -> None:
        self.inner = inner
        self.features = Features()
        self.wiped = 0
        self.clipboard = 0
        self.frames = 0
        self.apart = 0
        """Frames of the alternate screen."""

    def receive(self, record: Record) -> list[Change]:
        """Note a record and pass it on."""
        seen = self.features
        if isinstance(record, Osc):
            seen.notifies = seen.notifies or record.number == 9
            seen.reports = seen.reports or record.number == 7501
            self.clipboard += record.number == 52
        elif isinstance(record, Wiped):
            self.wiped += record.scrollback
        elif isinstance(record, Frame):
            seen.title = seen.title or "\u2800" <= record.title[:1] <= "\u28ff"
            self.frames += 1
            self.apart += record.alternate
        return self.inner.receive(record)

    def give_up(self) -> list[Change]:
        """As the collector."""
        return self.inner.give_up()

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


def flags(program: Executable) -> set[str]:
    """Those of the two flags that the release's own help knows."""
    try:
        done = subprocess.run(
            [*program.argv, "--help"], capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {flag for flag in (INLINE, DAEMON) if flag in done.stdout}


async def explore(bench: Bench, watch: Watch) -> None:
    """Try overlay, raw mode and ``/copy``, in this order, and leave the composer as it was; ``bench`` must record."""
    seen = watch.features
    # The first wipe is the start of the program.
    seen.restates = watch.wiped > 1
    seen.notify = bench.result.notices > 0
    seen.alternate = watch.apart > watch.frames / 2
    if bench.core.release.delivery != "inline":
        # Their keys scroll and confirm; a second view came with the inline history.
        return
    await bench.press("ctrl-t")
    # The core keeps the view to itself and closes it where it knows it, so the recording is asked.
    recording = bench.options.record
    seen.overlay = recording is not None and _OVERLAY in recording.read_text("utf-8")
    if any(_OVERLAY in row for row in _rows(bench)):
        await bench.press("q")
    before = watch.wiped
    await bench.press(*RAW)
    seen.raw = watch.wiped > before
    if seen.raw:
        await bench.press(*RAW)
    await bench.press("text:/copy", rest=0.5)
    if not any(_OFFERED.match(row) for row in _rows(bench)):
        await bench.press(*("backspace",) * len("/copy"), rest=0.5)
        return
    await bench.press("enter", rest=0.6)
    if not watch.clipboard and bench.core.view.dialog is not None:
        # Later ones ask what to copy; the whole answer comes first.
        await bench.press("enter", rest=0.6)
    seen.copy = watch.clipboard > 0


def _rows(bench: Bench) -> list[str]:
    return [row.text for row in bench.core.terminal.snapshot().rows]
