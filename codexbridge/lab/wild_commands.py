"""Commands as coding sessions run them, with outputs of every shape, for a random conversation.

What a command prints must be the same whenever it is run on the same workspace: no times, no process ids, no sizes of
folders.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from random import Random

from codexbridge.lab.story import Part
from codexbridge.lab.wild_files import Files

_ROWS = (
    "PASSED tests/test_app.py::test_{n} [ 42%]",
    '  File "src/app.py", line {n}, in step',
    "npm WARN deprecated thing@{n}: use other@{n}",
    "{n}: error: expected ';' before '}}' token",
    "| col {n} | b |",
    "  └ {n}",
    "    … +{n} lines",
    "› {n} prompt",
    "✓ {n} passed",
    "* [new branch] b{n} -> origin/b{n}",
    "日本語 {n} 🙂 é",
    "",
    "   ",
    "\t{n}\tcolumn",
    "$ echo {n}",
    "trailing blanks {n}   ",
)
_SCRIPTS = (
    "import json\nprint(json.dumps({{'n': {n}, 'list': [1, 2, 3]}}, indent=2))",
    "for i in range({few}):\n    print('row', i, 'x' * i)\n\nprint('done')",
    "import sys\nprint('out {n}')\nprint('err {n}', file=sys.stderr)\nsys.exit({few})",
    "def f(x):\n    '''Doc.'''\n    return x\n\nassert f(1) == 2, 'n is {n}'",
)


def command(random: Random, files: Files) -> Part:
    """Any command; ``pure`` where its output rests on nothing that the conversation has changed."""
    return random.choice(_MAKERS)(random, files)


def _path(random: Random, files: Files) -> str:
    return random.choice(sorted(files.now))


def _read(random: Random, files: Files) -> Part:
    path = _path(random, files)
    forms = ("cat {p}", "sed -n '1,{n}p' {p}", "head -n {n} {p}", "tail -n {n} {p}", "nl -ba {p} | sed -n '2,{n}p'")
    return Part(command=random.choice(forms).format(p=path, n=random.randint(2, 25)))


def _search(random: Random, files: Files) -> Part:
    forms = (
        "grep -rn 'step_' src",
        "grep -n value {p}",
        "grep -rln nothing_like_it . --include='*.py'",
        "rg -n value {p}",
    )
    return Part(command=random.choice(forms).format(p=_path(random, files)))


def _list(random: Random, files: Files) -> Part:
    return Part(
        command=random.choice(("ls", "ls src", "find . -name '*.md' -not -path './.git/*' | sort", "ls nowhere"))
    )


def _git(random: Random, files: Files) -> Part:
    return Part(
        command=random.choice(("git status --short", "git diff --stat", "git branch --list", "git show nothing"))
    )


def _print(random: Random, files: Files) -> Part:
    count = random.choice((1, 2, 3, 4, 5, 6, 7, 9, 15, 40, 180))
    rows = [random.choice(_ROWS).format(n=random.randint(1, 999)) for _ in range(min(count, 12))]
    rows = (rows * (count // len(rows) + 1))[:count]
    return Part(command=f"printf '%s\\n' {' '.join(map(shlex.quote, rows))}", pure=True)


def _script(random: Random, files: Files) -> Part:
    body = random.choice(_SCRIPTS).format(n=random.randint(1, 999), few=random.randint(2, 9))
    mark = random.choice(("PY", "EOF"))
    return Part(command=f"python3 - <<'{mark}'\n{body}\n{mark}", pure=True)


def _short(random: Random, files: Files) -> Part:
    forms = (
        "true",
        "false",
        ":",
        "echo",
        "echo ok",
        "exit 7",
        "printf x",
        "printf '\\n\\n'",
        "echo 'a  b'",
        "pwd | wc -l",
    )
    return Part(command=random.choice(forms), pure=True)


def _odd(random: Random, files: Files) -> Part:
    forms = (
        "printf 'no newline at the end'",
        "printf '\\033[1;31mFAILED\\033[0m one \\033[32mok\\033[0m\\n'",
        "printf '%s\\n' \"it's\" 'a \"quoted\" word' '$HOME `x` \\\\'",
        "printf 'col1\\tcol2\\n1\\t2\\n'",
        "seq 1 {n} | tr '\\n' ' '",
        "python3 -c \"print('w' * {n})\"",
        "echo one && echo two >&2 && echo three || echo four",
        'for i in 1 2 3; do echo "$i: $((i * {n}))"; done; exit {few}',
        "mkdir -p out && cd out && echo {n} > value.txt && cat value.txt",
        "LC_ALL=C printf '%s;' a b c; echo; echo \"$?\"",
        "sh -c 'echo inner; exit {few}'",
        "no_such_program --flag {n}",
        "echo first \\\n  && echo second",
        "cat <<EOF\nline {n}\n\n  indented\nEOF",
    )
    text = random.choice(forms)
    return Part(command=text.replace("{n}", str(random.randint(3, 700))).replace("{few}", str(random.randint(1, 9))))


def _slow(random: Random, files: Files) -> Part:
    return Part(command=f"echo begin; sleep {random.choice((0.2, 0.6, 1.4))}; echo end", pure=True)


_MAKERS: tuple[Callable[[Random, Files], Part], ...] = (
    *(_read, _read, _search, _list, _git, _print, _print, _print, _script, _script, _short, _odd, _odd, _odd),
    _slow,
)
