"""Key presses, pastes and focus changes as the bytes that a terminal sends for them.

The encoding depends on what the program has switched on (:class:`~codexbridge.terminal.modes.Modes`): application
cursor keys, the flags of the kitty keyboard protocol, bracketed paste.
"""

from __future__ import annotations

import re

from codexbridge.terminal.modes import Modes

_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4, "super": 8, "meta": 32}

# Keys that are a control character by tradition, with the number that the kitty protocol gives them.
_CONTROLS = {
    "enter": ("\r", 13),
    "return": ("\r", 13),
    "esc": ("\x1b", 27),
    "escape": ("\x1b", 27),
    "tab": ("\t", 9),
    "backspace": ("\x7f", 127),
    "space": (" ", 32),
}
_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_FUNCTION = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_NUMBERED = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f9": 20,
    "f10": 21,
    "f11": 23,
    "f12": 24,
}
_DISAMBIGUATE, _ALL_AS_ESCAPES = 1, 8

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
_unfit = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def encode_key(name: str, modes: Modes) -> bytes:
    """The bytes of one key press: ``"enter"``, ``"ctrl-c"``, ``"alt-r"``, ``"shift-tab"``, ``"f2"``, ``"x"``, ``"漢"``.

    Modifiers (shift, alt, ctrl, super, meta) come first, in any order. Raises :exc:`ValueError` for a name that is
    no key.
    """
    modifiers, key = _split(name)
    if key in _CURSOR:
        return _letter(_CURSOR[key], modifiers, "O" if modes.application_cursor else "[")
    if key in _FUNCTION:
        # Under the kitty protocol F3 would collide with a cursor report and has a number.
        if key == "f3" and (modifiers or modes.kitty_flags & _DISAMBIGUATE):
            return _numbered(13, modifiers)
        return _letter(_FUNCTION[key], modifiers, "O")
    if key in _NUMBERED:
        return _numbered(_NUMBERED[key], modifiers)
    if key in _CONTROLS:
        return _control(key, modifiers, modes.kitty_flags)
    if len(key) == 1 and key.isprintable():
        return _character(key, modifiers, modes.kitty_flags)
    raise ValueError(f"no key is called {name!r}: use names such as enter, ctrl-c, alt-r, pageup or one character")


def encode_paste(text: str, modes: Modes) -> bytes:
    """``text`` as a paste. Controls but LF and TAB are left out, so that no text can end the paste or press keys.

    CR LF and CR count as LF. Within brackets LF stays LF, which every release reads as a newline; where the program
    has not asked for bracketed paste the text goes out as it is typed.
    """
    text = _unfit.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if modes.bracketed_paste:
        text = PASTE_START + text + PASTE_END
    return text.encode("utf-8", "replace")


def encode_focus(gained: bool) -> bytes:
    """The window got or lost the focus; only for a program that asked (``modes.focus_reporting``)."""
    return b"\x1b[I" if gained else b"\x1b[O"


def _split(name: str) -> tuple[int, str]:
    modifiers, rest = 0, name
    while True:
        head, dash, tail = rest.partition("-")
        bit = _MODIFIERS.get(head.lower())
        if not dash or not tail or bit is None:
            break
        modifiers |= bit
        rest = tail
    return modifiers, rest if len(rest) == 1 else rest.lower()


def _letter(letter: str, modifiers: int, plain: str) -> bytes:
    if modifiers:
        return f"\x1b[1;{modifiers + 1}{letter}".encode()
    return f"\x1b{plain}{letter}".encode()


def _numbered(number: int, modifiers: int) -> bytes:
    return (f"\x1b[{number};{modifiers + 1}~" if modifiers else f"\x1b[{number}~").encode()


def _kitty(number: int, modifiers: int) -> bytes:
    return (f"\x1b[{number};{modifiers + 1}u" if modifiers else f"\x1b[{number}u").encode()


def _control(key: str, modifiers: int, flags: int) -> bytes:
    plain, number = _CONTROLS[key]
    if flags & _ALL_AS_ESCAPES:
        return _kitty(number, modifiers)
    if flags & _DISAMBIGUATE and (modifiers or number == 27) and not (number == 32 and modifiers == 1):
        # Enter, Tab and Backspace stay what they were without modifiers, so that a shell is usable after a crash.
        return _kitty(number, modifiers)
    if key == "tab" and modifiers & 1:
        return _letter("Z", modifiers & ~1, "[")
    if key == "backspace" and modifiers & 4:
        plain = "\b"
    if key == "space" and modifiers & 4:
        plain = "\0"
    return (("\x1b" if modifiers & 2 else "") + plain).encode()


def _character(key: str, modifiers: int, flags: int) -> bytes:
    if modifiers & 1 and key.isalpha() and len(key.upper()) == 1 and not flags & _ALL_AS_ESCAPES:
        key = key.upper() if not modifiers & 4 else key
    if flags & _ALL_AS_ESCAPES or (flags & _DISAMBIGUATE and modifiers & ~1):
        return _kitty(ord(key.lower() if len(key.lower()) == 1 else key), modifiers)
    if modifiers & 4:
        upper = key.upper()
        if "@" <= upper <= "_":
            key = chr(ord(upper) & 0x1F)
        elif key == "?":
            key = "\x7f"
        elif key == "/":
            key = "\x1f"
    return (("\x1b" if modifiers & 2 else "") + key).encode()
