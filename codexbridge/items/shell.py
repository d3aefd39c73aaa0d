"""A command line as a shell would read it: what ``bash -lc '...'`` runs."""

from __future__ import annotations

import json

import regex

_WORD = regex.compile(r"""(?:'[^']*+'|"(?:[^"\\]|\\.)*+"|\\.|[^\s'"\\])++""", regex.DOTALL)
_PIECE = regex.compile(
    r"""'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^'"\\]+)""", regex.DOTALL
)
_DOUBLE = regex.compile(r'\\([$`"\\!\n])')
_SHELL = regex.compile(r"(?:\S*/)?(?:ba|z|da|k)?sh")


def script(line: str) -> str:
    """The script in ``bash -lc '<script>'``, its quotes undone; any other line as it is.

    >>> script("bash -lc \\"echo 'hi'\\"")
    "echo 'hi'"
    """
    words = _WORD.findall(line)
    if len(words) != 3 or words[1] not in ("-lc", "-c") or not _SHELL.fullmatch(words[0]):
        return line
    rest = line.split(words[1], 1)[1].lstrip(" ")
    return unquoted(rest) if rest == words[2] else line


def called(line: str) -> str:
    """As much of a script as a row quotes of a call's arguments, which are JSON and may be cut anywhere.

    >>> called('{"command": ["bash", "-lc", "echo a\\\\necho b\\\\nec')
    'echo a\\necho b\\nec'
    """
    found = _ARGUMENTS.match(line)
    if found is None:
        return ""
    text = found["script"]
    # An escape may be cut, too; that of a character beyond the first plane has twelve.
    for end in range(len(text), max(len(text) - 12, -1), -1):
        try:
            return str(json.loads(f'"{text[:end]}"'))
        except ValueError:
            continue
    return ""


def with_lines(command: str, quoted: str) -> str:
    """``command``, drawn without its line breaks, with those of ``quoted``, which is all of it or its beginning."""
    flat = quoted.replace("\n", "")
    if "\n" not in quoted or not flat or not command.startswith(flat):
        return command
    return quoted + command[len(flat) :]


_ARGUMENTS = regex.compile(
    r'\{"command": ?\["(?:[^"]*/)?(?:ba|z)?sh", ?"-l?c", ?"(?<script>(?:[^"\\]|\\.)*+)', regex.DOTALL
)
_OPENS = regex.compile(
    r"""\\(?s:.) | '[^']*+' | "(?:[^"\\]|\\(?s:.))*+" | (?:(?<=^|[\s;|&(])\#[^\n]*+) | <<< | \(\([^\n]*?\)\) |
        <<(?<dash>-?)[ \t]*+(?:'(?<single>[^'\n]*)'|"(?<double>[^"\n]*)"|(?<word>[^\s;|&<>()'"]+)) |
        (?<quote>['"]) | (?<line>\n) | [^\\'"<\#\n]++ | (?s:.)""",
    regex.VERBOSE,
)
_CONTINUES = regex.compile(r"(?:\\|\||&&)\s*\Z")
_WAIT = 0.25


def is_open(script: str) -> bool:
    """Whether a script goes on in the next line: a quote is open, a here-document, a line that ends in an operator.

    >>> is_open("cat <<'EOF'\\nx"), is_open("cat <<'EOF'\\nx\\nEOF"), is_open("echo 'a"), is_open("ls |")
    (True, False, True, True)
    """
    awaited: list[tuple[str, bool]] = []
    at = 0
    try:
        while at < len(script):
            found = _OPENS.match(script, at, timeout=_WAIT)
            if found is None:
                return False
            at = found.end()
            if found["quote"]:
                return True
            if found["dash"] is not None:
                awaited.append(
                    (found["single"] or found["double"] or (found["word"] or "").replace("\\", ""), bool(found["dash"]))
                )
            elif found["line"] and awaited:
                # The bodies of here-documents begin at the end of the line that calls for them.
                for word, tabs in awaited:
                    while True:
                        if at >= len(script):
                            return True
                        end = script.find("\n", at)
                        line = script[at:] if end < 0 else script[at:end]
                        at = len(script) if end < 0 else end + 1
                        if (line.lstrip("\t") if tabs else line) == word:
                            break
                awaited = []
    except TimeoutError:
        return False
    return bool(awaited) or _CONTINUES.search(script) is not None


def unquoted(word: str) -> str:
    """One word without its quotes."""
    text = ""
    for piece in _PIECE.finditer(word):
        if piece["double"] is not None:
            text += _DOUBLE.sub(r"\1", piece["double"])
        else:
            text += next(part for part in (piece["single"], piece["escaped"], piece["plain"]) if part is not None)
    return text
