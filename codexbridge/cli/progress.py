"""What a matrix run shows while it runs: how far it is, what runs now and for how long."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from codexbridge.cli.console import err

_SIGNS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "error": "[red]![/]", "missing": "[yellow]?[/]"}


class Cells:
    """A display on stderr: live on a terminal, a line per finished cell elsewhere. A context manager."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._failed = 0
        self._running: dict[str, float] = {}
        self._start = time.monotonic()
        self._live = Live(get_renderable=self._draw, console=err, transient=True, refresh_per_second=4)

    def begin(self, name: str) -> None:
        """A cell starts."""
        self._running[name] = time.monotonic()

    def end(self, name: str, state: str, reason: str, seconds: float) -> None:
        """A cell is done."""
        self._running.pop(name, None)
        self._done += 1
        self._failed += state != "passed"
        count = f"[{self._done}/{self._total}]"
        if state != "passed" or not err.is_terminal:
            why = f"  {escape(reason)}" if reason else ""
            err.print(f"{_SIGNS.get(state, '?')} {escape(count)} {escape(name)} ({seconds:.1f} s){why}", soft_wrap=True)

    def __enter__(self) -> Cells:
        if err.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if err.is_terminal:
            self._live.stop()

    def _draw(self) -> RenderableType:
        now = time.monotonic()
        grid = Table.grid(padding=(0, 1))
        passed = now - self._start
        left = passed / self._done * (self._total - self._done) if self._done else 0.0
        told = f"{self._done}/{self._total}, {self._failed} not passed, {passed:.0f} s" + (
            f", about {left:.0f} s to go" if left else ""
        )
        grid.add_row(ProgressBar(total=max(self._total, 1), completed=self._done, width=30), told)
        for name, begun in self._running.items():
            grid.add_row("", f"{escape(name)} [dim]{now - begun:.0f} s[/]")
        return grid
