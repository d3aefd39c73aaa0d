"""Cells of MCP calls, web searches and viewed images to items."""

from __future__ import annotations

import json
from typing import Any

import regex

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.items.body import parts
from codexbridge.items.model import AnyItem, ImageView, McpToolCall, WebSearch

_CALL = regex.compile(r"(?<server>[^.(]+)\.(?<tool>[^(]+)(?:\((?<arguments>.*)\))?", regex.DOTALL)


def mcp(cell: Cell, look: Look) -> list[AnyItem]:
    if cell.rule.shape == "label":
        # The call stands on the line below the label, its result below a blank line.
        lines = [line.text for line in cell.lines[1:]]
        elided = 0
        call, result = (lines[0] if lines else ""), "\n".join(lines[1:]).strip("\n")
    else:
        found = parts(cell, look)
        call = cell.match.groups.get("call", "") + "".join(line.text for line in found.head)
        rows = [line.text for line in found.body]
        elided = found.elided
        if elided:
            rows.insert(found.elided_at, f"[{elided} lines not shown]")
        result = "\n".join(rows)
    match = _CALL.fullmatch(call)
    if match is None:
        return [McpToolCall(id="", server="", tool=call, result=result, elided=elided)]
    arguments: Any = match["arguments"] or None
    try:
        arguments = json.loads(arguments) if arguments else {}
    except ValueError:
        pass
    server, tool = match["server"], match["tool"]
    return [McpToolCall(id="", server=server, tool=tool, arguments=arguments, result=result, elided=elided)]


def image(cell: Cell, look: Look) -> list[AnyItem]:
    path = cell.match.groups.get("path") or "\n".join(line.text for line in parts(cell, look).body)
    return [ImageView(id="", path=path)]


def search(cell: Cell, look: Look) -> list[AnyItem]:
    more = [line.text.strip() for line in cell.lines[1:]]
    return [WebSearch(id="", query=" ".join([cell.match.groups.get("query", ""), *more]).strip())]
