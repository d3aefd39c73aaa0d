"""An uploaded image reaches the model as an image, wherever the release can take one; the text beside it is exact."""

from __future__ import annotations

import re

import pytest

from codexbridge.grammar.look import load
from codexbridge.grammar.releases import table
from codexbridge.lab.bench import Bench
from codexbridge.session.api import Delivery, SendMessage
from codexbridge.session.traits import traits
from tests.runtime.sidecar_stand_in import PIXEL

pytestmark = pytest.mark.live

BEYOND = [pytest.param(v, marks=pytest.mark.slow) for v in ("0.23.0", "0.25.0", "0.36.0", "0.98.0", "0.155.0")]


@pytest.mark.parametrize("version", ["0.1.2504172351", "0.47.0", "0.169.0", "0.20.0", "0.29.0", "0.135.0", *BEYOND])
def test_an_image_reaches_the_model(version: str) -> None:
    row = table().find(version)[0]
    can = traits(load(row.look).traits, row.traits).images
    with Bench(version) as bench:
        bench.start()
        pictures = [
            bench.base / "work" / ".x1" / "uploads" / f"{name} {number}.png" for number, name in enumerate("ab")
        ]
        for picture in pictures:
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(PIXEL)
        text = f"/Compare (the uploaded image is at {pictures[0]})\nwith the other!"
        bench.command(SendMessage(id="m", text=text, images=tuple(map(str, pictures))))
        assert bench.wait(lambda: any(said.state == "delivered" for said in bench.seen(Delivery)), 40)
        assert bench.wait(lambda: bool(bench.listener.requests), 20)
        # One more, without images, comes alone; and so does a text that is nothing but the path of an image.
        plain = bench.send("And now?")
        path = bench.send(str(pictures[1]))
        bench.wait(lambda: len(bench.listener.heard) > 2, 20)
        heard, requests = bench.listener.heard, bench.listener.requests
        (altered,) = [
            said.altered for said in bench.seen(Delivery) if said.message_id == "m" and said.state == "delivered"
        ]
    content = next(item["content"] for item in requests[0]["input"] if "Compare" in str(item.get("content")))
    images = [part for part in content if part["type"] == "input_image"]
    assert len(images) == (0 if can == "none" else 2)
    assert all(image["image_url"].startswith("data:image/png;base64,") for image in images)
    words = [part["text"] for part in content if part["type"] == "input_text" and "Compare" in part["text"]][-1]
    sent = text.replace("/C", "\u2060/C").replace(".png", ".\u2060png") if can == "named" else text
    stand_ins = re.match(r"(?:\[[^\]\n]*\] )*", words)[0] if can == "pasted" else ""  # type: ignore[index]
    assert words == stand_ins + sent
    assert bool(altered) == (words != text)
    assert plain is not None
    assert plain.state == "delivered"
    assert heard[1] == "And now?"
    assert path is not None
    assert path.state == "delivered"
    assert heard[2].replace("\u2060", "") == str(pictures[1])
    later = [item for item in requests[-1]["input"] if "Compare" not in str(item.get("content"))]
    assert "input_image" not in str(later)
