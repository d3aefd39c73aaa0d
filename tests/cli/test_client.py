"""The client commands against a bridge that is served for real."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codexbridge.cli.main import main
from codexbridge.cli.screen import render, style
from codexbridge.platform.events import AgentText
from codexbridge.runtime.access import Guarded, Policy
from codexbridge.runtime.inject_app import inject_app
from codexbridge.runtime.ws_inject import ws_routes
from codexbridge.session import api
from codexbridge.terminal.records import Frame, Row, Run, Style
from tests.runtime.conftest import Serve, serve_app  # noqa: F401
from tests.runtime.test_bridge import Session


async def invoke(*arguments: str, stdin: str = "") -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, list(arguments), stdin)


async def start(session: Session, serve_app: Serve, token: str = "") -> str:  # noqa: F811
    await session.begin()
    app = Guarded(inject_app(session.bridge, ws_routes(session.bridge)), Policy(token=token))
    return f"http://127.0.0.1:{await serve_app(app)}"


async def until_sent(session: Session) -> api.SendMessage:
    while not session.sent():
        await asyncio.sleep(0.01)
    return next(command for command in session.core.commands if isinstance(command, api.SendMessage))


async def test_send_waits_for_the_echo(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    url = await start(session, serve_app)
    sending = asyncio.create_task(invoke("send", "-", "--url", url, stdin="hello\nthere"))
    message = await until_sent(session)
    assert message.text == "hello\nthere"
    session.hear(api.Delivery(message_id=message.id, state="delivered", altered="x removed"))
    result = await sending
    assert result.exit_code == 0
    assert "altered: x removed" in result.stderr
    await session.bridge.end()


async def test_send_prints_the_answer(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    url = await start(session, serve_app)
    session.bridge.emit(AgentText(text="from before"))
    sending = asyncio.create_task(invoke("send", "hello", "--answer", "--url", url))
    message = await until_sent(session)
    session.hear(
        api.TurnStarted(turn=1, message_id=message.id),
        api.Delivery(message_id=message.id, state="delivered"),
    )
    session.bridge.emit(AgentText(text="Good **day**."))
    await asyncio.sleep(0.1)
    session.hear(api.TurnCompleted(turn=1, status="completed"))
    result = await sending
    assert (result.exit_code, result.stdout) == (0, "Good **day**.\n")
    await session.bridge.end()


async def test_send_says_why_it_failed(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    url = await start(session, serve_app)
    result = await invoke("send", "  ", "--url", url)
    assert result.exit_code == 1
    assert "rejected: empty" in result.stderr
    await session.bridge.end()


async def test_tail_and_the_rest(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    url = await start(session, serve_app)
    session.bridge.emit(AgentText(text="one\ntwo"))
    session.hub.end()
    result = await invoke("tail", "--url", url)
    assert (result.exit_code, result.stdout) == (0, "agent.text: one (+1 lines)\n")
    result = await invoke("tail", "--json", "--url", url)
    assert json.loads(result.stdout)["payload"] == {"text": "one\ntwo"}
    assert (await invoke("interrupt", "--url", url)).exit_code == 0
    assert (await invoke("answer", "dialog_1", "decline", "--url", url)).exit_code == 0
    assert session.core.commands == [api.Interrupt(), api.Answer(dialog_id="dialog_1", choice="decline")]
    await session.bridge.end()


async def test_errors_are_one_line(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    url = await start(session, serve_app, token="geheim")
    result = await invoke("interrupt", "--url", url)
    assert result.exit_code == 1
    assert "give --token" in result.stderr
    assert (await invoke("interrupt", "--url", url, "--token", "geheim")).exit_code == 0
    result = await invoke("interrupt", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "codexbridge serve" in result.stderr
    assert result.stderr.count("\n") == 1
    await session.bridge.end()


async def test_the_screen_in_every_form(tmp_path: Path, serve_app: Serve) -> None:  # noqa: F811
    session = Session(tmp_path)
    wide = "w" * 300
    rows = (
        Row(text="› hi <there>", runs=(Run(0, 1, Style(bold=True, fg="brown")),), fill="1e1e1e"),
        Row(text="漢字"),
        Row(text=wide),
    )
    session.bridge.screen = lambda: Frame(
        number=1, rows=rows, origins=(0, 0, 0), cursor=(0, 0), cursor_visible=True, alternate=False, title="Codex"
    )
    url = await start(session, serve_app)
    svg, text = tmp_path / "a.svg", tmp_path / "a.txt"
    result = await invoke("screen", "--url", url, "--svg", str(svg), "--text", str(text))
    assert result.exit_code == 0, result.output
    assert text.read_text("utf-8") == f"› hi <there>\n漢字\n{wide}\n"
    assert svg.read_text("utf-8").startswith("<svg")
    result = await invoke("screen", "--url", url, "--width", "30")
    assert "› hi <there>" in result.stdout
    assert "漢字" in result.stdout
    assert wide not in result.stdout
    assert wide in (await invoke("screen", "--url", url)).stdout
    assert (await invoke("screen", "--url", url, "--follow", "--svg", "x")).exit_code == 2
    await session.bridge.end()


def test_rows_are_cut_and_filled() -> None:
    row = {"text": "漢字漢字", "runs": [[0, 4, {"bold": True}]], "fill": "red"}
    assert render({"rows": [row]}, 5).plain == "漢字 "
    assert render({"rows": [row, {"text": "last", "runs": [], "fill": "default"}]}, 9, 1).plain == "last"


@pytest.mark.parametrize(
    ("attributes", "words"),
    [({"bold": True, "fg": "brown"}, "bold yellow"), ({"fg": "a0b1c2", "bg": "brightblue"}, "#a0b1c2 on bright_blue")],
)
def test_styles(attributes: dict[str, object], words: str) -> None:
    from rich.style import Style as RichStyle

    assert style(attributes) == words
    RichStyle.parse(words)
