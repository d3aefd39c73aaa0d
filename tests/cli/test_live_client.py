"""The client commands, as a person uses them, against a bridge that drives a real Codex."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codexbridge.lab.listener import Json, Listener, call, message, outputs
from codexbridge.lab.served import Served

pytestmark = pytest.mark.live


def plan(request: Json, text: str) -> list[Json] | None:
    if text == "work":
        return None if outputs(request) else [message("I will."), call(request, "sleep 30; echo slept")]
    if text == "ask me":
        escalated = call(request, "touch /var/tmp/codexbridge-asked-for", escalate="It writes outside")
        return [message("That was it.")] if outputs(request) else [escalated]
    if text.startswith("slow"):
        return None if outputs(request) else [call(request, "sleep 4; echo done")]
    return None


class Person:
    """Runs ``codexbridge COMMAND`` against a served bridge."""

    def __init__(self, served: Served) -> None:
        self.url = f"http://127.0.0.1:{served.inject}"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from codexbridge.cli.main import main; main()", *arguments, "--url", self.url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def does(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def watches(self, seconds: float) -> str:
        """What ``screen --follow`` draws on a terminal."""
        command = [sys.executable, "-c", "from codexbridge.cli.main import main; main()"]
        pid, fd = pty.fork()
        if pid == 0:
            # A run in the background of a script has it ignored, and would never end this.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp(command[0], [*command, "screen", "--follow", "--url", self.url])
        drawn, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                drawn += os.read(fd, 65536)
        os.kill(pid, signal.SIGINT)
        os.close(fd)
        os.waitpid(pid, 0)
        return drawn.decode("utf-8", "replace")

    def events(self) -> list[dict[str, Any]]:
        """What was said so far."""
        tail = self.start("tail", "--json", "--bridge")
        time.sleep(1.5)
        tail.terminate()
        return [json.loads(line) for line in tail.communicate(timeout=10)[0].splitlines()]

    def until(self, found: Callable[[dict[str, Any]], bool], limit: float = 25.0) -> dict[str, Any]:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            for event in self.events():
                if found(event):
                    return event
        raise AssertionError(f"not said in {limit} s; last: {self.events()[-3:]}")


@pytest.mark.parametrize("version", ["0.47.0", "0.135.0", "0.169.0"])
def test_a_person_at_the_command_line(version: str, tmp_path: Path) -> None:
    asks = ("--approvals", "ask")
    # Without a sandbox there is nothing to ask for.
    with Listener(plan) as listener, Served(version, listener, asks, sandbox="workspace-write") as served:
        person = Person(served)
        assert person.does("send", "hello there") == (0, "accepted\ndelivered\n", "")
        assert person.does("send", "/status", "--answer")[:2] == (0, "heard 2\n")
        status, out, err = person.does("send", "one\x1b[201~two", "--until", "completed")
        assert (status, "control character removed" in err) == (0, True), out
        assert person.does("send", " ")[0] == 1
        assert listener.heard == ["hello there", "/status", "one[201~two"]

        # The screen, in every form.
        status, shown, _ = person.does("screen", "--width", "100")
        assert status == 0
        assert "hello there" in shown
        svg, text = tmp_path / "screen.svg", tmp_path / "screen.txt"
        assert person.does("screen", "--svg", str(svg), "--text", str(text))[0] == 0
        assert "hello" in svg.read_text("utf-8")
        assert "hello there" in text.read_text("utf-8")
        follow = person.start("screen", "--follow")
        assert follow.stdout is not None
        assert any("hello there" in line for line in follow.stdout)
        follow.terminate()
        follow.communicate(timeout=10)
        assert "heard 3" in person.watches(2.0)

        # A turn is stopped, and the message behind it is delivered.
        assert person.does("interrupt") == (0, "", "no turn runs\n")
        running = person.start("send", "work", "--until", "completed")
        behind = person.start("send", "behind it", "--until", "delivered")
        time.sleep(4)
        assert person.does("interrupt") == (0, "", "")
        assert running.communicate(timeout=30)[1].startswith("the turn interrupted")
        assert behind.wait(30) == 0

        # What Codex asks is answered.
        asking = person.start("send", "ask me", "--until", "completed")
        asked = person.until(lambda event: event["type"] == "agent.permission_request")
        request = asked["payload"]["request_id"]
        status, _, err = person.does("answer", request, "perhaps")
        assert (status, "has no choice" in err) == (1, True)
        assert person.does("answer", request, "decline") == (0, "", "")
        asking.communicate(timeout=30)
        assert person.does("answer", request, "decline")[0] == 1
        assert not Path("/var/tmp/codexbridge-asked-for").exists()
        # Delivered is what the screen shows; the model has heard it when it answers.
        assert person.does("send", "after that", "--until", "completed")[0] == 0
        assert listener.heard[-1] == "after that"
        log = "\n".join(served.log)
        assert "hello there" not in log
        assert "codexbridge-asked-for" not in log


@pytest.mark.parametrize("version", ["0.98.0", "0.155.0"])
def test_a_message_steers_the_running_turn(version: str) -> None:
    with Listener(plan) as listener, Served(version, listener) as served:
        person = Person(served)
        slow = person.start("send", "slow work", "--until", "completed")
        time.sleep(2.5)
        status, out, _ = person.does("send", "steered", "--steer", "--until", "completed")
        assert (status, out.split()) == (0, ["accepted", "delivered", "turn.started", "turn.completed"])
        assert slow.wait(30) == 0
        turns = [event["payload"] for event in person.events() if event["type"] == "bridge.turn"]
        assert [turn["state"] for turn in turns] == ["started", "completed"]
        assert listener.heard == ["slow work", "steered"]
