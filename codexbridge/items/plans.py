"""Cells of plans to items."""

from __future__ import annotations

from typing import Any

from codexbridge.grammar.cells import Cell
from codexbridge.grammar.look import Look
from codexbridge.grammar.styles import style_at
from codexbridge.items.body import parts
from codexbridge.items.model import AnyItem, TodoList


def plan(cell: Cell, look: Look) -> list[AnyItem]:
    steps: list[dict[str, Any]] = []
    found = parts(cell, look)
    note = [line.text for line in found.head if not (line.text == "note" and style_at(line, 0).italic)]
    for line in found.body:
        mark, _, text = line.text.partition(" ")
        if mark in ("✔", "✓"):
            steps.append({"text": text, "status": "completed"})
        elif mark in ("□", "☐"):
            style = style_at(line, 2)
            current = style.bold or not style.dim
            steps.append({"text": text, "status": "in_progress" if current else "pending"})
        elif steps and line.text.startswith("  "):
            steps[-1]["text"] += " " + line.text.strip()
        else:
            note.append(line.text)
    return [TodoList(id="", items=steps, explanation="\n".join(note).strip())]
