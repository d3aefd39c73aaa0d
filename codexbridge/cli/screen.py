"""``codexbridge screen``: what Codex shows right now."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codexbridge.cli.client import connected, run, socket

if TYPE_CHECKING:
    from rich.text import Text

_NAMES = {"brown": "yellow"}
"""What the screen calls its colours, where rich has another name."""

_WORDS = ("bold", "dim", "italic", "underline", "strike", "reverse", "blink")


@click.command()
@click.option(
    "--follow", is_flag=True, help="Draw it anew whenever it changes, until Ctrl+C; into a pipe, one after the other."
)
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write it there as a picture.")
@click.option("--text", type=click.Path(path_type=Path, dir_okay=False), help="Write it there as plain text.")
@click.option("--width", type=click.IntRange(20, 4000), help="Cut rows after this many columns.")
@connected
def screen(follow: bool, svg: Path | None, text: Path | None, width: int | None, url: str, token: str | None) -> None:
    """Show the screen of Codex in colour, rows cut where this terminal ends."""
    if follow and (svg or text):
        raise click.UsageError("--follow draws on this terminal: leave --svg and --text out")
    run(_screen(follow, svg, text, width, url, token))


async def _screen(
    follow: bool, svg: Path | None, text: Path | None, width: int | None, url: str, token: str | None
) -> int:
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    cut = width or (console.width if console.is_terminal else 0)

    def show(picture: dict[str, Any]) -> None:
        # Into a pipe goes all of it.
        wide = cut or _width(picture)
        paper = console if console.is_terminal else Console(highlight=False, width=wide)
        paper.print(render(picture, wide), overflow="crop", no_wrap=True, crop=True)

    async with socket(url, token) as bridge:
        await bridge.say(type="screen", follow=follow)
        if not follow:
            picture = await bridge.hear()
            if text is not None:
                text.write_text("".join(row["text"] + "\n" for row in picture["rows"]), "utf-8")
            if svg is not None:
                wide = width or min(_width(picture), 200)
                drawn = Console(record=True, width=max(wide, 20), file=StringIO(), force_terminal=True)
                drawn.print(render(picture, drawn.width), soft_wrap=False, overflow="crop", no_wrap=True, crop=True)
                drawn.save_svg(str(svg), title=picture["title"] or "Codex")
            if text is None and svg is None:
                show(picture)
            return 0
        if not console.is_terminal:
            # Nothing to draw on: one screen after the other, as text.
            while True:
                show(await bridge.hear())
                console.print()
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(render(await bridge.hear(), cut, console.height), refresh=True)


def _width(picture: dict[str, Any]) -> int:
    """Columns of its widest row."""
    from rich.cells import cell_len

    return max((cell_len(row["text"]) for row in picture["rows"]), default=1) or 1


def render(picture: dict[str, Any], width: int, height: int | None = None) -> Text:
    """The screen as styled text, ``width`` columns wide; of a taller one the last ``height`` rows."""
    from rich.text import Text

    rows = picture["rows"][-height:] if height else picture["rows"]
    whole = Text(no_wrap=True, overflow="crop")
    for number, row in enumerate(rows):
        line = Text(row["text"], no_wrap=True, overflow="crop")
        for start, end, attributes in row["runs"]:
            line.stylize(style(attributes), start, end)
        line.truncate(width, overflow="crop")
        if row["fill"] != "default":
            line.append(" " * (width - line.cell_len), f"on {_colour(row['fill'])}")
        if number:
            whole.append("\n")
        whole.append_text(line)
    return whole


def style(attributes: dict[str, Any]) -> str:
    """A run's attributes as rich writes styles."""
    words = [
        name for name in ("bold", "dim", "italic", "underline", "strike", "reverse", "blink") if attributes.get(name)
    ]
    if "fg" in attributes:
        words.append(_colour(attributes["fg"]))
    if "bg" in attributes:
        words.append(f"on {_colour(attributes['bg'])}")
    if attributes.get("link"):
        words.append(f"link {attributes['link'].replace(' ', '%20')}")
    return " ".join(words)


def _colour(name: str) -> str:
    if len(name) == 6 and all(letter in "0123456789abcdef" for letter in name.lower()):
        return f"#{name}"
    if name.startswith("bright"):
        plain = name.removeprefix("bright")
        return f"bright_{_NAMES.get(plain, plain)}"
    return _NAMES.get(name, name)
