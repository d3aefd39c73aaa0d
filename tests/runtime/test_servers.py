"""The MCP servers of a session, and how a release is told of them without a key in a file."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codexbridge.grammar.releases import Release
from codexbridge.runtime import handover, mcp_relay, mcp_start, servers
from codexbridge.runtime.errors import StartError
from codexbridge.runtime.handover import Door, Plan
from codexbridge.runtime.settings import Settings

NEW = Release(version="1.0.0", look="chevron")
OLD = Release(version="0.1.0", look="bar", traits={"mcp_url": False})
HOME = Path("/home/x")
TOKEN = "glpat-abcdefghijklmnop0123"


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(**{"workspace": tmp_path, "base_url": "http://127.0.0.1:9/v1", **more})


def suited(server: dict[str, Any], row: Release = NEW, **environment: str) -> servers.Suited:
    return servers.suited({"lab": server}, row, HOME, environment)


def test_mcp_servers(tmp_path: Path) -> None:
    file = tmp_path / "mcp.toml"
    file.write_text('[mcp_servers.lab]\ncommand = "python3"\nargs = ["-m", "x"]\n')
    remote = [
        {"name": "a", "url": "http://127.0.0.1:4000/mcp"},
        {"name": "lab", "url": "http://127.0.0.1:4001"},
        {"name": "b", "url": "http://10.0.0.1:4000"},
        {"name": "c", "url": "https://127.0.0.1:4000"},
        {"name": "d", "url": "http://127.0.0.1/"},
        {"name": "e", "url": "http://user@127.0.0.1:4000"},
        {"name": "f", "url": "http://127.0.0.1:99999"},
        {"name": "", "url": "http://127.0.0.1:4000"},
        "nonsense",
    ]
    asked = settings(tmp_path, mcp_config=str(file), mcp_remote=json.dumps(remote))
    assert servers.asked(asked) == {
        "lab": {"command": "python3", "args": ["-m", "x"]},
        "a": {"url": "http://127.0.0.1:4000/mcp"},
    }
    assert servers.asked(settings(tmp_path, mcp_remote="{nonsense")) == {}
    guarded = servers.asked(settings(tmp_path, mcp_config=str(file), sandbox="workspace-write"))
    assert guarded["lab"]["default_tools_approval_mode"] == "approve"


@pytest.mark.parametrize("text", ["nonsense = ", "other = 1", "mcp_servers = 3"])
def test_a_bad_file_of_servers_is_an_error_of_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mcp.toml"
    file.write_text(text)
    with pytest.raises(StartError, match="CODEXBRIDGE_MCP_CONFIG") as caught:
        servers.asked(settings(tmp_path, mcp_config=str(file)))
    assert "\n" not in str(caught.value)


def started(number: int = 0, name: str = "lab") -> dict[str, Any]:
    """What the configuration says of a server that is handed its variables."""
    place = str(HOME / "servers" / str(number))
    return {"command": sys.executable, "args": ["-I", mcp_start.__file__, place, name]}


def relayed(found: servers.Suited) -> dict[str, Any]:
    """What the relay is told."""
    (plan,) = found.plans.values()
    assert (plan.command, plan.args) == (sys.executable, ["-I", mcp_relay.__file__])
    told: dict[str, Any] = json.loads(plan.env[mcp_relay.TOLD])
    return told


@pytest.mark.parametrize("row", [NEW, OLD], ids=["new", "old"])
def test_a_server_that_runs_here_is_told_by_the_bridge(row: Release) -> None:
    server = {"command": "x", "args": ["--key", TOKEN], "env": {"A": "b", "N": 1, "Y": True}, "tool_timeout_sec": 5}
    found = suited(server, row)
    assert found.tables == {"lab": {**started(), "tool_timeout_sec": 5}}
    assert found.plans == {0: Plan(command="x", args=["--key", TOKEN], env={"A": "b", "N": "1", "Y": "true"})}
    assert found.variables == {}
    assert suited({"command": "x", "enabled": True}, row).tables == {"lab": {"command": "x", "enabled": True}}
    assert TOKEN not in repr(found) + repr(found.plans)


def test_headers_are_named_where_the_release_asks_for_them() -> None:
    server = {
        "url": "https://a/mcp",
        "http_headers": {"X-Org": "one", "Authorization": "Basic xyz"},
        "env_http_headers": {"X-Own": "MINE"},
        "bearer_token": "two",
        "startup_timeout_sec": 3,
    }
    found = suited(server)
    assert found.tables["lab"] == {
        "url": "https://a/mcp",
        "bearer_token_env_var": "CODEXBRIDGE_MCP_1",
        "env_http_headers": {"X-Org": "CODEXBRIDGE_MCP_2", "Authorization": "CODEXBRIDGE_MCP_3", "X-Own": "MINE"},
        "startup_timeout_sec": 3,
    }
    assert list(found.variables.values()) == ["two", "one", "Basic xyz"]
    named = {"url": "https://a/mcp", "bearer_token_env_var": "MINE"}
    assert suited(named).tables == {"lab": named}


def test_elsewhere_the_relay_sends_them() -> None:
    server = {"url": "https://a/mcp", "http_headers": {"X": "1"}, "env_http_headers": {"Y": "MINE", "Z": "NO"}}
    found = suited({**server, "bearer_token_env_var": "TOLD"}, OLD, MINE="2", TOLD="3")
    assert found.tables == {"lab": started()}
    assert relayed(found) == {"url": "https://a/mcp", "headers": {"X": "1", "Y": "2", "Authorization": "Bearer 3"}}
    (plan,) = suited({"url": "https://a/mcp"}, OLD, HTTPS_PROXY="http://p:1", OTHER="x").plans.values()
    assert set(plan.env) == {mcp_relay.TOLD, "HTTPS_PROXY"}
    plain = suited({"url": "http://127.0.0.1:4000/mcp"}, OLD)
    assert plain.tables["lab"]["args"] == ["-I", mcp_relay.__file__, "http://127.0.0.1:4000/mcp"]
    assert not plain.plans


@pytest.mark.parametrize("url", ["https://a/mcp?key=1", "https://u:p@a/mcp", f"https://a/{TOKEN}/mcp"])
def test_an_address_that_holds_a_key_is_the_relays(url: str) -> None:
    found = suited({"url": url})
    assert found.tables == {"lab": started()}
    assert relayed(found)["url"] == url


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"command": "x", "cwd": f"/tmp/{TOKEN}"}, "lab: cwd looks like a key"),
        ({"command": "x", "oauth": {"client_secret": "0123456789"}}, "lab: oauth looks like a key"),
        ({"command": "x", "args": "a b"}, "lab: it needs a command"),
        ({"args": ["x"]}, "lab: it needs a command"),
        ({"command": "x", "env": {"A": ["b"]}}, "lab: it needs a command"),
        ({"command": "x", "env": {"A": "b" * handover.LARGEST}}, "lab: its arguments and variables are longer"),
        ({"url": "http://[a/mcp"}, "lab: its url is no address"),
    ],
)
def test_what_cannot_be_handed_over_is_refused(server: dict[str, Any], words: str) -> None:
    with pytest.raises(StartError, match=words) as caught:
        suited(server)
    assert TOKEN not in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_secrets_of_servers() -> None:
    here = {"command": "x", "args": ["--api-key", "a", "--token=b", "PASSWORD=c", "--port", "1"], "env": {"A_KEY": "d"}}
    there = {
        "url": "https://u:e@a/?token=f&page=1",
        "http_headers": {"Authorization": "Bearer g", "X-Api-Key": "h"},
        "bearer_token": "i",
        "env_http_headers": {"Authorization": "NAME_OF_IT"},
    }
    assert sorted(servers.secrets({"here": here, "there": there, "odd": 1, "bad": {"url": "http://[a"}})) == [
        *"abcdefghi"
    ]


def told(home: Path, number: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", mcp_start.__file__, str(handover.place(home, number)), "lab"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_door_tells_each_server_what_it_is(tmp_path: Path) -> None:
    # Longer than the address of a socket may be.
    home = tmp_path / ("long" * 30)
    home.mkdir()
    show = "import os, sys; print(os.environ['WHO'], sys.argv[1:], len(os.environ['LONG']))"
    long = "x" * 90_000
    plans = {
        number: Plan(command=sys.executable, args=["-c", show, who], env={"WHO": who, "LONG": long})
        for number, who in enumerate(("one", "two"))
    }
    for _ in range(2):
        # A Codex that is started again finds a new one.
        door = Door(home, plans)
        for listener in door.listeners:
            listener.setblocking(True)
            threading.Thread(target=door.answer, args=[listener], daemon=True).start()
        for number, who in enumerate(("one", "two")):
            process = told(home, number)
            assert process.communicate(timeout=20) == (f"{who} ['{who}'] 90000\n", "")
        door.close()
        door.close()
    process = told(home)
    assert "lab: the bridge does not say how to start it" in process.communicate(timeout=20)[1]
    assert process.returncode == 1


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    door = Door(tmp_path, {0: Plan(command="not-there", args=["secret"])})
    (listener,) = door.listeners
    listener.setblocking(True)
    threading.Thread(target=door.answer, args=[listener], daemon=True).start()
    process = told(tmp_path)
    said = process.communicate(timeout=20)[1]
    assert said.startswith("MCP server lab: not-there cannot be started: ")
    assert "secret" not in said
    door.close()


def test_a_door_without_servers_makes_nothing(tmp_path: Path) -> None:
    assert not Door(tmp_path, {}).listeners
    assert list(tmp_path.iterdir()) == []
    assert msgspec.json.decode(msgspec.json.encode(Plan("x")), type=Plan) == Plan("x")
