"""The screen by itself, through pyte's own vocabulary and through bytes."""

import pyte
import pytest

from codexbridge.terminal.screen import Screen
from codexbridge.terminal.terminal import Terminal


def shown(data: bytes | str, columns: int = 10, rows: int = 4) -> list[str]:
    terminal = Terminal(columns, rows)
    terminal.feed(data.encode() if isinstance(data, str) else data)
    return [row.text for row in terminal.snapshot().rows]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("abc\r\ndef", ["abc", "def", "", ""]),
        ("abc\ndef", ["abc", "   def", "", ""]),
        ("0123456789ab", ["0123456789", "ab", "", ""]),
        ("0123456789\r\nab", ["0123456789", "ab", "", ""]),
        ("1\r\n2\r\n3\r\n4\r\n5", ["2", "3", "4", "5"]),
        ("abc\x1b[1;2HX", ["aXc", "", "", ""]),
        ("abc\x1b[99;99HX", ["abc", "", "", "         X"]),
        ("abcdef\x1b[1;3H\x1b[K", ["ab", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[1K", ["   def", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[2P", ["abef", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[2@", ["ab  cdef", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[2X", ["ab  ef", "", "", ""]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[L", ["a", "", "b", "c"]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[M", ["a", "c", "", ""]),
        ("a\r\nb\r\nc\x1b[S", ["b", "c", "", ""]),
        ("a\r\nb\r\nc\x1b[T", ["", "a", "b", "c"]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[J", ["a", "", "", ""]),
        ("a\r\nb\r\nc\x1b[2;1H\x1b[1J", ["", "", "c", ""]),
        ("a\r\nb\x1b[2J", ["", "", "", ""]),
        ("a\r\nb\x1b[3J", ["a", "b", "", ""]),
        ("a\x1b[1;1H\x1bMb", ["b", "a", "", ""]),
        ("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nX", ["a", "c", "X", "d"]),
        ("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[2;1H\x1bMX", ["a", "X", "b", "d"]),
        ("\x1b[2;3r\x1b[?6h\x1b[1;1HX", ["", "X", "", ""]),
        ("x\x1b[3b", ["xxxx", "", "", ""]),
        ("a\tb", ["a       b", "", "", ""]),
        ("\x1b[1;4H\x1bH\rab\tc", ["ab c", "", "", ""]),
        ("\x1b(0lqk\x1b(B", ["┌─┐", "", "", ""]),
        ("\x1b)0\x0elqk\x0fa", ["┌─┐a", "", "", ""]),
        ("a\x1b7\x1b[3;3Hb\x1b8c", ["ac", "", "  b", ""]),
        ("a\x1b[s\x1b[3;3Hb\x1b[uc", ["ac", "", "  b", ""]),
        ("abc\x1b[?1049hover\x1b[?1049ldef", ["abcdef", "", "", ""]),
        ("abc\x1b[4h\rX", ["Xabc", "", "", ""]),
        ("\x1b[?7l0123456789ab", ["012345678b", "", "", ""]),
        ("ab\x1b[1\b;5Hc", ["ab  c", "", "", ""]),
        ("a\x1b[1;2\x18b", ["ab", "", "", ""]),
        ("a\x1b]0;t\x1b[2;1Hb", ["a", "b", "", ""]),
        ("漢字", ["漢字", "", "", ""]),
        ("12345678漢字", ["12345678漢", "字", "", ""]),
        ("123456789漢", ["123456789", "漢", "", ""]),
        ("漢\x1b[1;2Hx", [" x", "", "", ""]),
        ("漢\x1b[1;1Hx", ["x", "", "", ""]),
        ("e\u0301x", ["e\u0301x", "", "", ""]),
        ("👩\u200d👩\u200d👧x", ["👩\u200d👩\u200d👧x", "", "", ""]),
        ("✏\ufe0f Applying", ["✏\ufe0f Applyin", "g", "", ""]),
        ("a\u200bb", ["a\u200bb", "", "", ""]),
        ("\U00100000x", ["\U00100000x", "", "", ""]),
        ("\x1b#8\x1b[2J", ["", "", "", ""]),
        ("ab\x1bcd", ["d", "", "", ""]),
    ],
)
def test_picture(data: str, rows: list[str]) -> None:
    assert shown(data) == rows
    # A byte at a time comes to the same.
    terminal = Terminal(10, 4)
    for byte in data.encode():
        terminal.feed(bytes([byte]))
    assert [row.text for row in terminal.snapshot().rows] == rows


def test_a_selector_that_widens_moves_what_follows() -> None:
    terminal = Terminal(10, 1)
    terminal.feed("⚠\ufe0fx".encode())
    assert terminal.snapshot().cursor == (3, 0)


def test_soft_wraps_are_marked() -> None:
    terminal = Terminal(10, 3)
    terminal.feed(b"0123456789ab\r\n0123456789\r\n")
    assert [row.wrapped for row in terminal.snapshot().rows] == [False, False, False]
    terminal = Terminal(10, 4)
    terminal.feed(b"0123456789ab\r\n0123456789\r\n")
    assert [row.wrapped for row in terminal.snapshot().rows] == [True, False, False, False]
    terminal.feed(b"\x1b[1;5H\x1b[K")
    assert not terminal.snapshot().rows[0].wrapped


def test_blanks_before_a_soft_wrap_are_text() -> None:
    terminal = Terminal(10, 3)
    terminal.feed(b"012345678 abc")
    assert [row.text for row in terminal.snapshot().rows] == ["012345678 ", "abc", ""]
    terminal = Terminal(10, 3)
    terminal.feed("012345678漢".encode())
    assert [row.text for row in terminal.snapshot().rows] == ["012345678", "漢", ""]


def test_erasing_takes_the_background_and_nothing_else() -> None:
    terminal = Terminal(10, 2)
    terminal.feed(b"\x1b[1;4;44mab\x1b[K")
    row = terminal.snapshot().rows[0]
    assert row.fill == "blue"
    assert terminal.screen.buffer[0][5].bg == "blue"
    assert not terminal.screen.buffer[0][5].underscore


def test_rows_that_scroll_in_take_the_background() -> None:
    terminal = Terminal(10, 2)
    terminal.feed(b"\x1b[44m\n\n")
    assert [row.fill for row in terminal.snapshot().rows] == ["default", "blue"]


def test_regions_belong_to_their_buffer() -> None:
    terminal = Terminal(10, 6)
    terminal.feed(b"\x1b[2;4r\x1b[?1049h")
    assert terminal.screen.margins is None
    terminal.feed(b"\x1b[?1049l")
    assert tuple(terminal.screen.margins) == (1, 3)


def test_it_is_a_pyte_screen() -> None:
    screen = Screen(20, 3)
    stream = pyte.Stream(screen)
    stream.feed("plain \x1b[1;31mred\x1b[0m\r\nsecond \x1b[4D!")
    assert isinstance(screen, pyte.Screen)
    assert screen.display == ["plain red".ljust(20), "sec!nd".ljust(20), " " * 20]
    assert screen.buffer[0][6] == pyte.screens.Char("r", fg="red", bold=True)
    assert screen.buffer[0][15] == screen.default_char
    assert (screen.cursor.x, screen.cursor.y, screen.cursor.attrs.fg) == (4, 1, "default")


def test_the_buffer_can_be_written() -> None:
    screen = Screen(20, 3)
    screen.buffer[1][2] = pyte.screens.Char("x", fg="green")
    assert screen.display[1].rstrip() == "  x"
    assert screen.buffer[1][2].fg == "green"
    del screen.buffer[1]
    assert screen.display[1].strip() == ""
    assert list(screen.buffer) == [0, 1, 2]


def test_dirty_names_the_rows_that_changed() -> None:
    terminal = Terminal(10, 3)
    terminal.feed(b"a\r\nb")
    terminal.snapshot()
    terminal.feed(b"c")
    assert terminal.screen.dirty == {1}


@pytest.mark.parametrize(("columns", "rows"), [(5, 4), (20, 2), (1, 1), (10, 4), (40, 10)])
def test_resize_keeps_the_rows_at_the_cursor(columns: int, rows: int) -> None:
    terminal = Terminal(10, 4)
    terminal.feed(b"one\r\ntwo\r\nthree\r\nfour")
    terminal.resize(columns, rows)
    frame = terminal.snapshot()
    assert len(frame.rows) == rows
    assert frame.rows[frame.cursor[1]].text == "four"[:columns]


def test_resize_loses_blank_rows_below_first() -> None:
    terminal = Terminal(10, 6)
    terminal.feed(b"one\r\ntwo")
    terminal.resize(10, 3)
    assert [row.text for row in terminal.snapshot().rows] == ["one", "two", ""]


def test_colours_without_end_do_not_grow_without_end() -> None:
    terminal = Terminal(80, 24)
    for number in range(20_000):
        terminal.feed(f"\x1b[38;2;{number >> 8 & 255};{number & 255};7mx".encode())
    assert len(terminal.screen.palette.styles) < 9000
    terminal.feed(b"\x1b[2J\x1b[H\x1b[31mred")
    assert terminal.snapshot().rows[0].runs[0].style.fg == "red"


def test_renditions_without_end_are_not_remembered_without_end() -> None:
    terminal = Terminal(80, 24)
    data = "".join(
        f"\x1b[38;5;{n}m" + "".join(f"\x1b[48;5;{m}m\x1b[7;{m % 40}m" for m in range(256)) for n in range(256)
    )
    for _ in range(3):
        terminal.feed(data.encode())
        kept = sum(len(first) for _, first, _ in terminal._operations.values() if isinstance(first, dict))
        assert kept < 150_000


def test_clusters_without_end_do_not_grow_without_end() -> None:
    terminal = Terminal(80, 24)
    marks = [chr(code) for code in range(0x300, 0x36F)]
    for number in range(20_000):
        terminal.feed(f"a{marks[number % 111]}{marks[number // 111 % 111]}".encode())
    assert len(terminal.screen.clusters.texts) < 9000
    terminal.feed("e\u0301".encode() * 40 + b"x" * 5)
    assert "e\u0301e\u0301" in terminal.snapshot().rows[terminal.snapshot().cursor[1]].text


def test_a_cluster_is_not_endless() -> None:
    terminal = Terminal(80, 2)
    terminal.feed(("a" + "\u0301" * 1000).encode())
    assert len(terminal.snapshot().rows[0].text) == 32
    assert terminal.unhandled["cluster too long"] == 969
