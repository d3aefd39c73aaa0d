"""The platform's sidecar: session events go to it, uploads come from it. None of it ever blocks the core."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx
import msgspec

from codexbridge.platform import wire
from codexbridge.platform.events import Payload

log = logging.getLogger(__name__)

BOOT = 30.0
"""Seconds that a sidecar may take to come up."""

_TRIES = 3
_UPLOAD_LIMIT = 64 * 1024 * 1024


class Clock(Protocol):
    """Time as it is waited for, in seconds."""

    def now(self) -> float: ...

    def sleep(self, seconds: float, /) -> Awaitable[object]: ...


class _Real:
    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


class Upload(msgspec.Struct, frozen=True):
    """A file that a person uploaded."""

    content: bytes
    mime: str


class UploadRefused(Exception):
    """The sidecar has no such upload, or will not give it."""


class Sidecar:
    """A client of the sidecar. Close it when done."""

    def __init__(
        self, url: str, health_url: str, clean: Callable[[str], str] | None = None, clock: Clock | None = None
    ) -> None:
        self._url = url
        self._health_url = health_url
        self._clean = clean
        self._clock = clock or _Real()
        # A proxy of the environment is for the world outside, not for the next container.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(5.0), limits=httpx.Limits(max_connections=8), trust_env=False
        )

    async def wait(self, seconds: float = BOOT) -> bool:
        """Wait until the sidecar says that it is well, ``seconds`` at most; whether it did."""
        limit = self._clock.now() + seconds
        delay = 0.1
        while True:
            try:
                reply = await self._client.get(f"{self._health_url}/health", timeout=2.0)
                if reply.is_success:
                    return True
            except httpx.HTTPError:
                pass
            if self._clock.now() + delay > limit:
                return False
            await self._clock.sleep(delay)
            delay = min(delay * 2, 1.0)

    async def post(self, event: Payload) -> bool:
        """Give the sidecar a session event; whether it took it. Tried a few times, then given up with a log line."""
        body = wire.encode(event, self._clean)
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                await self._clock.sleep(0.2 * attempt)
            try:
                reply = await self._client.post(
                    f"{self._url}/event", content=body, headers={"Content-Type": "application/json"}
                )
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                continue
            if reply.is_success:
                return True
            reason = f"status {reply.status_code}"
            if reply.status_code < 500:
                break
        log.warning("the sidecar did not take %s: %s", event.TYPE, reason)
        return False

    async def upload(self, upload_id: str) -> Upload:
        """Fetch an upload.

        Raises :class:`UploadRefused` where the sidecar says no, and :class:`OSError` where it cannot be asked.
        """
        try:
            reply = await self._client.post(
                f"{self._url}/uploads/read", json={"upload_id": upload_id}, timeout=httpx.Timeout(30.0)
            )
            reply.raise_for_status()
            if len(reply.content) > _UPLOAD_LIMIT:
                raise OSError(f"upload {upload_id} is too large")
            document = msgspec.json.decode(reply.content, type=dict)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise OSError(f"upload {upload_id} cannot be fetched: {error}") from error
        if document.get("ok") is not True:
            raise UploadRefused(str(document.get("error", "refused")))
        try:
            content = base64.b64decode(str(document.get("content_b64", "")), validate=False)
        except (binascii.Error, ValueError) as error:
            raise OSError(f"upload {upload_id} is spoiled: {error}") from error
        return Upload(content, str(document.get("mime", "")))

    async def close(self) -> None:
        await self._client.aclose()
