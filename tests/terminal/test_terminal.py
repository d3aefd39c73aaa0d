"""Bytes in, records and replies out."""

import pytest

from codexbridge.terminal.records import EMPTY, Frame, Osc, Style
from codexbridge.terminal.terminal import Terminal


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(40, 6)


def test_a_synchronized_update_ends_in_a_frame(terminal: Terminal) -> None:
    assert terminal.feed(b"\x1b[?2026hab") == []
    (frame,) = terminal.feed(b"c\x1b[?2026lmore")
    assert isinstance(frame, Frame)
    assert (frame.number, frame.rows[0].text, frame.cursor) == (1, "abc", (3, 0))


def test_settle_reports_news_once(terminal: Terminal) -> None:
    terminal.feed(b"abc")
    (frame,) = terminal.settle()
    assert isinstance(frame, Frame)
    assert frame.rows[0].text == "abc"
    assert terminal.settle() == []
    terminal.feed(b"\x1b[1;1Habc\x1b[1;4H")
    assert terminal.settle() == [], "the same picture is no news"
    terminal.feed(b"\x1b[?25l")
    (frame,) = terminal.settle()
    assert isinstance(frame, Frame)
    assert (frame.number, frame.cursor_visible) == (2, False)


def test_settle_says_nothing_within_an_update(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[?2026habc")
    assert terminal.settle() == []
    assert terminal.modes.synchronized


def test_frames_share_the_rows_that_did_not_change(terminal: Terminal) -> None:
    (first,) = terminal.feed(b"one\r\ntwo\x1b[?2026l")
    (second,) = terminal.feed(b"\x1b[1;1HX\x1b[?2026l")
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert first.rows[1] is second.rows[1]
    assert first.rows[0] is not second.rows[0]
    assert first.rows[0].text == "one", "a frame that was given out never changes"
    assert first.rows[5] is EMPTY


def test_a_snapshot_reports_nothing(terminal: Terminal) -> None:
    terminal.feed(b"abc")
    assert terminal.snapshot().rows[0].text == "abc"
    assert len(terminal.settle()) == 1


def test_the_alternate_buffer_is_told(terminal: Terminal) -> None:
    terminal.feed(b"main\x1b[?1049hover")
    assert terminal.snapshot().alternate
    terminal.feed(b"\x1b[?1049l")
    frame = terminal.snapshot()
    assert (frame.alternate, frame.rows[0].text, frame.cursor) == (False, "main", (4, 0))


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_title(terminal: Terminal, end: str) -> None:
    terminal.feed(f"\x1b]0;⠋ Working{end}x".encode())
    assert terminal.title == terminal.snapshot().title == "⠋ Working"
    terminal.feed(f"\x1b]2;a;b{end}".encode())
    assert terminal.title == "a;b"
    terminal.feed(f"\x1b]1;icon{end}".encode())
    assert terminal.title == "a;b"


def test_commands_for_others_are_records(terminal: Terminal) -> None:
    records = terminal.feed(b"\x1b]9;done\x07\x1b]52;c;aGk=\x1b\\\x1b]7501;state=idle:app=codex\x07\x1b]52;c;?\x07")
    assert records == [Osc(9, "done"), Osc(52, "c;aGk="), Osc(7501, "state=idle:app=codex")]


def test_a_clipboard_of_a_megabyte_is_the_most(terminal: Terminal) -> None:
    (record,) = terminal.feed(b"\x1b]52;c;" + b"A" * 1_000_000 + b"\x07")
    assert isinstance(record, Osc)
    assert len(record.payload) == 1_000_002
    assert terminal.feed(b"\x1b]52;c;" + b"A" * 1_100_000 + b"\x07") == []
    assert terminal.unhandled["oversized string"] == 1


def test_hyperlinks_are_styles(terminal: Terminal) -> None:
    terminal.feed(b"a\x1b]8;id=1;https://example.org\x1b\\b\x1b[1mc\x1b]8;;\x1b\\d")
    runs = terminal.snapshot().rows[0].runs
    assert [(run.start, run.end, run.style) for run in runs] == [
        (1, 2, Style(link="https://example.org")),
        (2, 3, Style(link="https://example.org", bold=True)),
        (3, 4, Style(bold=True)),
    ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x1b[5z", "CSI z"),
        (b"\x1b[?5z", "CSI ?z"),
        (b"\x1b[1;2$w", "CSI $w"),
        (b"\x1bZ", "ESC Z"),
        (b"\x1b[1 2H", "malformed sequence"),
        (b"\x1b[1?2H", "malformed sequence"),
        (b"\x1b]4;1;?\x07", "OSC 4"),
        (b"\x1b]x;y\x07", "malformed OSC"),
        (b"\x1bPsixel\x1b\\", "DCS"),
        (b"\x01", "'\\x01'"),
        (b"\x1b[" + b"1" * 5000 + b"H", "oversized sequence"),
    ],
)
def test_what_is_unknown_is_swallowed_and_counted(terminal: Terminal, data: bytes, kind: str) -> None:
    assert terminal.feed(b"a" + data + b"b") == []
    assert terminal.snapshot().rows[0].text == "ab"
    assert terminal.unhandled == {kind: 1}


@pytest.mark.parametrize("data", [b"\x1b_app\x1b\\", b"\x1b^pm\x1b\\", b"\x1bXsos\x1b\\", b"\x07", b"\x00", b"\x1b\\"])
def test_what_is_for_nobody_is_swallowed(terminal: Terminal, data: bytes) -> None:
    assert terminal.feed(b"a" + data + b"b") == []
    assert terminal.snapshot().rows[0].text == "ab"
    assert not terminal.unhandled


def test_modify_other_keys_is_no_rendition(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[>4;1mx\x1b[>4;0m\x1b[<1u\x1b[=5u")
    row = terminal.snapshot().rows[0]
    assert (row.text, row.runs) == ("x", ())


def test_the_count_of_kinds_is_bounded(terminal: Terminal) -> None:
    for number in range(2000):
        terminal.feed(f"\x1b]{number + 100};x\x07".encode())
    assert len(terminal.unhandled) <= 257


def test_modes(terminal: Terminal) -> None:
    modes = terminal.modes
    terminal.feed(b"\x1b[?1;1004;2004h\x1b[?1002;1006h\x1b=\x1b[4 q\x1b[>4;2m")
    assert modes.application_cursor
    assert modes.focus_reporting
    assert modes.bracketed_paste
    assert modes.application_keypad
    assert (modes.mouse, modes.mouse_coding) == ({"drag"}, {"sgr"})
    assert (modes.cursor_shape, modes.modify_other_keys) == (4, 2)
    terminal.feed(b"\x1b[?1;1004;2004l\x1b[?1002;1006l\x1b>")
    assert not (modes.application_cursor)
    assert not (modes.focus_reporting)
    assert not (modes.bracketed_paste)
    assert not (modes.mouse)


def test_saved_modes_come_back(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[?2004h\x1b[?2004s\x1b[?2004l\x1b[?2004r")
    assert terminal.modes.bracketed_paste


def test_each_buffer_has_its_keyboard_stack(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[>7u")
    assert terminal.modes.kitty_flags == 7
    terminal.feed(b"\x1b[?1049h")
    assert terminal.modes.kitty_flags == 0
    terminal.feed(b"\x1b[>1u\x1b[?1049l")
    assert terminal.modes.kitty_flags == 7
    terminal.feed(b"\x1b[=8;2u")
    assert terminal.modes.kitty_flags == 15
    terminal.feed(b"\x1b[<9u")
    assert terminal.modes.kitty_flags == 0


def test_full_reset(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[?1049h\x1b[1mabc\x1b[2;4r\x1b[?6h\x1b[?2004h\x1b]0;t\x07\x1bcx")
    frame = terminal.snapshot()
    assert (frame.rows[0].text, frame.rows[0].runs, frame.alternate, frame.title) == ("x", (), False, "")
    assert not terminal.modes.bracketed_paste


def test_soft_reset_keeps_the_picture(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[1mabc\x1b[2;4r\x1b[?6h\x1b[4h\x1b[?25l\x1b[!p\x1b[1;4Hd")
    frame = terminal.snapshot()
    assert (frame.rows[0].text, len(frame.rows[0].runs), frame.cursor_visible) == ("abcd", 1, True)
    assert terminal.screen.margins is None


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_impossible_sizes_are_refused(terminal: Terminal, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one column"):
        terminal.resize(*size)
    with pytest.raises(ValueError, match="at least one column"):
        Terminal(*size)


def test_fifty_megabytes_of_one_string_are_not_kept(terminal: Terminal) -> None:
    import tracemalloc

    piece = b"x" * (1 << 20)
    tracemalloc.start()
    terminal.feed(b"\x1b]0;")
    for _ in range(50):
        terminal.feed(piece)
    terminal.feed(b"\x07after")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1 << 20
    assert terminal.snapshot().rows[0].text == "after"
    assert terminal.unhandled["oversized string"] == 1


def drawn(*pieces: bytes) -> list[str]:
    terminal = Terminal(20, 3, controls="drawn")
    for piece in pieces:
        terminal.feed(piece)
    return [row.text for row in terminal.snapshot().rows]


def test_controls_take_a_cell_where_the_program_counts_them_so() -> None:
    assert drawn(b"\x1b[1;2H\ta\x1b[1;5Hb") == [" \ta b", "", ""]
    assert drawn(b"first\rsecond") == ["first\rsecond", "", ""]
    assert drawn(b"one\r\ntwo\a") == ["one", "two\a", ""]


def test_a_return_waits_for_what_follows_it() -> None:
    whole = b"one\r\ntwo\rthree\r\n\tx"
    assert drawn(whole) == drawn(*[bytes([byte]) for byte in whole]) == ["one", "two\rthree", "\tx"]


def test_a_tab_takes_a_cell_where_asked_so_that_changes_land_where_the_program_means_them() -> None:
    # A program that keeps a picture of its own: a tab, text, a change behind it by its own reckoning, a blank skipped.
    written = b"\x1b[1;1H$ \tmake all\x1b[1;9HALL \x1b[2;1Ha\tb"
    stops, cells = Terminal(40, 6), Terminal(40, 6, tabs="cells")
    for terminal, expected in ((stops, "$       ALL  all"), (cells, "$ \tmake ALL")):
        terminal.feed(written)
        (frame,) = terminal.settle()
        assert isinstance(frame, Frame)
        assert frame.rows[0].text == expected
    assert cells.snapshot().rows[1].text == "a\tb"


@pytest.mark.parametrize("text", ["\x1b[2K\x1b[1A\x1b[2K\x1b[G", "\x1b[1A", "\x1b[G", "\x1b[3J", "\x1b[1A\x1b[2K"])
def test_what_redraws_is_a_texts_where_no_redraw_begins(text: str) -> None:
    """A program that indents what it passes on begins its own redraws in the first column."""
    terminal = Terminal(20, 4, "erase", controls="drawn", functions=("[2K", "[1A", "[G", "[3J"))
    terminal.feed(f"history\r\nblock\r\n\x1b[2K\x1b[1A\x1b[2K\x1b[G    out{text}put\r\nblock\r\n".encode())
    assert [row.text for row in terminal.snapshot().rows] == ["history", "    output", "block", ""]
    assert terminal.unhandled["foreign sequence"] > 0
    terminal.feed(b"\x1b[2K\x1b[1A\x1b[2K\x1b[G    more\r\nblock\r\n")
    assert [row.text for row in terminal.snapshot().rows] == ["    output", "    more", "block", ""]


def test_sequences_that_the_program_never_uses_are_a_texts() -> None:
    terminal = Terminal(20, 3, functions=("[2K", "[1A", "[G", "[3J"))
    terminal.feed(b"one\r\ntwo\x1b[2J\x1b[H\x1b]0;title\x07\x1b[1mthree\x1b[m\x1b[1A\x1b[G1")
    assert [row.text for row in terminal.snapshot().rows] == ["1ne", "twothree", ""]
    assert terminal.title == ""
    assert terminal.unhandled["foreign sequence"] == 3
    terminal.feed(b"\r\n\x1b[2J\x1b[3J\x1b[Hanew")
    assert [row.text for row in terminal.snapshot().rows] == ["anew", "", ""]
