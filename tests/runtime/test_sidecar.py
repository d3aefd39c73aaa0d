"""The client of the sidecar, and upload tokens."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from codexbridge.platform.events import SessionCompleted, SessionStarted
from codexbridge.runtime import uploads
from codexbridge.runtime.sidecar import Sidecar, Upload, UploadRefused
from tests.runtime.sidecar_stand_in import PIXEL, StandIn, image

ONE = "0f8fad5b-d9cb-469f-a165-70867728950e"
TWO = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


class Clock:
    """Time goes by where it is waited for, and nowhere else."""

    def __init__(self, then: Callable[[int], None] = lambda _: None) -> None:
        self.slept: list[float] = []
        self._then = then

    def now(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float, /) -> None:
        self.slept.append(seconds)
        self._then(len(self.slept))


async def test_waiting_for_health() -> None:
    with StandIn(healthy_after=math.inf) as stand_in:
        clock = Clock(lambda times: stand_in.recover() if times == 6 else None)
        sidecar = Sidecar(stand_in.url, stand_in.health_url, clock=clock)
        assert await sidecar.wait(30)
        assert clock.slept == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
        assert stand_in.health_asked == 7
        await sidecar.close()


async def test_a_sidecar_that_never_comes() -> None:
    clock = Clock()
    sidecar = Sidecar("http://127.0.0.1:9", "http://127.0.0.1:9", clock=clock)
    assert not await sidecar.wait(3)
    assert clock.slept == [0.1, 0.2, 0.4, 0.8, 1.0]
    assert not await sidecar.post(SessionStarted(agent_id="a", session_id="s"))
    with pytest.raises(OSError, match="cannot be fetched"):
        await sidecar.upload(ONE)
    await sidecar.close()


async def test_events_are_tried_again_and_cleaned() -> None:
    with StandIn() as stand_in:
        stand_in.refuse_events = 2
        clock = Clock()
        sidecar = Sidecar(stand_in.url, stand_in.health_url, lambda text: text.replace("secret", "***"), clock)
        assert await sidecar.post(SessionCompleted(result="a secret \u00e9"))
        assert stand_in.posted == [{"type": "session.completed", "payload": {"result": "a *** \u00e9"}}]
        stand_in.refuse_events = 9
        assert not await sidecar.post(SessionCompleted())
        assert clock.slept == [0.2, 0.4, 0.2, 0.4]
        await sidecar.close()


async def test_uploads() -> None:
    with StandIn() as stand_in:
        stand_in.uploads = {ONE: image(), TWO: {"ok": True, "content_b64": 5}}
        sidecar = Sidecar(stand_in.url, stand_in.health_url)
        assert await sidecar.upload(ONE) == Upload(PIXEL, "image/png")
        with pytest.raises(UploadRefused, match="not found"):
            await sidecar.upload("other")
        await sidecar.close()


async def test_tokens_become_sentences(tmp_path: Path) -> None:
    asked: list[str] = []

    async def fetch(upload_id: str) -> Upload:
        asked.append(upload_id)
        await asyncio.sleep(0)
        if upload_id == TWO:
            raise UploadRefused("no")
        return Upload(b"x", "image/png" if upload_id == ONE else "text/csv; charset=utf-8")

    three = "3f333df6-90a4-4fda-8dd3-9485d27cee36"
    text = f"see [image: {ONE}] and [IMAGE:{ONE}], [image:   {TWO}], [image: {three}], [image: short]"
    expanded = await uploads.expand(text, tmp_path, fetch)
    picture = tmp_path / ".x1" / "uploads" / f"{ONE}.png"
    table = picture.with_name(f"{three}.csv")
    assert expanded.text == (
        f"see (the uploaded image is at {picture}) and (the uploaded image is at {picture}), "
        f"(upload {TWO}: unavailable), (the uploaded file is at {table}), [image: short]"
    )
    assert expanded.images == (str(picture),)
    assert picture.read_bytes() == b"x"
    assert asked == [ONE, TWO, three]


async def test_a_failure_is_a_sentence_too(tmp_path: Path) -> None:
    async def fetch(upload_id: str) -> Upload:
        raise OSError("disk full")

    expanded = await uploads.expand(f"[image: {ONE}]", tmp_path, fetch)
    assert expanded == (f"(upload {ONE}: error)", ())
