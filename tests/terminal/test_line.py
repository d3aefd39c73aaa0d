import pytest

from codexbridge.terminal.line import STUB, Clusters, Line
from codexbridge.terminal.records import EMPTY, Row, Run, Style
from codexbridge.terminal.style import PLAIN_PEN, Palette


@pytest.fixture
def palette() -> Palette:
    return Palette()


def written(text: str, pen: str = PLAIN_PEN) -> Line:
    line = Line()
    line.put(0, text, pen * len(text))
    line.wide = STUB in text
    return line


def test_put_pads_up_to_its_place() -> None:
    line = written("ab")
    line.put(4, "x", PLAIN_PEN)
    assert line.text == "ab  x"


def test_put_in_the_middle() -> None:
    line = written("abcdef")
    line.put(2, "XY", PLAIN_PEN * 2)
    assert line.text == "abXYef"


@pytest.mark.parametrize(("x", "expected"), [(0, "x 漢\0"), (1, " x漢\0"), (2, "漢\0x "), (3, "漢\0 x")])
def test_half_of_a_wide_character_cannot_stay(x: int, expected: str) -> None:
    line = written("漢\0漢\0")
    line.put(x, "x", PLAIN_PEN)
    assert line.text == expected


def test_erasing_to_the_edge_shortens() -> None:
    line = written("abcdef")
    line.wrapped = True
    line.erase(2, 80, PLAIN_PEN, 80)
    assert (line.text, line.wrapped) == ("ab", False)


def test_erasing_with_a_background_fills_the_row(palette: Palette) -> None:
    line = written("abcdef")
    pen = palette.pen(Style(bg="blue"))
    line.erase(2, 10, pen, 10)
    row = line.report(palette, Clusters(), 10)
    assert row == Row("ab", (), "blue")
    assert line.pens == PLAIN_PEN * 2 + pen * 8


def test_erasing_in_the_middle_of_a_wide_character() -> None:
    line = written("漢\0漢\0")
    line.erase(1, 2, PLAIN_PEN, 80)
    assert line.text == "  漢\0"


def test_insert_and_delete() -> None:
    line = written("abcdef")
    line.insert(1, 2, PLAIN_PEN, 6)
    assert line.text == "a  bcd"
    line.delete(1, 2, PLAIN_PEN, 6)
    assert line.text == "abcd"


def test_a_wide_character_pushed_over_the_edge_is_gone() -> None:
    line = written("abc漢\0")
    line.insert(0, 1, PLAIN_PEN, 5)
    assert line.text == " abc "


def test_report_trims_and_finds_runs(palette: Palette) -> None:
    bold, dim = palette.pen(Style(bold=True)), palette.pen(Style(dim=True))
    line = Line()
    line.put(0, "a bb cc   ", PLAIN_PEN * 2 + bold * 2 + PLAIN_PEN + dim * 5)
    assert line.report(palette, Clusters(), 80) == Row(
        "a bb cc", (Run(2, 4, Style(bold=True)), Run(5, 7, Style(dim=True)))
    )


def test_report_is_cached_until_a_change(palette: Palette) -> None:
    line, clusters = written("abc"), Clusters()
    first = line.report(palette, clusters, 80)
    assert line.report(palette, clusters, 80) is first
    line.put(0, "x", PLAIN_PEN)
    assert line.report(palette, clusters, 80).text == "xbc"


def test_a_blank_line_is_the_shared_empty_row(palette: Palette) -> None:
    assert Line().report(palette, Clusters(), 80) is EMPTY
    assert written("   ").report(palette, Clusters(), 80) is EMPTY


def test_runs_count_code_points_not_cells(palette: Palette) -> None:
    clusters = Clusters()
    bold = palette.pen(Style(bold=True))
    line = Line()
    line.put(0, "漢\0" + clusters.cell("e\u0301") + "x", PLAIN_PEN * 3 + bold)
    line.wide = True
    assert line.report(palette, clusters, 80) == Row("漢e\u0301x", (Run(3, 4, Style(bold=True)),))


def test_compacting_clusters() -> None:
    clusters = Clusters()
    cells = [clusters.cell(f"a\u0301{number}") for number in range(5000)]
    assert clusters.full
    table = clusters.compact(cells[10:20])
    assert [clusters.text(cell.translate(table)) for cell in cells[10:20]] == [f"a\u0301{n}" for n in range(10, 20)]
    assert not clusters.full


def test_private_characters_of_the_program_survive() -> None:
    clusters = Clusters()
    assert clusters.text(clusters.cell("\U00100000")) == "\U00100000"
