"""The ``codexbridge`` command: a group whose commands are imported when they are used.

To add a command, write ``cli/<name>.py`` and add one line to :data:`COMMANDS`, in alphabetical order.
"""

from __future__ import annotations

from importlib import import_module

import click

from codexbridge import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "answer": ("answer:answer", "Answer what Codex asks."),
    "demo": ("demo:demo", "Drive a real Codex release against a scripted model, and print its events."),
    "dis": ("dis:dis", "Show a recording as control functions and frames."),
    "doctor": ("doctor:doctor", "Say what is wrong with this installation."),
    "interrupt": ("interrupt:interrupt", "Stop the running turn."),
    "model": ("model:model", "Serve a scripted model on loopback."),
    "probe": ("probe:probe", "Print what the installed Codex can do, as JSON."),
    "record": ("record:record", "Record a session as a fixture."),
    "regress": ("regress:regress", "Run releases x scenarios, recorded or live, and report."),
    "releases": ("releases:releases", "List and fetch releases of Codex."),
    "replay": ("replay:replay", "Play a recording through the core, without Codex."),
    "run-sh": ("run_sh:run_sh", "Print the path of run.sh, which an image's entrypoint executes."),
    "scenario": ("scenario:scenario", "Show and run scenarios."),
    "screen": ("screen:screen", "Show what Codex shows right now."),
    "send": ("send:send", "Give a message to a running bridge."),
    "serve": ("serve:serve", "Drive a Codex and serve what happens as platform events."),
    "tail": ("tail:tail", "Print what a running bridge says."),
}
"""Name -> (``module:attribute`` in this package, the line that ``--help`` shows without importing it)."""


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs, so that ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"codexbridge.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="codexbridge")
def main() -> None:
    """Drive OpenAI's Codex CLI through its terminal and serve what happened as platform events."""
