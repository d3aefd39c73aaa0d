"""Figures for Prometheus, on ``/metrics`` of the event port."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from codexbridge.platform.events import Payload
from codexbridge.runtime.http import Endpoint
from codexbridge.session import api

_BUCKETS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """One registry per bridge: figures of one session never mix with another's."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("codexbridge_events", "Events published, by type.", ["type"], registry=self.registry)
        self._items = Counter(
            "codexbridge_items", "Items completed, by kind and status.", ["kind", "status"], registry=self.registry
        )
        self._turns = Counter("codexbridge_turns", "Turns ended, by status.", ["status"], registry=self.registry)
        self._messages = Counter(
            "codexbridge_messages", "Messages by what became of them.", ["state"], registry=self.registry
        )
        self._delivery = Histogram(
            "codexbridge_delivery_seconds",
            "From a message's acceptance until its echo was seen.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._unrecognized = Counter(
            "codexbridge_unrecognized_lines", "Committed lines that no rule explains.", registry=self.registry
        )
        self._drift = Counter(
            "codexbridge_drift", "Differences from the rollout file, by what differs.", ["what"], registry=self.registry
        )
        self.received = Counter("codexbridge_received_bytes", "Bytes that Codex drew.", registry=self.registry)
        self.starts = Counter("codexbridge_codex_starts", "Times that Codex was started.", registry=self.registry)
        self._accepted: dict[str, float] = {}

    def gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A figure that is read when somebody asks."""
        Gauge(f"codexbridge_{name}", about, registry=self.registry).set_function(read)

    def published(self, event: Payload) -> None:
        """An event went out."""
        self._events.labels(event.TYPE).inc()

    def observed(self, event: api.AnyEvent) -> None:
        """The core said something."""
        if isinstance(event, api.ItemCompleted):
            self._items.labels(event.item.__struct_config__.tag, event.item.status).inc()
        elif isinstance(event, api.TurnCompleted):
            self._turns.labels(event.status).inc()
        elif isinstance(event, api.Drift):
            for difference in event.differences:
                self._drift.labels(difference["what"]).inc()
        elif isinstance(event, api.Unrecognized):
            self._unrecognized.inc(len(event.lines))
        elif isinstance(event, api.Delivery):
            self._messages.labels(event.state).inc()
            if event.state == "accepted":
                self._accepted[event.message_id] = time.monotonic()
            else:
                began = self._accepted.pop(event.message_id, None)
                if began is not None and event.state == "delivered":
                    self._delivery.observe(time.monotonic() - began)

    def route(self) -> Route:
        """``/metrics``."""

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

        return Route("/metrics", Endpoint(metrics))
