"""Put casts into the corpus: ``python -m tests.terminal.add_recording PREFIX CAST...``.

``PREFIX`` is the machine's folder that the recording shows (``/tmp/run-1/``). It is replaced by one of the same
length, so that not one cell of the screen moves.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from tests.terminal.corpus import FOLDER


def neutral(prefix: str) -> str:
    """A path that names nobody, as long as ``prefix``."""
    ending = "/" if prefix.endswith("/") else ""
    body = "/home/user/projects/mine/and/others"[: len(prefix) - len(ending)].ljust(len(prefix) - len(ending), "x")
    return (body[:-1] + "s" if body.endswith("/") else body) + ending


def main(prefix: str, names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in map(Path, names):
        lines = name.read_text("utf-8").replace(prefix, neutral(prefix)).splitlines()
        kept = [lines[0], *(line for line in lines[1:] if json.loads(line)[1] == "o")]
        data = gzip.compress("\n".join(kept).encode() + b"\n", 9, mtime=0)
        (FOLDER / f"{name.stem}.cast.gz").write_bytes(data)
        print(f"{name.stem:28} {len(data):8} bytes")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
