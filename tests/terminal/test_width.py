import pytest
from wcwidth import wcwidth

from codexbridge.terminal.width import cell_width, joins, special, wide_run, widens


def test_text_that_is_not_special_takes_one_cell_per_character() -> None:
    wrong = [hex(code) for code in range(0x20, 0x110000) if not special(chr(code)) and wcwidth(chr(code)) != 1]
    assert wrong == []


def test_wide_runs_hold_wide_characters_only() -> None:
    wrong = [hex(code) for code in range(0x20, 0x20000) if wide_run(chr(code)) and wcwidth(chr(code)) != 2]
    assert wrong == []


@pytest.mark.parametrize(
    ("character", "width"), [("\u2028", 1), ("\u2029", 1), ("a", 1), ("漢", 2), ("\u0301", 0), ("\u200d", 0), ("👩", 2)]
)
def test_width(character: str, width: int) -> None:
    assert cell_width(character) == width


@pytest.mark.parametrize(
    ("cluster", "character", "joined"),
    [
        ("👩\u200d", "👧", True),
        ("👩", "👧", False),
        ("a\u200d", "👧", False),
        ("👩\u200d", "漢", False),
        ("👍", "\U0001f3fd", True),
        ("a", "\U0001f3fd", False),
        ("🇩", "🇪", True),
        ("🇩🇪", "🇫", False),
    ],
)
def test_joins(cluster: str, character: str, joined: bool) -> None:
    assert joins(cluster, character) is joined


def test_an_emoji_presentation_selector_widens_emoji_only() -> None:
    assert widens("✏\ufe0f")
    assert not widens("a\ufe0f")
