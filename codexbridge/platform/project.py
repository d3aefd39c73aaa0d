"""From what the core says to what the platform is told.

The core's events come in, in order; platform events go out, in order. There is no clock here: an error that
waits for the end of its turn is given out by :meth:`Projector.flush` when the caller has waited long enough.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET

from codexbridge import __version__
from codexbridge.items import model
from codexbridge.platform import diagnostics as say
from codexbridge.platform import tools
from codexbridge.platform.events import (
    AgentError,
    AgentPermissionRequest,
    AgentText,
    AgentThought,
    AgentUsage,
    CodexInfo,
    Payload,
    SessionInit,
)
from codexbridge.platform.failures import Decision, FailureGuard
from codexbridge.session import api

_LEAVE = ("command", "patch", "network", "mcp", "question")


class Projector:
    """One per session. ``stop`` is set once the provider's failures mean that the session is over."""

    def __init__(self, guard: FailureGuard | None = None, *, model: str = "", usage: bool = False) -> None:
        """``usage`` turns ``agent.usage`` on, with ``model`` as its model."""
        self.stop: Decision | None = None
        self._guard = guard or FailureGuard()
        self._model = model
        self._usage = usage
        self._open: dict[str, tools.ToolItem] = {}
        self._turn: int | None = None
        self._held: AgentError | None = None
        self._said: set[str] = set()
        self._outage = False
        self._tokens = 0

    @property
    def holding(self) -> bool:
        """Whether :meth:`flush` would give something."""
        return self._held is not None

    def flush(self) -> list[Payload]:
        """Give out an error that waited for its turn to end."""
        held, self._held = self._held, None
        return [] if held is None else [held]

    def project(self, event: api.AnyEvent) -> list[Payload]:
        """The platform events, ``bridge.*`` among them, that ``event`` amounts to."""
        match event:
            case api.TurnCompleted():
                return self._turn_completed(event)
            case api.Status():
                return self._status(event)
            case api.ItemStarted() | api.ItemCompleted():
                return self._item(event)
            case api.ItemUpdated():
                if isinstance(event.item, tools.ToolItem) and event.item.id in self._open:
                    self._open[event.item.id] = event.item
                return []
        # Whatever else happens, an error that waited comes before it.
        return [*self.flush(), *self._other(event)]

    def _other(self, event: api.AnyEvent) -> list[Payload]:
        match event:
            case api.Started():
                facts = {
                    "version": event.version,
                    "look": event.look,
                    "row": event.row,
                    "support": event.support,
                }
                return [
                    say.BridgeStarted(bridge=__version__, **facts),
                    SessionInit(codex=CodexInfo(**facts)),
                ]
            case api.Ready():
                return [say.BridgeReady()]
            case api.TurnStarted():
                self._turn = event.turn
                self._said.clear()
                self._outage = False
                return [say.BridgeTurn(turn=event.turn, state="started", message_id=event.message_id)]
            case api.Delivery():
                return self._delivery(event)
            case api.DialogOpened():
                return self._dialog(event)
            case api.DialogClosed():
                return [say.BridgeDialog(dialog_id=event.dialog_id, state="closed", choice=event.choice)]
            case api.Unrecognized():
                return [say.BridgeUnrecognized(lines=list(event.lines), look=event.look)]
            case api.Drift():
                return [say.BridgeDrift(turn=event.turn, repaired=event.repaired, differences=list(event.differences))]
            case api.Exited():
                return self._exited(event)
        return []

    def _item(self, event: api.ItemStarted | api.ItemCompleted) -> list[Payload]:
        item = event.item
        done = isinstance(event, api.ItemCompleted)
        out: list[Payload] = [
            say.BridgeItem(phase="completed" if done else "started", turn=event.turn, item=msgspec.to_builtins(item))
        ]
        if isinstance(item, model.Error):
            # An error is not progress: neither does it end an outage, nor does it push another error out.
            return [*out, *self._error(item)] if done else out
        out = [*self.flush(), *out]
        self._outage = False
        if isinstance(item, tools.ToolItem):
            if item.id not in self._open:
                out.append(tools.call_of(item))
            if done:
                self._open.pop(item.id, None)
                out.append(tools.result_of(item))
            else:
                self._open[item.id] = item
        elif done:
            out.extend(self._said_by_agent(item))
        return out

    def _said_by_agent(self, item: model.AnyItem) -> list[Payload]:
        match item:
            case model.AgentMessage() if item.text.strip():
                return [AgentText(text=item.text)]
            case model.Reasoning() if item.text.strip():
                return [AgentThought(text=item.text)]
            case model.TodoList():
                return [tools.artifact_of(item)]
        # A user message was shown when it came in; the rest is for those who read bridge.item.
        return []

    def _error(self, item: model.Error) -> list[Payload]:
        if item.recoverable:
            return self._outage_begins(item.message)
        if not self._first(item.message):
            return []
        out = self.flush()
        error = AgentError(message=item.message, recoverable=False)
        if self._turn is None:
            return [*out, error]
        # How the turn ends decides how this is to be said, so that one failure is said once.
        self._held = error
        return out

    def _outage_begins(self, text: str) -> list[Payload]:
        if self._outage:
            return []
        self._outage = True
        return [AgentError(message=text, recoverable=True)]

    def _status(self, event: api.Status) -> list[Payload]:
        out: list[Payload] = [say.BridgeStatus(text=event.text, reconnecting=event.reconnecting)]
        return [*out, *self._outage_begins(event.text)] if event.reconnecting else out

    def _turn_completed(self, event: api.TurnCompleted) -> list[Payload]:
        held, self._held = self._held, None
        self._turn = None
        self._outage = False
        out: list[Payload] = []
        if event.status == "failed":
            text = event.error or (held.message if held else "")
            decision = self._guard.failed(text)
            if decision.kind != "retry":
                self.stop = self.stop or decision
                out.append(AgentError(message=decision.message, recoverable=False))
            elif held is not None:
                out.append(held)
            elif self._first(text):
                out.append(AgentError(message=text or "The turn failed; Codex gave no reason.", recoverable=False))
        else:
            if held is not None:
                out.append(held)
            if event.status == "completed":
                self._guard.succeeded()
        if self._usage and (usage := self._usage_of(event)) is not None:
            out.append(usage)
        out.append(
            say.BridgeTurn(
                turn=event.turn,
                state=event.status,
                error=event.error or UNSET,
                duration=_set(event.duration),
                tokens=_set(event.tokens),
                context_left=_set(event.context_left),
            )
        )
        return out

    def _usage_of(self, event: api.TurnCompleted) -> AgentUsage | None:
        """What the turn took, as far as anything tells."""
        duration = UNSET if event.duration is None else round(event.duration * 1000)
        before, self._tokens = self._tokens, self._tokens if event.tokens is None else event.tokens
        if event.usage is not None:
            known = event.usage
            return AgentUsage(
                model=known.model or self._model or "unknown",
                input_tokens=max(known.input - known.cached, 0),
                output_tokens=known.output,
                cache_creation_input_tokens=0,
                cache_read_input_tokens=known.cached,
                total_tokens=known.total,
                source="rollout",
                duration_ms=duration,
            )
        if event.tokens is None:
            return None
        # Footers show a running total: what one turn took is the difference.
        spent = event.tokens - before if event.tokens >= before else event.tokens
        return AgentUsage(model=self._model or "unknown", total_tokens=spent, source="screen", duration_ms=duration)

    def _delivery(self, event: api.Delivery) -> list[Payload]:
        out: list[Payload] = [
            say.BridgeDelivery(
                message_id=event.message_id,
                state=event.state,
                reason=event.reason or UNSET,
                altered=event.altered or UNSET,
            )
        ]
        if event.state == "rejected":
            reason = event.reason or "Codex did not take it"
            out.append(AgentError(message=f"A message was not delivered: {reason}", recoverable=True))
        return out

    def _dialog(self, event: api.DialogOpened) -> list[Payload]:
        opened = say.BridgeDialog(
            dialog_id=event.dialog_id,
            state="opened",
            subject=event.subject,
            text=event.text,
            options=[list(option) for option in event.options],
            answerable=event.answerable,
            choice=event.choice or UNSET,
        )
        if event.answerable:
            options = [{"choice": choice, "label": label} for choice, label in event.options]
            asked = AgentPermissionRequest(
                request_id=event.dialog_id,
                grant_type=event.subject,
                scope="once",
                justification=event.text,
                details={"options": options, **({"words": True} if event.free else {})},
            )
            return [opened, asked]
        if not event.choice:
            message = f"Codex asks something and waits ({event.subject}): {event.text}"
            return [opened, AgentError(message=message, recoverable=False)]
        if event.subject in _LEAVE and event.choice not in ("accept", "accept_session"):
            message = f"Codex asked for leave and was refused ({event.subject}): {event.text}"
            return [opened, AgentError(message=message, recoverable=True)]
        return [opened]

    def _exited(self, event: api.Exited) -> list[Payload]:
        out: list[Payload] = [tools.broken_off(item) for item in self._open.values()]
        self._open.clear()
        self._turn = None
        if not event.expected:
            out.append(AgentError(message=ended_by_itself(event), recoverable=False))
        out.append(say.BridgeExited(status=event.status, expected=event.expected, screen=list(event.screen)))
        return out

    def _first(self, text: str) -> bool:
        """Whether ``text`` has not been said in this turn yet, in these words or inside others."""
        key = " ".join(re.sub(r"[^\w]+", " ", text.lower()).split())
        if any(key in said for said in self._said):
            return False
        self._said.add(key)
        return True


def ended_by_itself(event: api.Exited) -> str:
    """The message for a Codex that ended without having been asked to."""
    how = "" if event.status is None else f" with status {event.status}"
    if event.status is not None and event.status < 0:
        how = f", killed by signal {-event.status}"
    last = "\n".join(event.screen)
    return f"Codex ended by itself{how}. Last on its screen:\n{last}" if last else f"Codex ended by itself{how}."


def _set(value: Any) -> Any:
    return UNSET if value is None else value
