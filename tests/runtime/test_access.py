"""Who may come in."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from codexbridge.runtime.access import Guarded, Policy
from codexbridge.runtime.http import Endpoint, health


def headers(**named: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8788",
        "LOCALHOST.",
        "127.0.0.1:8788",
        "10.1.2.3:3100",
        "[::1]:8788",
        "[fe80::1]",
        "bridge:1",
    ],
)
def test_addresses_and_known_names_pass(host: str) -> None:
    assert Policy(hosts=frozenset({"bridge"})).refuse(headers(host=host), "/inject") is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:8788", "127.0.0.1.nip.io", "", "[::1", "localhost:x"]
)
def test_other_names_do_not(host: str) -> None:
    refused = Policy().refuse(headers(host=host), "/inject")
    assert (refused is None) == (host == "[::1")
    if refused:
        assert refused[0] == 421


def test_two_hosts_are_one_too_many() -> None:
    assert Policy().refuse([*headers(host="localhost"), *headers(host="localhost")], "/") is not None


def test_a_program_without_a_host_passes() -> None:
    assert Policy().refuse([], "/inject") is None


@pytest.mark.parametrize("origin", ["http://localhost:3000", "null", "https://evil.example"])
def test_pages_do_not_pass(origin: str) -> None:
    refused = Policy().refuse(headers(host="localhost", origin=origin), "/inject")
    assert refused is not None
    assert refused[0] == 403


def test_a_page_without_origin_gives_itself_away() -> None:
    assert Policy().refuse(headers(host="localhost", sec_fetch_site="cross-site"), "/stream") is not None
    assert Policy().refuse(headers(host="localhost", sec_fetch_site="none"), "/stream") is None


def test_an_allowed_origin_passes() -> None:
    policy = Policy(origins=frozenset({"http://localhost:3000"}))
    assert policy.refuse(headers(host="localhost", origin="http://localhost:3000"), "/inject") is None


def test_the_token_is_asked_for_everywhere_but_at_health() -> None:
    policy = Policy(token="geheim")
    assert policy.refuse(headers(host="localhost"), "/health") is None
    for path in ("/stream", "/inject", "/ws", "/health/", "/metrics"):
        refused = policy.refuse(headers(host="localhost"), path)
        assert refused is not None
        assert refused[0] == 401
    assert policy.refuse(headers(host="localhost", authorization="Bearer geheim"), "/inject") is None
    assert policy.refuse(headers(host="localhost", authorization="bearer  geheim "), "/inject") is None
    for wrong in ("Bearer", "Bearer geheim2", "Basic geheim", "geheim", "Bearer gehe\u00efm"):
        assert policy.refuse(headers(host="localhost", authorization=wrong), "/inject") is not None


async def test_on_the_wire(serve_app, ask) -> None:  # type: ignore[no-untyped-def]
    port = await serve_app(Guarded(Starlette(routes=[Route("/health", Endpoint(health))]), Policy()))
    status, _, body = await ask(port, "GET", "/health", headers="Origin: http://evil.example\r\n")
    assert status in (403, 421)
    assert b"\n" not in body
