"""The input port as a WebSocket, on ``/inject`` and ``/ws``: one socket for messages, answers and events.

Every frame is a JSON object in text. One without a ``type``, or of type ``inject``, is what ``POST /inject`` takes;
its receipts come back under its ``event_id``. Other types: ``interrupt``, ``answer`` (``dialog_id``, ``choice``),
``keys`` (``keys``, only where that is allowed), ``keepalive``, ``shutdown``, ``subscribe`` (``last_event_id``,
``diagnostics``, ``new``) and ``screen`` (``follow``). A frame that is none of these gets an ``error`` and changes
nothing. A frame's ``ref``, if it has one, comes back with its reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from codexbridge.platform import wire
from codexbridge.platform.redact import Redactor
from codexbridge.runtime.hub import Hub, Reader
from codexbridge.runtime.inject_app import ShutdownRequest, shutdown_request
from codexbridge.runtime.receipts import Busy, Frame, Receipts, Watcher, is_last
from codexbridge.session import api
from codexbridge.terminal import records

log = logging.getLogger(__name__)

_KEEP_ALIVE = 3600.0

_BACKLOG = 10_000
"""Frames that a client may be behind before it is cut off."""


class Channel(Protocol):
    """What a socket does to the bridge. None of these waits."""

    receipts: Receipts
    hub: Hub
    allow_keys: bool
    redactor: Redactor
    turn_running: bool

    def inject(self, body: dict[str, Any]) -> None:
        """A message came in; raises :exc:`Busy` where too many wait."""

    def keepalive(self) -> None: ...

    def shutdown(self, request: ShutdownRequest) -> None: ...

    def tell_core(self, command: api.AnyCommand) -> None:
        """Raises ValueError for a command that makes no sense, and where Codex does not run."""

    def screen(self) -> records.Frame | None:
        """What Codex shows."""


class Refused(Exception):
    """A frame that makes no sense; the words go back to who sent it."""


def ws_routes(channel: Channel) -> list[WebSocketRoute]:
    """The routes to mount beside the input port's own."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        await _Conversation(socket, channel).run()

    return [WebSocketRoute(path, endpoint) for path in ("/inject", "/ws")]


class _Conversation:
    """One client."""

    def __init__(self, socket: WebSocket, channel: Channel) -> None:
        self._socket = socket
        self._channel = channel
        self._out: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._watchers: list[Watcher] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._readers: list[Reader] = []
        self._handlers: dict[str, Callable[[Frame], Frame | None]] = {
            "inject": self._inject,
            "interrupt": self._interrupt,
            "answer": self._answer,
            "keys": self._keys,
            "keepalive": self._keepalive,
            "shutdown": self._shutdown,
            "subscribe": self._subscribe,
            "screen": self._screen,
        }

    async def run(self) -> None:
        """Until the client goes."""
        writer = asyncio.create_task(self._write())
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] != "websocket.receive":
                    return
                self._take(message.get("text"))
        except WebSocketDisconnect:
            return
        finally:
            for watcher in self._watchers:
                self._channel.receipts.unwatch(watcher)
            for reader in self._readers:
                reader.close()
            for task in self._tasks:
                task.cancel()
            self._out.put_nowait(None)
            with contextlib.suppress(Exception):
                await writer

    def _take(self, text: str | None) -> None:
        ref: object = None
        try:
            if text is None:
                raise Refused("binary frames are not taken: send JSON as text")
            frame = _parse(text)
            ref = frame.get("ref")
            kind = frame.get("type", "inject")
            handler = self._handlers.get(kind) if isinstance(kind, str) else None
            if handler is None:
                raise Refused(f"unknown type {kind!r}; there are: {', '.join(self._handlers)}")
            reply = handler(frame)
        except Busy as busy:
            reply = {"type": "error", "message": str(busy), "retry_after": busy.retry_after}
        except (Refused, ValueError) as error:
            reply = {"type": "error", "message": str(error)}
        except Exception as error:
            # The words of an exception may quote the frame.
            log.error("a frame could not be handled: %s", type(error).__name__)
            log.debug("the frame that could not be handled", exc_info=True)
            reply = {"type": "error", "message": f"{type(error).__name__}: {error}"}
        if reply is not None:
            self._say(reply if ref is None else {**reply, "ref": ref})

    def _say(self, frame: Frame) -> None:
        if self._out.qsize() > _BACKLOG:
            log.warning("a client does not read; cut off")
            self._tasks.append(asyncio.create_task(self._socket.close(1013)))
            return
        self._out.put_nowait(frame)

    async def _write(self) -> None:
        while (frame := await self._out.get()) is not None:
            try:
                # Events and screens are clean already; what else is said may quote either.
                clean = frame if frame.get("type") in ("event", "screen") else self._clean(frame)
                await self._socket.send_text(json.dumps(clean, ensure_ascii=True, separators=(",", ":")))
            except (RuntimeError, WebSocketDisconnect):
                return

    def _clean(self, frame: Frame) -> Frame:
        # What names something must come back as it was given.
        named = {key: frame[key] for key in ("ref", "event_id") if key in frame}
        return {**wire.sanitise(frame, self._channel.redactor), **named}

    def _picture(self) -> Frame:
        return picture(self._channel.screen(), self._channel.redactor.masked)

    # ---- frames ---------------------------------------------------------------------------------------------

    def _inject(self, frame: Frame) -> Frame | None:
        if not isinstance(frame.get("text"), str):
            raise Refused("text required")
        given = frame.get("event_id")
        if given is not None and (not isinstance(given, str) or not given):
            raise Refused("event_id must be a string that is not empty")
        event_id = given or str(uuid.uuid4())
        ref = frame.get("ref")
        self._channel.inject({**frame, "event_id": event_id})

        def tell(receipt: Frame) -> None:
            if is_last(receipt) and tell in self._watchers:
                self._watchers.remove(tell)
            for reader in self._readers:
                # What was published before comes before.
                self._events(reader.take())
            self._say(receipt if ref is None else {**receipt, "ref": ref})

        self._watchers.append(tell)
        self._channel.receipts.watch(event_id, tell)
        return None

    def _interrupt(self, frame: Frame) -> Frame:
        running = self._channel.turn_running
        self._channel.tell_core(api.Interrupt())
        return {"type": "ok", "for": "interrupt", "running": running}

    def _answer(self, frame: Frame) -> Frame:
        dialog, choice = frame.get("dialog_id", frame.get("request_id")), frame.get("choice")
        if not isinstance(dialog, str) or not isinstance(choice, str):
            raise Refused("answer needs dialog_id and choice, both strings")
        self._channel.tell_core(api.Answer(dialog_id=dialog, choice=choice))
        return {"type": "ok", "for": "answer"}

    def _keys(self, frame: Frame) -> Frame:
        if not self._channel.allow_keys:
            raise Refused("keys are not allowed: start the bridge with --allow-keys")
        keys = frame.get("keys")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
            raise Refused("keys must be a list of key names, such as enter, ctrl-c or text:hello")
        self._channel.tell_core(api.Keys(keys=tuple(keys)))
        return {"type": "ok", "for": "keys"}

    def _keepalive(self, frame: Frame) -> Frame:
        self._channel.keepalive()
        return {"type": "ok", "for": "keepalive"}

    def _shutdown(self, frame: Frame) -> Frame:
        self._channel.shutdown(shutdown_request(frame))
        return {"type": "ok", "for": "shutdown"}

    def _subscribe(self, frame: Frame) -> Frame:
        last, diagnostics = frame.get("last_event_id", ""), frame.get("diagnostics", False)
        new = frame.get("new", False)
        if not isinstance(last, str) or not isinstance(diagnostics, bool) or not isinstance(new, bool):
            raise Refused("subscribe takes last_event_id, a string, and diagnostics and new, true or false")
        hub = self._channel.hub
        reader = hub.attach(diagnostics, hub.newest if new else last)
        self._readers.append(reader)
        self._tasks.append(asyncio.create_task(self._relay(reader)))
        return {"type": "subscribed"}

    async def _relay(self, reader: Reader) -> None:
        async for chunk in reader.chunks(_KEEP_ALIVE):
            self._events(chunk)
            while self._out.qsize() > _BACKLOG // 2:
                await asyncio.sleep(0.05)
        self._say({"type": "end"})

    def _events(self, data: bytes) -> None:
        """Events as ``{"type": "event", "id", "event"}``; the hub frames them for a stream, which is undone here."""
        for block in data.split(b"\n\n"):
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line and line[:1] != b":")
            if b"data" in fields:
                event = json.loads(fields[b"data"])
                self._say({"type": "event", "id": fields.get(b"id", b"").decode(), "event": event})

    def _screen(self, frame: Frame) -> Frame | None:
        follow = frame.get("follow", False)
        if not isinstance(follow, bool):
            raise Refused("follow is true or false")
        if follow:
            self._tasks.append(asyncio.create_task(self._follow(frame.get("ref"))))
            return None
        return self._picture()

    async def _follow(self, ref: object) -> None:
        """Send the screen when it has changed, at most ten times a second and never to a client that is behind."""
        known = -1
        while True:
            shown = self._channel.screen()
            number = shown.number if shown is not None else -1
            if number != known and self._out.empty():
                known = number
                self._say({**self._picture(), **({"ref": ref} if ref is not None else {})})
            await asyncio.sleep(0.1)


def picture(shown: records.Frame | None, mask: Callable[[str], str] = str) -> Frame:
    """A screen as a frame: per row its text, its runs ``[start, end, style]`` and its fill; blank rows at the end
    left out. ``mask`` takes secrets out of a text and keeps its length.
    """
    if shown is None:
        return {"type": "screen", "height": 0, "rows": [], "cursor": None, "title": ""}
    rows = [
        {
            "text": mask(row.text),
            "runs": [[run.start, run.end, _attributes(run.style)] for run in row.runs],
            "fill": row.fill,
        }
        for row in shown.rows
    ]
    while rows and not rows[-1]["text"] and rows[-1]["fill"] == "default":
        rows.pop()
    cursor = list(shown.cursor) if shown.cursor_visible else None
    return {"type": "screen", "height": len(shown.rows), "rows": rows, "cursor": cursor, "title": mask(shown.title)}


def _attributes(style: records.Style) -> dict[str, Any]:
    plain = records.PLAIN
    return {name: value for name, value in style._asdict().items() if value != getattr(plain, name)}


def _parse(text: str) -> Frame:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"malformed JSON: {error}") from None
    if not isinstance(frame, dict):
        raise Refused("a frame must be a JSON object")
    return frame
