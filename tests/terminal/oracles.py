"""Two terminals that we did not write, to be asked what a program's bytes look like: tmux and xterm.js.

Both give the same thing as :func:`ours`: for every row a list of cells ``(text, style)`` without trailing blanks,
where ``style`` is ``(fg, bg, flags)`` and flags are of bold, dim, italic, underline, reverse, strike.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codexbridge.terminal.records import Frame, Style

PACKAGES = ("@xterm/headless@6.0.0", "@xterm/addon-unicode11@0.9.0")
SCRIPT = Path(__file__).with_name("xterm_oracle.mjs")
FLAGS = ("bold", "dim", "italic", "underline", "reverse", "strike")
NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")

Look = tuple[str, str, str]
"""Foreground, background, and the flags that are on, in the order of FLAGS."""
PLAIN_LOOK: Look = ("default", "default", "")


class Cell(NamedTuple):
    text: str
    look: Look


class Picture(NamedTuple):
    rows: list[list[Cell]]
    cursor: tuple[int, int]
    wrapped: frozenset[int]
    """Rows that the next one continues; tmux does not tell."""


class Unavailable(Exception):
    """An oracle is not on this machine and cannot be fetched."""


def cache() -> Path:
    base = (
        os.environ.get("CODEXBRIDGE_CACHE")
        or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codexbridge"
    )
    return Path(base) / "oracles"


def xterm_modules() -> Path:
    """The folder of node modules that holds xterm.js; fetched on first use."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Unavailable("xterm.js needs node and npm")
    folder = cache() / "xterm-6.0.0"
    modules = folder / "node_modules"
    if not (modules / "@xterm" / "headless").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        done = None
        for _ in range(4):
            # npm hangs now and then on a connection that its registry forgot.
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(command, capture_output=True, text=True, timeout=60)
                break
        if done is None or done.returncode:
            raise Unavailable(f"npm could not fetch xterm.js: {done.stderr.strip()[-200:] if done else 'it hung'}")
    return modules


def colour(number: int) -> str:
    """One of the 256 colours under the name that records have for it."""
    if number < 16:
        return ("bright" if number > 7 else "") + NAMES[number % 8]
    if number > 231:
        return f"{8 + 10 * (number - 232):02x}" * 3
    number -= 16
    steps = (0, 95, 135, 175, 215, 255)
    return "".join(f"{steps[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


def look(style: Style, *, links: bool = False) -> Look:
    """With ``links``, hyperlinks count as underlined: xterm.js tells them in no other way."""
    if links and style.link:
        style = style._replace(underline=True)
    return style.fg, style.bg, "".join(flag[0] if getattr(style, flag) else "" for flag in FLAGS)


def trim(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1].text == " " and cells[-1].look[1] == "default":
        cells.pop()
    return cells


def ours(frame: Frame, *, links: bool = False) -> Picture:
    """A frame of ours in the common form, one cell per code point."""
    rows = []
    for row in frame.rows:
        looks = [PLAIN_LOOK] * len(row.text)
        for start, end, style in row.runs:
            looks[start:end] = [look(style, links=links)] * (end - start)
        rows.append([Cell(*pair) for pair in zip(row.text, looks, strict=True)])
    wrapped = frozenset(y for y, row in enumerate(frame.rows) if row.wrapped)
    return Picture(rows, frame.cursor, wrapped)


def by_character(cells: list[Cell]) -> list[Cell]:
    """One cell per code point, trailing blanks gone whatever their background: the form that can be compared."""
    single = [Cell(character, cell.look) for cell in cells for character in cell.text]
    while single and single[-1].text == " ":
        single.pop()
    return single


def xterm(data: bytes, columns: int, rows: int, cuts: list[int]) -> Iterator[Picture]:
    """What xterm.js shows after each of ``cuts`` bytes."""
    yield from map(_picture, ask_xterm(data, columns, rows, ",".join(map(str, cuts))))


def xterm_programs(programs: list[bytes], columns: int, rows: int) -> Iterator[Picture | None]:
    """What xterm.js shows after each of ``programs``, every one on a new terminal; ``None`` where it throws."""
    lines = b"\n".join(map(base64.b64encode, programs))
    for line in ask_xterm(lines, columns, rows, "programs"):
        yield None if line == b"null" else _picture(line)


def ask_xterm(data: bytes, columns: int, rows: int, what: str) -> list[bytes]:
    """The lines that the script prints; see there for ``what``."""
    command = ["node", str(SCRIPT), str(xterm_modules()), str(columns), str(rows), what]
    with tempfile.TemporaryFile() as stdin:
        stdin.write(data)
        stdin.seek(0)
        done = subprocess.run(command, stdin=stdin, capture_output=True, timeout=300, check=True)
    return done.stdout.splitlines()


def _picture(line: bytes) -> Picture:
    picture = json.loads(line)
    screen = []
    for cells in picture["screen"]:
        found = []
        for text, flags, fg, bg in cells:
            style = "".join(flag[0] for flag, on in zip(FLAGS, flags, strict=True) if on == "1")
            found.append(Cell(text, (_side(fg), _side(bg), style)))
        screen.append(trim(found))
    x, y = picture["cursor"]
    return Picture(screen, (x, y), frozenset(picture["wrapped"]))


def _side(value: str | int) -> str:
    return value if isinstance(value, str) else colour(value)


_pieces = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\]8;[^\x1b]*\x1b\\|\x0e|\x0f|(.)", re.DOTALL)


def read_captured(line: str, start: Look) -> tuple[list[Cell], Look]:
    """A line of ``capture-pane -e``: text with renditions. Read independently of the code under test."""
    fg, bg, flags = start[0], start[1], set(start[2])
    cells = []
    for found in _pieces.finditer(line):
        if (character := found[2]) is not None:
            cells.append(Cell(character, (fg, bg, "".join(f[0] for f in FLAGS if f[0] in flags))))
        elif found[1] is not None:
            codes = [int(code or 0) for code in found[1].replace(":", ";").split(";")]
            while codes:
                code = codes.pop(0)
                if code == 0:
                    fg, bg, flags = "default", "default", set()
                elif code in (38, 48):
                    if codes.pop(0) == 5:
                        value = colour(codes.pop(0))
                    else:
                        value = "".join(f"{codes.pop(0):02x}" for _ in range(3))
                    fg, bg = (value, bg) if code == 38 else (fg, value)
                elif 30 <= code <= 37 or 90 <= code <= 97:
                    fg = colour(code - 30 if code < 40 else code - 82)
                elif 40 <= code <= 47 or 100 <= code <= 107:
                    bg = colour(code - 40 if code < 50 else code - 92)
                elif code == 39:
                    fg = "default"
                elif code == 49:
                    bg = "default"
                elif code in (1, 2, 3, 4, 7, 9):
                    flags.add({1: "b", 2: "d", 3: "i", 4: "u", 7: "r", 9: "s"}[code])
                else:
                    flags -= set({22: "bd", 23: "i", 24: "u", 27: "r", 29: "s"}.get(code, ""))
    return cells, (fg, bg, "".join(sorted(flags)))


class Tmux:
    """A tmux server of its own with one pane that shows what is written to it."""

    def __init__(self, columns: int, rows: int) -> None:
        if not shutil.which("tmux"):
            raise Unavailable("tmux is not installed")
        self._folder = tempfile.TemporaryDirectory(prefix="codexbridge-tmux-")
        folder = Path(self._folder.name)
        self._tmux = ["tmux", "-S", str(folder / "socket"), "-f", "/dev/null"]
        self._fifo = folder / "bytes"
        os.mkfifo(self._fifo)
        configuration = ["set -g status off", "set -g history-limit 2000", "set -g default-terminal tmux-256color"]
        (folder / "conf").write_text("\n".join(configuration))
        self._tmux[-1] = str(folder / "conf")
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        environment.pop("TMUX", None)
        size = ["-x", str(columns), "-y", str(rows)]
        shown = f"stty raw -echo; exec cat {self._fifo}"
        subprocess.run([*self._tmux, "-u", "new-session", "-d", *size, shown], check=True, env=environment, timeout=20)
        self._pipe = self._fifo.open("wb", buffering=0)
        self._marks = 0

    def write(self, data: bytes, timeout: float = 60.0) -> None:
        """Give ``data`` to the pane and wait until it has been read: a title is set last, and asked for."""
        self._marks += 1
        mark = f"mark{self._marks}"
        self._pipe.write(data + f"\x1b]2;{mark}\x1b\\".encode())
        end = time.monotonic() + timeout
        while self._ask("display-message", "-p", "#{pane_title}").strip() != mark:
            if time.monotonic() > end:
                raise TimeoutError("tmux did not read everything")
            time.sleep(0.005)

    def picture(self) -> Picture:
        text = self._ask("capture-pane", "-p", "-e", "-N")
        rows, carried = [], PLAIN_LOOK
        for line in text.split("\n")[:-1]:
            cells, carried = read_captured(line, carried)
            rows.append(trim(cells))
        x, y = self._ask("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return Picture(rows, (int(x), int(y)), frozenset())

    def _ask(self, *command: str) -> str:
        done = subprocess.run([*self._tmux, *command], capture_output=True, check=True, timeout=20)
        return done.stdout.decode("utf-8", "replace")

    def close(self) -> None:
        self._pipe.close()
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=20)
        self._folder.cleanup()
