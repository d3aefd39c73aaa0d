"""The recorded sessions under ``fixtures/terminal``: asciicast v2, compressed, one per release and size."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "fixtures" / "terminal"


class Recording(NamedTuple):
    name: str
    columns: int
    rows: int
    chunks: list[bytes]
    """The bytes as the program wrote them, in reading order."""

    @property
    def data(self) -> bytes:
        return b"".join(self.chunks)

    @classmethod
    def read(cls, path: Path) -> Recording:
        raw = path.read_bytes()
        lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").splitlines()
        header = json.loads(lines[0])
        events = map(json.loads, lines[1:])
        chunks = [text.encode("utf-8") for _, kind, text in events if kind == "o"]
        return cls(path.name.removesuffix(".gz").removesuffix(".cast"), header["width"], header["height"], chunks)


def recordings(pattern: str = "*.cast.gz") -> list[Recording]:
    return [Recording.read(path) for path in sorted(FOLDER.glob(pattern))]
