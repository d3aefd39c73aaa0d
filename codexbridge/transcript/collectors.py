"""The collector for each delivery."""

from __future__ import annotations

from codexbridge.transcript.fullscreen import FullscreenCollector
from codexbridge.transcript.inline import InlineCollector
from codexbridge.transcript.lines import Collector
from codexbridge.transcript.rewrite import RewriteCollector

_COLLECTORS: dict[str, type[Collector]] = {
    "fullscreen": FullscreenCollector,
    "inline": InlineCollector,
    "rewrite": RewriteCollector,
}


def collector(delivery: str) -> Collector:
    """A fresh collector; raises ValueError for a delivery that does not exist."""
    if delivery not in _COLLECTORS:
        raise ValueError(f"no collector for delivery {delivery!r}")
    return _COLLECTORS[delivery]()
