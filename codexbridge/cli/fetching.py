"""A progress bar for a release on its way from npm."""

from __future__ import annotations

from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from codexbridge.cli.console import err
from codexbridge.lab import npm


def fetch(version: str) -> Path:
    """Fetch a release unless it is in the cache; shows a bar only while there is something to wait for.

    Raises:
        LabError: as :func:`codexbridge.lab.npm.fetch`.
    """
    if npm.folder(version).is_dir():
        return npm.folder(version)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(f"Codex {version} from npm", total=None)

        def progress(there: int, total: int | None) -> None:
            bar.update(task, completed=there, total=max(total, there) if total else None)

        return npm.fetch(version, progress)
