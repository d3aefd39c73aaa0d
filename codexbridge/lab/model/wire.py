"""Server-sent events of the Responses API, for one item at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from codexbridge.lab.scenario import Usage

Json = dict[str, Any]


def event(kind: str, **fields: Any) -> bytes:
    """One event, framed."""
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


def chunks(text: str, size: int) -> Iterator[str]:
    """Cut ``text`` into deltas of ``size`` characters."""
    for start in range(0, len(text), max(size, 1)):
        yield text[start : start + max(size, 1)]


def message(item_id: str, text: str) -> Json:
    """An assistant message as an output item."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": item_id, "role": "assistant", "status": "completed", "content": content}


def reasoning(item_id: str, parts: list[str]) -> Json:
    """Reasoning with a summary as an output item."""
    summary = [{"type": "summary_text", "text": part} for part in parts]
    return {"type": "reasoning", "id": item_id, "summary": summary, "content": None, "encrypted_content": None}


def message_events(item_id: str, text: str, size: int, index: int) -> Iterator[tuple[str, bytes]]:
    """The events of a message: (text that gets through with it, event)."""
    empty = {"type": "message", "id": item_id, "role": "assistant", "status": "in_progress", "content": []}
    place = {"item_id": item_id, "output_index": index, "content_index": 0}
    yield "", event("response.output_item.added", output_index=index, item=empty)
    part = {"type": "output_text", "text": "", "annotations": []}
    yield "", event("response.content_part.added", **place, part=part)
    for delta in chunks(text, size):
        yield delta, event("response.output_text.delta", **place, delta=delta)
    yield "", event("response.output_text.done", **place, text=text)
    yield "", event("response.content_part.done", **place, part={**part, "text": text})
    yield "", event("response.output_item.done", output_index=index, item=message(item_id, text))


def reasoning_events(item_id: str, parts: list[str], size: int, index: int) -> Iterator[tuple[str, bytes]]:
    """The events of reasoning, part by part: (text that gets through with it, event)."""
    empty = {"type": "reasoning", "id": item_id, "summary": []}
    yield "", event("response.output_item.added", output_index=index, item=empty)
    for number, text in enumerate(parts):
        place = {"item_id": item_id, "output_index": index, "summary_index": number}
        part = {"type": "summary_text", "text": ""}
        yield "", event("response.reasoning_summary_part.added", **place, part=part)
        for delta in chunks(text, size):
            yield delta, event("response.reasoning_summary_text.delta", **place, delta=delta)
        yield "", event("response.reasoning_summary_text.done", **place, text=text)
        yield "", event("response.reasoning_summary_part.done", **place, part={**part, "text": text})
    yield "", event("response.output_item.done", output_index=index, item=reasoning(item_id, parts))


def call_events(item: Json, index: int) -> Iterator[tuple[str, bytes]]:
    """The events of a tool call (``item`` as :class:`codexbridge.lab.model.tools.Toolbox` shapes it)."""
    started = {**item, "status": "in_progress"}
    for field in ("arguments", "input"):
        if field in started:
            started[field] = ""
    yield "", event("response.output_item.added", output_index=index, item=started)
    yield "", event("response.output_item.done", output_index=index, item=item)


def created(response_id: str) -> bytes:
    """The first event of every stream."""
    return event("response.created", response={"id": response_id, "object": "response", "status": "in_progress"})


def completed(response_id: str, output: list[Json], usage: Usage) -> bytes:
    """The last event of a stream that ends well."""
    figures = {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }
    response = {"id": response_id, "object": "response", "status": "completed", "output": output, "usage": figures}
    return event("response.completed", response=response)


def failed(response_id: str, error: Json) -> bytes:
    """The last event of a stream that ends in an error of the model's."""
    return event("response.failed", response={"id": response_id, "status": "failed", "error": error})
