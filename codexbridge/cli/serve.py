"""``codexbridge serve``: run the bridge."""

from __future__ import annotations

import os

import click

from codexbridge.cli.console import complain, leave
from codexbridge.runtime.errors import StartError


@click.command()
@click.option("--codex", metavar="PATH", help="Codex program. [CODEX_PATH, else `codex` on the PATH]")
@click.option("--workspace", metavar="DIR", help="Folder that Codex works in. [WORKSPACE_DIR]")
@click.option("--stream-port", type=click.IntRange(0, 65535), help="Port of the events; 0 takes a free one. [3100]")
@click.option("--inject-port", type=click.IntRange(0, 65535), help="Port of the messages; 0 takes a free one. [8788]")
@click.option("--host", metavar="ADDRESS", help="Address of both ports. [127.0.0.1; 0.0.0.0 in platform mode]")
@click.option("--prompt", metavar="TEXT", help="First turn. [AGENT_PROMPT]")
@click.option("--oneshot", is_flag=True, help="End after the first turn. [SESSION_MODE=oneshot]")
@click.option("--platform", is_flag=True, help="Run for a platform: SESSION_ID must be set. [on when it is]")
@click.option(
    "--approvals",
    type=click.Choice(["decline", "accept", "ask"]),
    help="What Codex asks for leave is answered so; other than decline also lets it ask. [CODEXBRIDGE_APPROVALS]",
)
@click.option(
    "--approval-timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long ask waits for an answer, then it declines. [CODEXBRIDGE_APPROVAL_TIMEOUT, else 600]",
)
@click.option("--allow-keys", is_flag=True, help="Let clients press keys in Codex. [CODEXBRIDGE_ALLOW_KEYS]")
@click.option("--verify", type=click.Choice(["rollout"]), help="Hold each turn against the file that Codex writes.")
@click.option("--repair", type=click.Choice(["rollout"]), help="Send from that file what the release never draws.")
@click.option(
    "--log",
    "log_level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="What to log on standard error. [CODEXBRIDGE_LOG, else info]",
)
def serve(
    codex: str | None,
    workspace: str | None,
    stream_port: int | None,
    inject_port: int | None,
    host: str | None,
    prompt: str | None,
    oneshot: bool,
    platform: bool,
    approvals: str | None,
    approval_timeout: float | None,
    allow_keys: bool,
    verify: str | None,
    repair: str | None,
    log_level: str | None,
) -> None:
    """Drive a Codex through its terminal and serve what happens.

    The model is the one behind OPENAI_BASE_URL, which needs no key; OPENAI_MODEL names it. Events come from
    GET /stream on the stream port, messages go to POST /inject on the inject port:

    \b
        OPENAI_BASE_URL=http://127.0.0.1:8080/v1 codexbridge serve --workspace . &
        curl -N localhost:3100/stream &
        curl localhost:8788/inject -d '{"text": "What is in this folder?"}'
        curl -X POST localhost:8788/shutdown

    Add ?bridge=1 to /stream for what the bridge knows beyond the platform's events. The user's own ~/.codex is
    never touched. Exit status: 0 when the session ended well, 1 when it did not, 2 for wrong usage.
    """
    from codexbridge.runtime import settings as settings_module
    from codexbridge.runtime.serve import report
    from codexbridge.runtime.serve import serve as run

    environment = dict(os.environ)
    given = {
        "CODEX_PATH": codex,
        "WORKSPACE_DIR": workspace,
        "CODEXBRIDGE_STREAM_PORT": stream_port,
        "CODEXBRIDGE_INJECT_PORT": inject_port,
        "CODEXBRIDGE_HOST": host,
        "AGENT_PROMPT": prompt,
        "SESSION_MODE": "oneshot" if oneshot else None,
        "CODEXBRIDGE_APPROVALS": approvals,
        "CODEXBRIDGE_APPROVAL_TIMEOUT": approval_timeout,
        "CODEXBRIDGE_ALLOW_KEYS": "true" if allow_keys else None,
        "CODEXBRIDGE_VERIFY": verify,
        "CODEXBRIDGE_REPAIR": repair,
        "CODEXBRIDGE_LOG": log_level,
    }
    environment |= {name: str(value) for name, value in given.items() if value is not None}
    try:
        settings = settings_module.read(environment, platform)
        status = run(settings, environment, environment.get("CODEXBRIDGE_LOG", "info"))
    except StartError as error:
        complain(str(error))
        report(error, environment)
        status = error.status
    leave(status)
