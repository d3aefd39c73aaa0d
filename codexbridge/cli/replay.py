"""``codexbridge replay``: a recording through the core, without Codex, key or network."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from codexbridge.cli.console import told

if TYPE_CHECKING:
    from codexbridge.lab.stage import Stage

_PORT = click.IntRange(0, 65535)
VIEWS = ("events", "items", "screens", "transcript", "accounting", "platform")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--release", help="The release that was recorded; otherwise what the recording says.")
@click.option("--look", help="Read it with this look instead of the release's own.")
@click.option("--show", type=click.Choice(VIEWS), default="events", show_default=True, help="What to print.")
@click.option("--json", "as_json", is_flag=True, help="Events and items as lines of JSON.")
@click.option("--real-time", is_flag=True, help="Print events when they happened, not at once.")
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="With --real-time or --serve: so many times as fast; 0: at once.",
)
@click.option(
    "--idle",
    type=click.FloatRange(0),
    default=2.0,
    show_default=True,
    help="With --real-time or --serve: the longest silence, in s.",
)
@click.option("--serve", is_flag=True, help="Serve it on the two ports, as a bridge would.")
@click.option("--on-inject", is_flag=True, help="With --serve: each turn waits for a message on the input port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --serve: where to listen.")
@click.option("--stream-port", type=_PORT, default=3100, show_default=True, help="With --serve: the event port.")
@click.option("--inject-port", type=_PORT, default=8788, show_default=True, help="With --serve: the input port.")
def replay(
    path: Path,
    release: str | None,
    look: str | None,
    show: str,
    as_json: bool,
    real_time: bool,
    speed: float,
    idle: float,
    serve: bool,
    on_inject: bool,
    host: str,
    stream_port: int,
    inject_port: int,
) -> None:
    """Play PATH, a fixture folder or an asciicast, through the core.

    Prints what --show says, and at the end how many lines of the history are explained.
    """
    from codexbridge.grammar.look import names
    from codexbridge.grammar.releases import table
    from codexbridge.lab import cast, fixture, selection
    from codexbridge.lab import replay as replaying
    from codexbridge.lab import show as text
    from codexbridge.lab.errors import LabError
    from codexbridge.lab.golden import platform_events
    from codexbridge.lab.stage import Options, Stage
    from codexbridge.session.api import AnyEvent, ItemUpdated
    from codexbridge.session.core import Session

    if on_inject and not serve:
        raise click.UsageError("--on-inject needs --serve: nobody can send a message otherwise")
    if serve and (show != "events" or as_json or real_time):
        raise click.UsageError("--serve prints nothing and keeps time by itself: no --show, --json or --real-time")
    if serve and stream_port == inject_port != 0:
        raise click.UsageError(f"--stream-port and --inject-port are both {stream_port}: they must differ")
    with told():
        path, said = fixture.recorded(path)
        recording = cast.read(path)
        release = selection.version(release) if release else said or replaying.release_of(recording)
        if look is not None and look not in names():
            raise LabError(f"there is no look {look!r}; there are {', '.join(names())}")
        if release is None:
            raise LabError(f"{path} does not say which release it is of; give --release, such as 0.47.0")
        if serve:
            options = Options(
                host=host, stream_port=stream_port, inject_port=inject_port, speed=speed, idle=idle, on_inject=on_inject
            )
            _serve(Stage(recording, release, options, look), release)
            return

        clock = _Clock(speed, idle) if real_time and speed else None

        def print_events(step: replaying.Step, _core: Session) -> None:
            if clock:
                clock.until(step.at)
            for event in step.events:
                if not isinstance(event, ItemUpdated):
                    click.echo(_json(event) if as_json else text.event(event))

        streams = print_events if show == "events" else None
        passed = replaying.play(recording, release, look=look, on_step=streams)

    def echo(lines: list[str]) -> None:
        click.echo("\n".join(lines))

    if show == "items":
        echo([_json(item) if as_json else text.item(item) for item in replaying.items(passed.events)])
    elif show == "screens":
        for label, rows in passed.screens.items():
            echo([f"──── {label} " + "─" * 60, *rows])
    elif show == "transcript":
        echo([text.styled(line) if as_json else line.text for line in passed.transcript])
    elif show == "accounting":
        echo([text.account(account) for account in replaying.accounts(passed)])
    elif show == "platform":
        echo(platform_events(passed.events))
    counts = Counter(account.what for account in replaying.accounts(passed))
    unexplained = counts["unknown"]
    total = sum(counts.values())
    started: AnyEvent = passed.events[0]
    support = getattr(started, "support", "")
    if not total:
        row = table().find(release)[0]
        flags = " ".join(row.flags) or "none"
        click.echo(
            f"nothing of the history could be read: it is read as {row.delivery}, as Codex {row.version} draws it with "
            f"these flags: {flags}; was it recorded so? codexbridge dis shows what is there",
            err=True,
        )
    click.echo(
        f"{release} ({support}, look {passed.session.look.name}): {total} lines of history: {counts['item']} of items, "
        f"{counts['chrome']} of chrome, {unexplained} unknown; "
        + (f"{100 * (total - unexplained) / total:.1f}% explained" if total else "nothing read")
        + ("" if recording.complete else "; the recording was interrupted"),
        err=True,
    )


def _serve(stage: Stage, release: str) -> None:
    import asyncio

    from codexbridge.lab.errors import LabError
    from codexbridge.runtime.errors import StartError

    def listening() -> None:
        stream, inject = stage.ports
        host = stage.options.host
        click.echo(
            f"http://{host}:{stream}/stream plays {release}; messages go to http://{host}:{inject}/inject", err=True
        )
        click.echo("Ctrl+C ends it, or a POST to /shutdown", err=True)

    try:
        asyncio.run(stage.serve(listening))
    except KeyboardInterrupt:
        pass
    except StartError as error:
        raise LabError(str(error)) from None


class _Clock:
    """Waits as the recording did, silences cut to ``idle`` seconds."""

    def __init__(self, speed: float, idle: float) -> None:
        self._speed = speed
        self._idle = idle
        self._last = 0.0

    def until(self, at: float) -> None:
        time.sleep(max(0.0, min(at - self._last, self._idle)) / self._speed)
        self._last = at


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
