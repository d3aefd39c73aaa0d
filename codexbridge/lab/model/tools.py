"""Tool calls in the shape that a release's request offers.

Over the years Codex has offered a shell as ``shell`` (a list), ``local_shell`` (a built-in type),
``shell_command`` and ``exec_command`` (a string), patches as a function, as a freeform tool or not at all, and MCP
tools under four naming schemes. :class:`Toolbox` reads the ``tools`` of one request and shapes calls for it.
"""

from __future__ import annotations

import json
from typing import Any

from codexbridge.lab.scenario import Part

Json = dict[str, Any]


class Toolbox:
    """What one request offers: ``tools`` as sent, by name."""

    def __init__(self, tools: list[Json]) -> None:
        self.types = {tool.get("type") for tool in tools}
        self.functions: dict[str, Json] = {}
        self.custom: set[str] = set()
        self.namespaces: dict[str, set[str]] = {}
        for tool in tools:
            kind, name = tool.get("type"), tool.get("name", "")
            if kind == "function":
                # Chat Completions nests the declaration; Responses does not.
                inner = tool.get("function", tool)
                self.functions[inner.get("name", name)] = inner
            elif kind == "custom":
                self.custom.add(name)
            elif kind == "namespace":
                self.namespaces[name] = {inner.get("name", "") for inner in tool.get("tools", ())}

    def names(self) -> list[str]:
        """Every tool offered, for the truth record."""
        spaces = [f"{space}/{tool}" for space, tools in self.namespaces.items() for tool in sorted(tools)]
        builtin = sorted(str(kind) for kind in self.types - {"function", "custom", "namespace"})
        return [*self.functions, *sorted(self.custom), *spaces, *builtin]

    def call(self, part: Part, call_id: str) -> Json | None:
        """The output item that calls a tool for ``part``, or None when the request offers no such tool."""
        if part.command is not None:
            return self._shell(part.command, call_id)
        if part.patch is not None:
            return self._patch(part.patch, call_id)
        if part.plan is not None and "update_plan" in self.functions:
            steps = [{"step": step.step, "status": step.status} for step in part.plan]
            plan: Json = {"explanation": part.explanation} if part.explanation else {}
            return _function("update_plan", {**plan, "plan": steps}, call_id)
        if part.image is not None and "view_image" in self.functions:
            return _function("view_image", {"path": part.image}, call_id)
        if part.mcp is not None:
            return self._mcp(part, call_id)
        if part.search is not None and any(str(kind).startswith("web_search") for kind in self.types):
            action = {"type": "search", "query": part.search}
            return {"type": "web_search_call", "id": f"ws_{call_id}", "status": "completed", "action": action}
        return None

    def _shell(self, command: str, call_id: str) -> Json | None:
        if "exec_command" in self.functions:
            # Codex cuts what it tells the model; a high limit keeps the truth record whole.
            wanted = {"cmd": command, "max_output_tokens": 200_000}
            return _function("exec_command", _known(self.functions["exec_command"], wanted), call_id)
        if "shell_command" in self.functions:
            return _function("shell_command", {"command": command}, call_id)
        if "local_shell" in self.types:
            action = {"type": "exec", "command": ["bash", "-lc", command], "env": {}}
            item = {"type": "local_shell_call", "id": f"ls_{call_id}", "call_id": call_id}
            return {**item, "status": "completed", "action": action}
        for name in ("shell", "container.exec"):
            if name in self.functions:
                return _function(name, {"command": ["bash", "-lc", command]}, call_id)
        return None

    def _patch(self, patch: str, call_id: str) -> Json | None:
        if "apply_patch" in self.custom:
            return {
                "type": "custom_tool_call",
                "id": f"ctc_{call_id}",
                "call_id": call_id,
                "name": "apply_patch",
                "input": patch,
                "status": "completed",
            }
        if "apply_patch" in self.functions:
            return _function("apply_patch", {"input": patch}, call_id)
        # Without a tool for it Codex looks at shell commands and applies what is a patch itself.
        if "shell" in self.functions:
            return _function("shell", {"command": ["apply_patch", patch]}, call_id)
        return self._shell(f"apply_patch <<'EOF'\n{patch.rstrip()}\nEOF\n", call_id)

    def _mcp(self, part: Part, call_id: str) -> Json | None:
        assert part.mcp is not None
        server, tool = part.mcp.server, part.mcp.tool
        for name in (f"mcp__{server}__{tool}", f"{server}__{tool}", f"{server}.{tool}"):
            if name in self.functions:
                return _function(name, part.mcp.arguments, call_id)
        for space in (f"mcp__{server}", f"mcp__{server}__", server):
            if tool in self.namespaces.get(space, ()):
                return {**_function(tool, part.mcp.arguments, call_id), "namespace": space}
        return None


def _function(name: str, arguments: Json, call_id: str) -> Json:
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": json.dumps(arguments, ensure_ascii=False),
        "status": "completed",
    }


def _known(declaration: Json, wanted: Json) -> Json:
    """Only those arguments that the declaration names."""
    properties = declaration.get("parameters", {}).get("properties", wanted)
    return {name: value for name, value in wanted.items() if name in properties}
