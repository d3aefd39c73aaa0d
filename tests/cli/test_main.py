from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner

from codexbridge.cli.main import COMMANDS, main


def test_help_lists_every_command_without_importing_it() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in COMMANDS)
    code = "import sys, codexbridge.cli.main; print('starlette' in sys.modules, 'rich' in sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == ["False", "False"]


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["nosuch"]).exit_code == 2
