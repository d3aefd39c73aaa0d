"""The process that ends Codex when the bridge is killed outright: ``python warden.py MARKER [HOME]``.

It waits for its standard input to end. If the bridge said that it cleaned up itself, there is nothing to do; else
everything that carries MARKER in its environment is ended, and HOME, a temporary folder of the bridge, is removed.
It imports nothing but the standard library, and little of that, so that it is there in milliseconds.
"""

import os
import signal
import sys
import time


def carrying(marker: bytes) -> list[int]:
    """Processes whose environment holds ``marker``; those that have ended count no more."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open("/proc/" + name + "/environ", "rb") as file:
                    if marker in file.read().split(b"\0"):
                        found.append(int(name))
            except OSError:
                continue  # another user's, or gone meanwhile
    return found


def main() -> None:
    """Wait, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    said = b""
    while data := os.read(0, 4096):
        said += data
    if said.endswith(b"done\n"):
        return
    marker = sys.argv[1].encode()
    started = time.monotonic()
    while pids := carrying(marker):
        elapsed = time.monotonic() - started
        if elapsed > 8:
            break
        for pid in pids:
            try:
                os.kill(pid, signal.SIGTERM if elapsed < 1 else signal.SIGKILL)
            except OSError:
                continue
        time.sleep(0.1)
    if len(sys.argv) > 2:
        home = sys.argv[2]
        if os.path.isfile(os.path.join(home, ".codexbridge")):
            import shutil

            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
