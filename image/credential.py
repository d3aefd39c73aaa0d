"""Tokens for git and gh, each fetched from the sidecar for the one call that needs it, so that none is kept here.

``credential.py git get|store|erase`` speaks git's protocol for credential helpers on standard input and output;
``credential.py gh ARGUMENT...`` runs the real gh with a token. Where the sidecar gives none, both go on without.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.parse
import urllib.request
from pathlib import Path

_PATIENCE = 10.0


def ask(**query: str) -> dict[str, object]:
    """What the sidecar answers; nothing where it does not, or will not."""
    base = os.environ.get("SIDECAR_URL", "").strip().rstrip("/") or "http://localhost:9090"
    # A proxy of the environment is for the world outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{base}/git/credential?{urllib.parse.urlencode(query)}", timeout=_PATIENCE) as reply:
            answer = json.load(reply)
    except (OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def git(action: str) -> int:
    """Answer git: only ``get`` means something, the sidecar keeps what is to be kept."""
    if action != "get":
        return 0
    wanted = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin if "=" in line)
    answer = ask(host=wanted.get("host", ""))
    user, password = answer.get("username"), answer.get("password")
    if not (isinstance(user, str) and isinstance(password, str) and user and password) or "\n" in user + password:
        return 1
    print(f"username={user}\npassword={password}")
    return 0


def gh(arguments: list[str]) -> int:
    """Become the real gh, which lies beside the overlay's programs or in the system."""
    own = Path(__file__).resolve().parent / "gh-real"
    real = str(own) if own.exists() else shutil.which("gh", path="/usr/local/bin:/usr/bin:/bin")
    if real is None:
        print(f"error: there is no gh at {own} or in /usr/bin: install the GitHub CLI in the image", file=sys.stderr)
        return 127
    environment = dict(os.environ)
    token = ask(format="token").get("token")
    if isinstance(token, str) and token:
        environment["GH_TOKEN"] = token
    os.execve(real, ["gh", *arguments], environment)


if __name__ == "__main__":
    sys.exit(gh(sys.argv[2:]) if sys.argv[1] == "gh" else git(sys.argv[2]))
