"""Insertions, rows that scroll off, wipes: what goes up to the transcript."""

import pytest

from codexbridge.terminal.history import MOST_INSERTED
from codexbridge.terminal.records import Frame, Inserted, Record, Scrolled, Wiped
from codexbridge.terminal.terminal import Terminal


def texts(record: Inserted | Scrolled) -> list[str]:
    return [row.text for row in record.rows]


def insertions(records: list[Record]) -> list[tuple[int, list[str]]]:
    return [(record.serial, texts(record)) for record in records if isinstance(record, Inserted)]


def feed(data: str, columns: int = 20, rows: int = 6) -> tuple[Terminal, list[Record]]:
    terminal = Terminal(columns, rows)
    return terminal, terminal.feed(data.encode())


def test_lines_written_through_a_region_are_an_insertion() -> None:
    terminal, records = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\r\nsecond\x1b[r")
    assert insertions(records) == [(1, ["first", "second"])]
    assert terminal.snapshot().origins == (0, 0, 1, 1, 0, 0)


def test_a_region_that_has_room_does_not_scroll_at_first() -> None:
    terminal, records = feed("\x1b[1;4r\x1b[1;1H\r\nfirst\r\nsecond\r\nthird\r\nfourth\x1b[r")
    assert insertions(records) == [(1, ["first", "second", "third", "fourth"])]
    assert terminal.snapshot().origins == (1, 1, 1, 1, 0, 0)


def test_rows_that_scrolled_off_within_the_region_are_there() -> None:
    _, records = feed("\x1b[1;3r\x1b[3;1H" + "".join(f"\r\nline {n}" for n in range(50)) + "\x1b[r")
    assert insertions(records) == [(1, [f"line {n}" for n in range(50)])]
    assert not any(isinstance(record, Scrolled) for record in records)


def test_an_empty_line_with_a_rendition_only_is_content() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\r\n\x1b[39m\x1b[49m\x1b[0m\r\nthird\x1b[r")
    assert insertions(records) == [(1, ["first", "", "third"])]
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\n\x1b[39m\x1b[49m\x1b[0m\x1b[r")
    assert insertions(records) == [(1, [""])]


def test_an_empty_line_that_is_erased_is_content() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\n\x1b[K\x1b[r")
    assert insertions(records) == [(1, [""])]


def test_bare_line_feeds_are_room_and_not_content() -> None:
    terminal, records = feed("top\x1b[1;4r\x1b[4;1H\r\n\r\n\r\n\x1b[r\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[r")
    assert insertions(records) == [(1, ["first"])]
    assert terminal.snapshot().origins == (0, 0, 0, 1, 0, 0)


def test_scroll_up_in_the_region_is_room_and_not_content() -> None:
    _, records = feed("\x1b[1;4r\x1b[2S\x1b[r")
    assert records == []


def test_reverse_index_in_a_full_region_is_no_insertion() -> None:
    _, records = feed("\x1b[1;6r\x1b[1;1H\x1bM\x1bMtext\r\nmore\x1b[r")
    assert insertions(records) == []


def test_a_soft_wrap_continues_the_row() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\n0123456789abc\r\nshort\x1b[r", columns=10)
    (record,) = [record for record in records if isinstance(record, Inserted)]
    assert [(row.text, row.wrapped) for row in record.rows] == [("0123456789", True), ("abc", False), ("short", False)]


def test_shaded_rows_carry_their_fill() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\n\x1b[48;5;234m\x1b[K\x1b[49m\x1b[r")
    (record,) = [record for record in records if isinstance(record, Inserted)]
    assert [(row.text, row.fill) for row in record.rows] == [("", "1c1c1c")]


def test_drawn_blanks_at_the_end_are_counted() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\nfirst  \r\n\x1b[44m\x1b[Kshaded \x1b[49m\r\nthird\x1b[K\x1b[r")
    (record,) = [record for record in records if isinstance(record, Inserted)]
    assert [(row.text, row.blanks) for row in record.rows] == [("first", 2), ("shaded", 0), ("third", 0)]


@pytest.mark.parametrize("region", ["1;0", "1;1"])
def test_a_viewport_that_leaves_no_row_above_it_still_commits(region: str) -> None:
    _, records = feed(f"\x1b[{region}r\x1b[1;1H\r\nfirst\r\nsecond\x1b[r")
    assert insertions(records) == [(1, ["first", "second"])]


def test_a_whole_screen_is_no_insertion() -> None:
    for region in ("", "1", "1;6", "0;0", "2;1"):
        _, records = feed(f"\x1b[{region}r\x1b[1;1H\r\nfirst\r\nsecond\x1b[r")
        assert records == []


def test_drawing_and_erasing_make_a_row_the_viewports() -> None:
    terminal, _ = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\r\nsecond\x1b[r")
    terminal.feed(b"\x1b[3;1HX")
    assert terminal.snapshot().origins == (0, 0, 0, 1, 0, 0)
    terminal.feed(b"\x1b[4;1H\x1b[K")
    assert terminal.snapshot().origins == (0, 0, 0, 0, 0, 0)


def test_tags_move_with_their_rows() -> None:
    terminal, _ = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[r\x1b[1;4r\x1b[4;1H\r\nsecond\x1b[r")
    assert terminal.snapshot().origins == (0, 0, 1, 2, 0, 0)
    terminal.feed(b"\x1b[6;1H\n")
    assert terminal.snapshot().origins == (0, 1, 2, 0, 0, 0)


def test_insertions_come_before_the_frame_that_shows_them() -> None:
    _, records = feed("\x1b[?2026h\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[r\x1b[5;1Hcomposer\x1b[?2026l")
    assert [type(record) for record in records] == [Inserted, Frame]
    assert isinstance(records[1], Frame)
    assert records[1].origins == (0, 0, 0, 1, 0, 0)


def test_a_frame_in_the_midst_of_an_insertion_divides_it() -> None:
    _, records = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[?2026l\r\nsecond\x1b[r")
    assert insertions(records) == [(1, ["first"]), (1, ["second"])]


def test_a_long_insertion_comes_in_parts() -> None:
    count = MOST_INSERTED + 10
    _, records = feed("\x1b[1;4r\x1b[4;1H" + "".join(f"\r\n{n}" for n in range(count)) + "\x1b[r")
    parts = insertions(records)
    assert [serial for serial, _ in parts] == [1, 1]
    assert [text for _, part in parts for text in part] == [str(n) for n in range(count)]


def test_an_insertion_into_the_alternate_buffer_is_none() -> None:
    _, records = feed("\x1b[?1049h\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[r")
    assert records == []


def test_rows_that_leave_a_full_screen() -> None:
    terminal, records = feed("".join(f"{n}\r\n" for n in range(8)))
    assert records == []
    records = terminal.settle()
    assert [type(record) for record in records] == [Scrolled, Frame]
    assert isinstance(records[0], Scrolled)
    assert texts(records[0]) == ["0", "1", "2"]


def test_many_rows_that_leave_do_not_wait_for_a_frame() -> None:
    _, records = feed("".join(f"{n}\r\n" for n in range(1000)))
    assert [len(texts(record)) for record in records if isinstance(record, Scrolled)] == [256, 256, 256]


def test_inserted_rows_are_not_reported_again_when_they_leave() -> None:
    terminal, _ = feed("\x1b[1;4r\x1b[4;1H\r\nfirst\x1b[r")
    records = terminal.feed(b"\x1b[6;1H\n\n\n\n") + terminal.settle()
    assert [texts(record) for record in records if isinstance(record, Scrolled)] == [["", "", ""]]


def test_nothing_leaves_the_alternate_buffer() -> None:
    terminal, _ = feed("\x1b[?1049h" + "x\r\n" * 20)
    assert [type(record) for record in terminal.settle()] == [Frame]


def test_wipes() -> None:
    assert feed("\x1b[2J")[1] == [Wiped(screen=True, scrollback=False)]
    assert feed("\x1b[H\x1b[J")[1] == [Wiped(screen=True, scrollback=False)]
    assert feed("\x1b[2;1H\x1b[J")[1] == []
    assert feed("\x1b[3J")[1] == [Wiped(screen=False, scrollback=True)]
    assert feed("\x1b[?1049h\x1b[2J\x1b[?1049l")[1] == []


def test_what_scrolled_off_comes_before_the_wipe() -> None:
    _, records = feed("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\x1b[2J")
    assert [type(record) for record in records] == [Scrolled, Wiped]


def test_rows_that_a_resize_pushes_out() -> None:
    terminal, _ = feed("1\r\n2\r\n3\r\n4\r\n5\r\n6")
    terminal.resize(20, 4)
    assert [texts(record) for record in terminal.settle() if isinstance(record, Scrolled)] == [["1", "2"]]


@pytest.mark.parametrize(
    ("row", "moved"),
    [
        ("  \u2514 out", False),
        ("  \u2514 out\r\x1b[3m\u2022 thought", True),
        ("  \u2514 out\b\b\b\b\b\b\b\u2022 thought", True),
        ("  \u2514 out\x1b[1G\u2022 thought", True),
        ("  \u2514 \u6f22\u5b57\r\u2022 thought", True),
        ("\u2022 Ran abc\bd", False),
        ("e\u0301x", False),
        ("\x1b[48;5;8m\x1b[K\u203a shaded", False),
        ("first\x1b[1G\x1b[Kanew", False),
    ],
)
def test_a_row_that_was_drawn_over_from_its_margin_says_so(row: str, moved: bool) -> None:
    _, records = feed(f"\x1b[1;4r\x1b[4;1H\r\nbefore\r\n\x1b[K{row}\x1b[m\r\nafter\x1b[r")
    assert [one.moved for record in records if isinstance(record, Inserted) for one in record.rows] == [
        False,
        moved,
        False,
    ]


@pytest.mark.parametrize("control", ["\v", "\f"])
def test_a_row_that_a_text_begins_by_itself_says_so(control: str) -> None:
    _, records = feed(f"\x1b[1;4r\x1b[4;1H\r\nout{control}{control}\r\x1b[3m\u2022 thought\x1b[m\r\nafter\x1b[r")
    # Where nothing is drawn, it is room.
    rows = [row for record in records if isinstance(record, Inserted) for row in record.rows]
    assert [(row.text, row.moved) for row in rows] == [("out", False), ("\u2022 thought", True), ("after", False)]
