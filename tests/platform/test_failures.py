"""Which failures end a session."""

from __future__ import annotations

import pytest

from codexbridge.platform.failures import FailureGuard, is_terminal, limit_from


@pytest.mark.parametrize(
    "text",
    [
        "unexpected status 401 Unauthorized: bad, url: http://127.0.0.1/v1/responses",
        "exceeded retry limit, last status: 401 Unauthorized",
        "OpenAI rejected the request. Error details: Status: 401, Code: invalid_api_key",
        "Please run `codex login` first",
        "Not logged in",
        "Your credentials have expired. credentials expired",
        "The model `x-9` does not exist or you do not have access to it",
        "unsupported model",
        "Missing bearer or basic authentication in header",
        "billing_error",
    ],
)
def test_terminal(text: str) -> None:
    assert is_terminal(text)


@pytest.mark.parametrize(
    "text",
    [
        "exceeded retry limit, last status: 429 Too Many Requests",
        "Quota exceeded. Check your plan and billing details.",
        "You've hit your usage limit.",
        "stream disconnected before completion: stream closed before response.completed",
        "We're currently experiencing high demand, which may cause temporary errors.",
        "Codex ran out of room in the model's context window. Start a new conversation.",
        "port 4010 in use",
    ],
)
def test_passing(text: str) -> None:
    assert not is_terminal(text)


def test_three_in_a_row_and_a_success_between() -> None:
    guard = FailureGuard()
    assert [guard.failed("500").kind, guard.failed("500").kind] == ["retry", "retry"]
    guard.succeeded()
    assert [guard.failed("500").kind for _ in range(3)] == ["retry", "retry", "consecutive"]
    assert guard.failed("again").message == "Provider failed 4 consecutive turns: again"


def test_terminal_message_is_redacted_and_short() -> None:
    decision = FailureGuard().failed("401 for " + "sk-" + "A1b2C3d4E5f6" + " " + "x" * 5000)
    assert decision.kind == "terminal"
    assert decision.message.startswith("Provider authentication or configuration failed: 401 for [redacted] x")
    assert len(decision.message) < 2100


@pytest.mark.parametrize(
    ("text", "limit"),
    [(None, 3), ("", 3), ("0", 3), ("5", 5), ("2.7", 2), ("0.5", 1), ("-4", 1), ("nan", 3), ("inf", 3)],
)
def test_limit(text: str | None, limit: int) -> None:
    assert limit_from(text) == limit
