"""Upload tokens in messages: ``[image: <id>]`` becomes a file in the workspace and a sentence that names it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from codexbridge.runtime.sidecar import Upload, UploadRefused

log = logging.getLogger(__name__)

_TOKEN = re.compile(r"\[image: *([0-9a-f-]{36})\]", re.IGNORECASE)
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    "application/json": "json",
}
NATIVE = frozenset({"png", "jpg", "jpeg", "gif", "webp"})
"""Endings of files that Codex can take as images."""


class Expanded(NamedTuple):
    """A message with its tokens resolved, and the images among them."""

    text: str
    images: tuple[str, ...]


def has_tokens(text: str) -> bool:
    return _TOKEN.search(text) is not None


async def expand(text: str, workspace: Path, fetch: Callable[[str], Awaitable[Upload]]) -> Expanded:
    """Replace every token of ``text``. Each upload is fetched once. Never raises for what the sidecar does."""
    wanted = list(dict.fromkeys(found[1] for found in _TOKEN.finditer(text)))
    results = dict(zip(wanted, await asyncio.gather(*(_one(i, workspace, fetch) for i in wanted)), strict=True))
    images = tuple(str(path) for _, path in results.values() if path and path.suffix[1:] in NATIVE)
    return Expanded(_TOKEN.sub(lambda found: results[found[1]][0], text), images)


async def _one(upload_id: str, workspace: Path, fetch: Callable[[str], Awaitable[Upload]]) -> tuple[str, Path | None]:
    try:
        upload = await fetch(upload_id)
        path = await asyncio.to_thread(_save, workspace, upload_id, upload)
    except UploadRefused as error:
        log.warning("upload %s is unavailable: %s", upload_id, error)
        return f"(upload {upload_id}: unavailable)", None
    except Exception as error:
        log.warning("upload %s failed: %s", upload_id, error)
        return f"(upload {upload_id}: error)", None
    kind = "image" if path.suffix[1:] in NATIVE else "file"
    return f"(the uploaded {kind} is at {path})", path


def _save(workspace: Path, upload_id: str, upload: Upload) -> Path:
    ending = _ENDINGS.get(upload.mime.partition(";")[0].strip().lower(), "bin")
    folder = workspace / ".x1" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{upload_id}.{ending}"
    # Codex must never find half a file, as a full disk would leave it.
    part = folder / f".{upload_id}.part"
    try:
        part.write_bytes(upload.content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return path
