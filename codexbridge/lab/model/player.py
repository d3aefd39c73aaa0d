"""Plays a scenario: given a request, what to answer; and the truth record of what came of it."""

from __future__ import annotations

import threading
from asyncio import sleep
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from codexbridge.lab.model import wire
from codexbridge.lab.model.conversation import Place, answers, folded, is_side_request, locate, user_texts
from codexbridge.lab.model.tools import Toolbox
from codexbridge.lab.scenario import Drop, Fault, Part, Response, Scenario
from codexbridge.lab.truth import Entry, Kind, Truth, TurnTruth, flatten, read_answer

Json = dict[str, Any]

_KINDS: dict[str, Kind] = {
    "message": "agent_message",
    "reasoning": "reasoning",
    "command": "command_execution",
    "patch": "file_change",
    "plan": "todo_list",
    "mcp": "mcp_tool_call",
    "search": "web_search",
    "image": "image_view",
}


class Refusal(Exception):
    """An HTTP error to serve: ``status``, ``body``, ``headers``."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.status)
        self.fault = fault


class Player:
    """The scripted model without HTTP. One object per conversation.

    ``truth`` may be read at any time under ``lock``; ``on_change`` is called, in the server's thread, with a turn
    (from 0) and ``"asked"`` when the turn's first request came in, ``"ended"`` when its last answer was given.
    """

    def __init__(self, scenario: Scenario, truth_file: Path | None = None) -> None:
        self.scenario = scenario
        self.truth = Truth(scenario=scenario.name)
        self.lock = threading.RLock()
        self.on_change: Callable[[int, str], None] | None = None
        self._truth_file = truth_file
        self._numbers = count(1)
        self._attempts: dict[tuple[int, int], int] = {}
        self._turns: dict[int, TurnTruth] = {}
        self._history: dict[str, list[Json]] = {}
        self._floor = 0
        self._ended: set[int] = set()
        self.last_request = monotonic()
        """When the last request came in, for who must guess that a turn has failed."""
        self.streaming = 0
        """Answers that are being given now."""

    def open(self, request: Json) -> AsyncIterator[bytes]:
        """Answer one request with a stream of events.

        Raises:
            Refusal: the script wants an HTTP error here.
        """
        self.last_request = monotonic()
        items = self._whole_input(request)
        toolbox = Toolbox([tool for tool in request.get("tools") or [] if isinstance(tool, dict)])
        response_id = f"resp_{next(self._numbers)}"
        with self.lock:
            self._note_answers(items)
            if is_side_request(request):
                return self._aside(response_id, "title or summary", items)
            place = locate(items, self.scenario, self._floor)
            if place is None:
                return self._aside(response_id, "no user message", items)
            if toolbox.names():
                self.truth.tools = toolbox.names()
            turn = self._enter(place)
            response, number = self._choose(place)
            attempt = self._attempts.get((place.turn, number), 0)
            self._attempts[place.turn, number] = attempt + 1
            self._save()
        self._tell(place.turn, "asked")
        fault = response.error
        if fault and (fault.times == 0 or attempt < fault.times):
            self._note(turn, Entry(kind="error", text=_fault_text(fault)))
            self._tell(place.turn, "ended" if fault.times == 0 else "asked")
            if fault.status != 200:
                raise Refusal(fault)
            return _fail(response_id, fault)
        failures = fault.times if fault else 0
        drop = response.drop
        if drop and drop.times and attempt - failures >= drop.times:
            drop = None
        return self._play(place.turn, number, turn, response, drop, toolbox, response_id, items)

    def headers(self, request: Json) -> dict[str, str]:
        """HTTP headers that the script wants on the answer to ``request``."""
        place = locate(self._whole_input(request), self.scenario, self._floor)
        return self._choose(place)[0].headers if place and not is_side_request(request) else {}

    def ended(self, turn: int) -> bool:
        """Whether the last answer of a turn was given at least once."""
        with self.lock:
            return turn in self._ended

    def _whole_input(self, request: Json) -> list[Json]:
        given = request.get("input")
        if isinstance(given, str):
            given = [{"type": "message", "role": "user", "content": given}]
        items = [item for item in given or [] if isinstance(item, dict)]
        return [*self._history.get(str(request.get("previous_response_id")), []), *items]

    def _enter(self, place: Place) -> TurnTruth:
        self._floor = max(self._floor, place.turn)
        turn = self._turns.get(place.turn)
        if turn is None:
            turn = self._turns[place.turn] = TurnTruth(user=place.user)
            if place.turn < len(self.scenario.turn) and self.scenario.turn[place.turn].user != place.user:
                turn.sent = self.scenario.turn[place.turn].user
            self.truth.turns.append(turn)
        for text in place.steered:
            if text not in turn.steered:
                turn.steered.append(text)
        return turn

    def _choose(self, place: Place) -> tuple[Response, int]:
        if place.turn >= len(self.scenario.turn):
            return Response(items=[Part(message="The script ends here.")]), 0
        turn = self.scenario.turn[place.turn]
        number = place.response
        if number < len(turn.response):
            answered = (place.turn, len(turn.response) - 1) in self._attempts and place.steered
            if not (answered and number == len(turn.response) - 1):
                return turn.response[number], number
        replies = [extra.reply for extra in turn.busy if folded(extra.text) in map(folded, place.steered)]
        if replies:
            return Response(items=[Part(message=replies[-1])]), len(turn.response) + len(place.steered)
        return Response(items=[Part(message="The script has no more to say.")]), number

    async def _play(self, *arguments: Any) -> AsyncIterator[bytes]:
        self.streaming += 1
        try:
            async for data in self._said(*arguments):
                yield data
        finally:
            self.streaming -= 1

    async def _said(
        self,
        turn_number: int,
        number: int,
        turn: TurnTruth,
        response: Response,
        drop: Drop | None,
        toolbox: Toolbox,
        response_id: str,
        items: list[Json],
    ) -> AsyncIterator[bytes]:
        if response.pause:
            await sleep(response.pause / 1000)
        yield wire.created(response_id)
        output: list[Json] = []
        left = drop.after if drop else None
        called = False
        script = [(number, index, part) for index, part in enumerate(response.items)]
        while script:
            at, index, part = script.pop(0)
            key = f"{turn_number}_{at}_{index}"
            entry = _entry(part)
            if part.message is not None or part.reasoning is not None:
                if part.message is not None:
                    item_id = f"msg_{key}"
                    stream = wire.message_events(item_id, part.message, part.chunk, len(output))
                    item = wire.message(item_id, part.message)
                else:
                    item_id = f"rs_{key}"
                    stream = wire.reasoning_events(item_id, part.reasoning or [], part.chunk, len(output))
                    item = wire.reasoning(item_id, part.reasoning or [])
                said = ""
                try:
                    for delta, data in stream:
                        if left is not None and delta and len(said) + len(delta) > left:
                            entry.state = "dropped"
                            entry.text = said
                            return
                        yield data
                        said += delta
                        if delta and part.pause:
                            await sleep(part.pause / 1000)
                    left = None if left is None else left - len(said)
                except BaseException:
                    # The client went away: it saw a part, and how much of it only the screen knows.
                    entry.state, entry.text, turn.interrupted = "cut", said, True
                    raise
                finally:
                    self._note(turn, entry)
                output.append(item)
                continue
            call = toolbox.call(part, f"call_{key}")
            if call is None:
                entry.state = "not_offered"
                self._note(turn, entry)
            else:
                entry.call_id = f"call_{key}"
                entry.tool = entry.tool or str(call.get("name", call["type"]))
                called = called or call["type"] != "web_search_call"
                self._note(turn, entry)
                for _, data in wire.call_events(call, len(output)):
                    yield data
                output.append(call)
            if not script and not called:
                # Nothing was called, so no request will follow: what the next answer would be belongs here.
                number += 1
                script = self._more(turn_number, number) if _wants_tools(response) else []
        if left is not None:
            return
        self._history[response_id] = [*items, *output]
        yield wire.completed(response_id, output, response.usage)
        if not called:
            with self.lock:
                self._ended.add(turn_number)
            self._tell(turn_number, "ended")

    def _more(self, turn: int, number: int) -> list[tuple[int, int, Part]]:
        responses = self.scenario.turn[turn].response if turn < len(self.scenario.turn) else []
        if number >= len(responses):
            return []
        return [(number, index, part) for index, part in enumerate(responses[number].items)]

    async def _aside(self, response_id: str, what: str, items: list[Json]) -> AsyncIterator[bytes]:
        texts = user_texts(items)
        with self.lock:
            self.truth.side_requests.append(f"{what}: {folded(texts[-1])[:80] if texts else ''}")
        text = "A conversation with a scripted model."
        yield wire.created(response_id)
        for _, data in wire.message_events(f"msg_{response_id}", text, 80, 0):
            yield data
        yield wire.completed(response_id, [wire.message(f"msg_{response_id}", text)], Response().usage)

    def _note_answers(self, items: list[Json]) -> None:
        for call_id, raw in answers(items).items():
            entry = self.truth.entry(call_id)
            if entry is None or entry.output is not None:
                continue
            answer = read_answer(raw)
            entry.output, entry.exit_code = answer.output, answer.exit_code
            entry.truncated = answer.truncated
            # Of an MCP tool the script knows how it answers; what the model is told seldom says it.
            entry.failed = answer.failed if answer.failed is not None else entry.failed
            if "aborted by user" in answer.output[:200]:
                self._turn_of(entry).interrupted = True
            text = flatten(raw)
            entry.raw = text if text != answer.output else ""

    def _turn_of(self, entry: Entry) -> TurnTruth:
        return next(turn for turn in self.truth.turns if any(entry is one for one in turn.entries))

    def _note(self, turn: TurnTruth, entry: Entry) -> None:
        with self.lock:
            last = turn.entries[-1] if turn.entries else None
            if last and entry.kind == last.kind == "error" and entry.text == last.text:
                last.times += 1
            else:
                turn.entries.append(entry)
            self._save()

    def _save(self) -> None:
        if self._truth_file:
            self.truth.save(self._truth_file)

    def _tell(self, turn: int, what: str) -> None:
        if what == "ended":
            self._ended.add(turn)
        if self.on_change:
            self.on_change(turn, what)


async def _fail(response_id: str, fault: Fault) -> AsyncIterator[bytes]:
    yield wire.created(response_id)
    yield wire.failed(response_id, fault.body)


def _fault_text(fault: Fault) -> str:
    error = fault.body.get("error", fault.body)
    text = error.get("message") or error.get("code") or error.get("type") if isinstance(error, dict) else error
    return f"{fault.status} {text or ''}".strip()


def _wants_tools(response: Response) -> bool:
    return any(part.message is None and part.reasoning is None for part in response.items)


def _entry(part: Part) -> Entry:
    entry = Entry(kind=_KINDS[part.kind])
    entry.text = part.message or part.command or part.patch or part.search or part.image or part.explanation
    if part.reasoning is not None:
        entry.parts, entry.text = part.reasoning, "\n\n".join(part.reasoning)
    if part.plan is not None:
        entry.steps = [{"text": step.step, "status": step.status} for step in part.plan]
    if part.mcp is not None:
        entry.tool, entry.arguments = f"{part.mcp.server}.{part.mcp.tool}", part.mcp.arguments
        entry.failed = part.mcp.fails
    return entry
