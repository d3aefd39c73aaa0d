"""The rule that came nearest to a line that no rule explains."""

from __future__ import annotations

from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_line
from codexbridge.lab.marks import Swap, agreed
from codexbridge.lab.nearest import nearest


def test_a_style_that_is_not_the_right_one_is_named() -> None:
    found = nearest(load("chevron"), parse_line("• Ran echo hi"))
    assert found is not None
    assert found.reach == 1.0
    assert "wants" in found.why


def test_where_the_pattern_stops_is_named() -> None:
    found = nearest(load("chevron"), parse_line("{red}■{} "))
    assert found is not None
    line = parse_line("─ Worked for 3 fortnights ─────")
    found = nearest(load("chevron"), line)
    assert found is not None
    assert found.rule == "separator"
    assert 0 < found.reach < 1
    assert "fortnights" in found.why


def test_a_line_like_nothing_at_all() -> None:
    found = nearest(load("chevron"), parse_line("Zzz"))
    assert found is None or found.reach <= 1


def test_a_mark_in_the_place_of_another_is_named() -> None:
    look = load("chevron")
    found = nearest(look, parse_line("{dim}◆{} Done."))
    assert found is not None
    assert (found.rule, found.swap) == ("agent.message", Swap("◆", "•", "glyph cell"))
    found = nearest(look, parse_line("  {dim}╰{} 1"))
    assert found is not None
    assert found.swap == Swap("╰", "└", "body")
    # Not with the style of something else, and not a letter.
    for line in ("{bold red}◆{} Done.", "x Done."):
        found = nearest(look, parse_line(line))
        assert found is None or found.swap is None


def test_a_mark_has_the_meaning_that_most_lines_give_it() -> None:
    one, other = Swap("╰", "└", "body"), Swap("-", "└", "body")
    assert agreed([other, one, one, Swap("◆", "•", "glyph cell")]) == {one: 2, Swap("◆", "•", "glyph cell"): 1}


def test_a_style_tells_whose_word_has_changed() -> None:
    found = nearest(load("chevron"), parse_line("{bold green}•{} {bold}Executed{} echo hi"))
    assert found is not None
    assert "by its style it is exec.ran: its pattern stops before 'Executed echo hi'" in found.why
