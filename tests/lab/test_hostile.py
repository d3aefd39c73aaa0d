"""The table of texts, and the model that listens."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from codexbridge.lab.delivery import select
from codexbridge.lab.hostile import texts
from codexbridge.lab.listener import Listener, call, message, outputs, patch, user_texts
from codexbridge.lab.odd import draw


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def test_there_are_many_and_each_has_a_name() -> None:
    made = texts(("send a message",))
    assert len(made) >= 200
    assert len({name for name, _ in made}) == len(made)
    assert any(text == "send a message" for _, text in made)
    assert any(len(text) >= 100_000 for _, text in made)


def post(url: str, body: dict[str, Any]) -> str:
    request = urllib.request.Request(
        f"{url}/responses", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
        return str(reply.read().decode())


def test_it_keeps_what_it_heard_in_order() -> None:
    with Listener() as listener:
        own = said("<environment_context>\n<cwd>/</cwd>\n</environment_context>")
        assert "heard 1" in post(listener.url, {"input": [own, said("one")]})
        assert "heard 2" in post(listener.url, {"input": [own, said("one"), said("two")]})
        post(listener.url, {"input": [own, said("Generate a concise, single-line task title for: x")]})
        assert listener.heard == ["one", "two"]
        post(listener.url, {"input": [said("anew")]})
        assert (listener.before, listener.heard) == (["one", "two"], ["anew"])


def test_plans_and_tools() -> None:
    shell = {"tools": [{"type": "function", "name": "exec_command"}, {"type": "custom", "name": "apply_patch"}]}
    assert json.loads(call(shell, "ls")["arguments"]) == {"cmd": "ls"}
    assert json.loads(call({"tools": []}, "ls")["arguments"]) == {"command": ["bash", "-lc", "ls"]}
    for name, known in (("shell", "sandbox_permissions"), ("shell_command", "with_escalated_permissions")):
        offer = {"tools": [{"name": name, "parameters": {"properties": {known: {}}}}]}
        assert known in json.loads(call(offer, "ls", escalate="to write")["arguments"])
    assert patch(shell, "*** Begin Patch")["type"] == "custom_tool_call"
    assert "apply_patch" in patch({"tools": [{"name": "exec_command"}]}, "x")["arguments"]
    assert outputs({"input": [said("a"), {"type": "function_call_output", "call_id": "c"}]})
    assert user_texts({"input": [said("a"), said("<turn_aborted>x")]}) == ["a"]
    with Listener(lambda request, text: 500 if text == "fail" else [message("planned")]) as listener:
        assert "planned" in post(listener.url, {"input": [said("go")]})
        assert listener.answer({"input": [said("fail")]}) == 500


def test_texts_drawn_at_random_are_the_same_for_the_same_seed() -> None:
    drawn = draw(300, 5, ("Ask me",))
    assert drawn == draw(300, 5, ("Ask me",))
    assert drawn != draw(300, 6, ("Ask me",))
    every = "".join(text for _, text in drawn)
    for piece in ("\x1b[201~", "\x00", "\r", "\u202e", "\u200d", "\u00a0", "\t", "\\", "@REA", "Ask me"):
        assert piece in every


def test_shares_are_all_of_it_once() -> None:
    parts = [select(share=f"{n}/7") for n in range(1, 8)]
    assert sorted(text for part in parts for text in part) == sorted(select())
    assert len(select(drawn=10)) == 10
    for wrong in ("0/3", "4/3", "x", "1"):
        with pytest.raises(ValueError, match="2/5"):
            select(share=wrong)
