"""Notices: what Codex tells its own ``notify`` program at the end of a turn, brought to the bridge.

The private home holds a folder of its own for them: a small shell script that Codex starts, and a FIFO, the *bell*.
The script writes its last argument into a file beside it and then the file's name into the bell: so short a write
is never mixed with another's, and the file is whole by then, however long it is. The script waits for nobody, so
that none stays behind when nobody listens any more.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

FOLDER = "notices"
"""Of the private home."""
_BELL = "bell"
_SCRIPT = "tell"
_LARGEST = 1 << 20
"""Bytes; Linux lets an argument have an eighth of that."""
_NAME = re.compile(rb"[0-9]{1,12}")

# Early releases leave the terminal open for it: nothing may be written there. `1<>` would make a file where there is
# no bell, and else opens it without waiting for a reader.
_TEXT = """\
#!/bin/sh
exec </dev/null >/dev/null 2>&1
umask 077
for said; do :; done
box=${0%/*}
[ -p "$box/bell" ] || exit 0
printf '%s' "$said" >"$box/$$" && printf '%s\\n' "$$" 1<>"$box/bell"
"""


def lay_out(home: Path) -> list[str] | None:
    """Make the folder in ``home``; gives the command for ``notify``, or None where there can be no such thing."""
    folder = home / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        script = folder / _SCRIPT
        script.write_text(_TEXT, "utf-8")
        script.chmod(0o600)
        bell = folder / _BELL
        if not bell.is_fifo():
            os.mkfifo(bell, 0o600)
    except OSError:
        # Not every file system has FIFOs; the bridge can do without.
        return None
    return ["/bin/sh", str(script)]


class Notices:
    """The bridge's end. ``fileno`` is for whoever waits; :meth:`take` gives what has come and never waits."""

    def __init__(self, home: Path) -> None:
        """Raises :class:`OSError` where ``home`` has no bell. What was told to nobody is dropped."""
        self._folder = home / FOLDER
        # Open for writing too: it never comes to an end, and a notice that comes while it is opened is not lost.
        self._bell = os.open(self._folder / _BELL, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rest = b""
        self.take()
        for path in self._folder.iterdir():
            if _NAME.fullmatch(path.name.encode()):
                with contextlib.suppress(OSError):
                    path.unlink()

    def fileno(self) -> int:
        """The descriptor that becomes readable when a notice has come."""
        return self._bell

    def take(self) -> list[str]:
        """The notices that have come since, in order. What cannot be read is left out."""
        while True:
            try:
                data = os.read(self._bell, 65536)
            except BlockingIOError:
                break
            except InterruptedError:
                continue
            if not data:
                break
            self._rest += data
        *names, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-16:]
        # Anybody with the rights of this user can write into the bell: only names that the script gives count.
        texts = [self._read(name.decode()) for name in names if _NAME.fullmatch(name)]
        return [text for text in texts if text is not None]

    def close(self) -> None:
        """Listen no more; may be called again."""
        if self._bell >= 0:
            os.close(self._bell)
            self._bell = -1

    def _read(self, name: str) -> str | None:
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(_LARGEST + 1)
        except OSError:
            return None
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
        # Text that is no UTF-8 is no notice, but what comes of it is for the reader to say.
        return data.decode("utf-8", "replace") if len(data) <= _LARGEST else None
