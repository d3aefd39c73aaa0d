import pytest

from codexbridge.items.shell import script


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("bash -lc 'ls && cat greet.py'", "ls && cat greet.py"),
        ("""bash -lc "echo 'no such check' >&2; exit 3\"""", "echo 'no such check' >&2; exit 3"),
        (r'''bash -lc "echo \$HOME \"x\" 'y'"''', """echo $HOME "x" 'y'"""),
        ("""/bin/zsh -lc 'it'"'"'s'""", "it's"),
        ("bash -lc ls", "ls"),
        ("git status", "git status"),
        ("bash -lc 'a' b", "bash -lc 'a' b"),
    ],
)
def test_the_script_of_a_shell_call(line: str, command: str) -> None:
    assert script(line) == command
