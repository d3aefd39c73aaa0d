"""A machine whose administrator makes demands of Codex, for one process only: it gets an ``/etc`` of its own.

Newer releases ask for leave to reach a host only where ``/etc/codex/requirements.toml`` has a section on the network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from codexbridge.lab.errors import LabError


def managed(argv: Sequence[str], requirements: str, folder: Path) -> list[str]:
    """``argv`` so that it runs with ``requirements``, text of TOML; ``folder`` is made, for its ``/etc``.

    Raises :exc:`LabError` where the machine has no mount namespaces to offer.
    """
    if shutil.which("unshare") is None:
        raise LabError("mount namespaces are needed to set requirements, and there is no `unshare`")
    with contextlib.suppress(shutil.Error):
        # What this user cannot read is missing in the copy.
        shutil.copytree("/etc", folder, symlinks=True)
    (folder / "codex").mkdir(exist_ok=True)
    (folder / "codex" / "requirements.toml").write_text(requirements, "utf-8")
    apart = ["unshare", "--mount", *(["--map-root-user"] if os.getuid() else [])]
    return [*apart, "sh", "-c", 'mount --bind "$0" /etc && exec "$@"', str(folder), *argv]
