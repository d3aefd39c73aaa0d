import pytest

from codexbridge.terminal.records import PLAIN, Style
from codexbridge.terminal.style import PLAIN_PEN, Palette, parse_rendition


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("1", Style(bold=True)),
        ("2", Style(dim=True)),
        ("1;2", Style(bold=True, dim=True)),
        ("3;4;5;7;9", Style(italic=True, underline=True, blink=True, reverse=True, strike=True)),
        ("31;42", Style(fg="red", bg="green")),
        ("91;102", Style(fg="brightred", bg="brightgreen")),
        ("95;105", Style(fg="brightmagenta", bg="brightmagenta")),
        ("38;5;2", Style(fg="green")),
        ("38;5;9", Style(fg="brightred")),
        ("38;5;240", Style(fg="585858")),
        ("48;5;16", Style(bg="000000")),
        ("38;2;1;2;3", Style(fg="010203")),
        ("38;2;1;2;3;1", Style(fg="010203", bold=True)),
        ("38:5:3", Style(fg="brown")),
        ("38:2:1:2:3", Style(fg="010203")),
        ("38:2::1:2:3", Style(fg="010203")),
        ("4:3", Style(underline=True)),
        ("4:3;4:0", PLAIN),
        ("58;5;1;1", Style(bold=True)),
        ("58:2::1:2:3;1", Style(bold=True)),
        ("38;5", PLAIN),
        ("38;2;1;2", PLAIN),
        ("38;5;999;1", Style(bold=True)),
        ("38;2;300;0;0", PLAIN),
        ("38;9;1", Style(bold=True)),
        ("1;;2", Style(dim=True)),
        ("", PLAIN),
        ("1;53;777", Style(bold=True)),
        ("99999999999999999999;1", Style(bold=True)),
    ],
)
def test_parameters(parameters: str, expected: Style) -> None:
    assert parse_rendition(parameters, PLAIN) == expected


def test_22_ends_bold_and_dim() -> None:
    assert parse_rendition("22", Style(bold=True, dim=True, italic=True)) == Style(italic=True)


def test_resets_of_one_colour() -> None:
    assert parse_rendition("39", Style(fg="red", bg="blue")) == Style(bg="blue")
    assert parse_rendition("49", Style(fg="red", bg="blue")) == Style(fg="red")


def test_a_reset_leaves_the_hyperlink_open() -> None:
    assert parse_rendition("0", Style(bold=True, link="https://example.org")) == Style(link="https://example.org")


def test_a_palette_gives_one_pen_per_style() -> None:
    palette = Palette()
    bold = palette.rendition(PLAIN_PEN, "1")
    assert palette.style(bold) == Style(bold=True)
    assert palette.rendition(bold, "0;1") == bold
    assert palette.pen(PLAIN) == PLAIN_PEN


def test_erasing_keeps_the_background_only() -> None:
    palette = Palette()
    pen = palette.pen(Style(fg="red", bg="blue", underline=True))
    assert palette.style(palette.eraser(pen)) == Style(bg="blue")


def test_compacting_keeps_what_is_used_and_the_plain_pen() -> None:
    palette = Palette()
    pens = [palette.pen(Style(fg=f"{number:06x}")) for number in range(5000)]
    assert palette.full
    table = palette.compact([pens[7], pens[4999]])
    assert not palette.full
    assert palette.style(pens[7].translate(table)).fg == "000007"
    assert palette.style(pens[4999].translate(table)).fg == f"{4999:06x}"
    assert palette.style(PLAIN_PEN) == PLAIN
