import pytest

from codexbridge.terminal.keys import encode_focus, encode_key, encode_paste
from codexbridge.terminal.modes import Modes


@pytest.fixture
def modes() -> Modes:
    return Modes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enter", "\r"),
        ("esc", "\x1b"),
        ("tab", "\t"),
        ("shift-tab", "\x1b[Z"),
        ("backspace", "\x7f"),
        ("space", " "),
        ("ctrl-c", "\x03"),
        ("ctrl-t", "\x14"),
        ("ctrl-j", "\n"),
        ("ctrl-space", "\x00"),
        ("ctrl-[", "\x1b"),
        ("ctrl-/", "\x1f"),
        ("alt-r", "\x1br"),
        ("alt-enter", "\x1b\r"),
        ("ctrl-alt-c", "\x1b\x03"),
        ("up", "\x1b[A"),
        ("shift-up", "\x1b[1;2A"),
        ("ctrl-right", "\x1b[1;5C"),
        ("home", "\x1b[H"),
        ("end", "\x1b[F"),
        ("pageup", "\x1b[5~"),
        ("pagedown", "\x1b[6~"),
        ("ctrl-pageup", "\x1b[5;5~"),
        ("delete", "\x1b[3~"),
        ("f1", "\x1bOP"),
        ("f2", "\x1bOQ"),
        ("shift-f2", "\x1b[1;2Q"),
        ("f5", "\x1b[15~"),
        ("f12", "\x1b[24~"),
        ("x", "x"),
        ("X", "X"),
        ("shift-x", "X"),
        ("漢", "漢"),
        ("-", "-"),
        ("ctrl--", "-"),
        ("PageUp", "\x1b[5~"),
        ("Ctrl-C", "\x03"),
    ],
)
def test_plain(modes: Modes, name: str, expected: str) -> None:
    assert encode_key(name, modes) == expected.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("up", "\x1bOA"), ("home", "\x1bOH"), ("ctrl-up", "\x1b[1;5A"), ("pageup", "\x1b[5~")],
)
def test_application_cursor_keys(modes: Modes, name: str, expected: str) -> None:
    modes.switch(1, True)
    assert encode_key(name, modes) == expected.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enter", "\r"),
        ("shift-enter", "\x1b[13;2u"),
        ("tab", "\t"),
        ("shift-tab", "\x1b[9;2u"),
        ("backspace", "\x7f"),
        ("esc", "\x1b[27u"),
        ("ctrl-c", "\x1b[99;5u"),
        ("ctrl-C", "\x1b[99;5u"),
        ("alt-r", "\x1b[114;3u"),
        ("x", "x"),
        ("X", "X"),
        ("up", "\x1b[A"),
        ("f3", "\x1b[13~"),
    ],
)
def test_kitty_protocol(modes: Modes, name: str, expected: str) -> None:
    modes.push_kitty(1)
    assert encode_key(name, modes) == expected.encode()


def test_kitty_protocol_with_all_keys_as_escapes(modes: Modes) -> None:
    modes.push_kitty(8)
    assert encode_key("enter", modes) == b"\x1b[13u"
    assert encode_key("x", modes) == b"\x1b[120u"


@pytest.mark.parametrize("name", ["", "entr", "ctrl-", "f13", "\x1b", "ab"])
def test_what_is_no_key_is_refused(modes: Modes, name: str) -> None:
    with pytest.raises(ValueError, match="no key is called"):
        encode_key(name, modes)


def test_paste(modes: Modes) -> None:
    assert encode_paste("a\nb", modes) == b"a\nb"
    modes.switch(2004, True)
    assert encode_paste("a\r\nb\rc\td", modes) == b"\x1b[200~a\nb\nc\td\x1b[201~"


def test_no_paste_can_end_itself(modes: Modes) -> None:
    modes.switch(2004, True)
    data = encode_paste("a\x1b[201~rm -rf /\x03\x9b201~\x7f\x07\ud800", modes)
    assert data == b"\x1b[200~a[201~rm -rf /201~?\x1b[201~"


def test_focus() -> None:
    assert (encode_focus(True), encode_focus(False)) == (b"\x1b[I", b"\x1b[O")
