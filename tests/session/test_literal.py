"""Texts stay texts: what is changed, what is said about it, and what cannot be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codexbridge.lab.hostile import texts
from codexbridge.lab.odd import draw
from codexbridge.session.core import Session
from codexbridge.session.literal import JOINER, echoes, parts, prepare, same, stands
from codexbridge.session.traits import Traits, wary

VERBATIM = Traits(trims=False, slash="free", bang="free", at_popup="esc")
TRIMS = Traits(trims=True, slash="blank", bang="joiner", at_popup="blank")
ALL = (VERBATIM, TRIMS, Traits(bang="blank"), Traits(stand_in="verbatim"), Traits(trims=False, bang="blank"))


@pytest.mark.parametrize(
    ("text", "traits", "paste", "expected", "altered"),
    [
        ("hello", TRIMS, "hello", "hello", ""),
        ("/status", TRIMS, " /status", "/status", ""),
        ("/status", VERBATIM, "/status", "/status", ""),
        ("!ls", TRIMS, JOINER + "!ls", JOINER + "!ls", "U+2060 put before !, so that it is no command"),
        ("!ls", Traits(bang="blank"), " !ls", "!ls", ""),
        ("!ls", Traits(bang="blank", trims=False), " !ls", " !ls", "a blank put before !, so that it is no command"),
        ("look at @REA", TRIMS, "look at @REA ", "look at @REA", ""),
        ("look at @REA", VERBATIM, "look at @REA", "look at @REA", ""),
        (" a ", VERBATIM, " a ", " a ", ""),
        (" a ", TRIMS, "a", "a", "white space at the ends removed, as this Codex does"),
        ("a\r\nb\rc", TRIMS, "a\nb\nc", "a\nb\nc", "line ends made LF"),
        ("a\x1b[201~b", TRIMS, "a[201~b", "a[201~b", "1 control character removed"),
        ("\ud800", TRIMS, "\ufffd", "\ufffd", "1 lone surrogate replaced"),
    ],
)
def test_the_least_change(text: str, traits: Traits, paste: str, expected: str, altered: str) -> None:
    made = prepare(text, traits)
    assert (made.paste, made.expected, made.altered, made.reason) == (paste, expected, altered, "")


def test_a_popup_that_a_blank_would_close_is_closed_by_a_key_where_blanks_stay() -> None:
    assert prepare("look at @REA", VERBATIM).close_popup
    assert not prepare("look at me@home", VERBATIM).close_popup


@pytest.mark.parametrize("text", ["", " ", "\n\t\n", "\u200b", "\u2060\ufeff", "\x1b\x07"])
def test_nothing_to_see_is_nothing_to_send(text: str) -> None:
    for traits in ALL:
        assert prepare(text, traits).reason.startswith("empty")


def test_too_many_lines_for_a_composer_that_grows_over_the_screen() -> None:
    traits = Traits(max_lines=3)
    assert prepare("a\nb\nc", traits).reason == ""
    assert "4, and" in prepare("a\nb\nc\nd", traits).reason
    assert prepare("\n".join("x" * 300 for _ in range(4)), traits).reason == ""
    assert "6, and" in prepare("x" * 2000, Traits(max_lines=3, stand_in="none")).reason


def test_tabs_that_cannot_be_drawn() -> None:
    made = prepare("a\tb", Traits(tabs="blanks"))
    assert (made.paste, made.altered) == ("a    b", "1 tabs made blanks: this Codex cannot draw them")


def test_too_long() -> None:
    assert "too long" in prepare("a" * 11, Traits(max_characters=10)).reason


@pytest.mark.parametrize(("length", "altered"), [(998, False), (999, False), (1000, True), (1001, False)])
def test_guards_where_a_stand_in_keeps_blanks(length: int, altered: bool) -> None:
    text = "/" + "a" * (length - 1)
    made = prepare(text, Traits(stand_in="verbatim"))
    assert bool(made.altered) == altered
    assert (made.expected == text) != altered


@given(st.one_of(st.text(), st.sampled_from([text for _, text in texts() + draw(600, 1)])), st.sampled_from(ALL))
def test_no_text_presses_a_key_or_goes_unsaid(text: str, traits: Traits) -> None:
    made = prepare(text, traits)
    if made.reason:
        assert made.paste == ""
        return
    assert not any(c < " " and c not in "\n\t" for c in made.paste)
    assert not any("\x7f" <= c < "\xa0" for c in made.paste)
    assert (made.expected == text) or made.altered
    made.paste.encode()
    if traits.slash != "free":
        assert not made.paste.startswith("/") or len(made.paste) > 1000
    if traits.bang != "free":
        assert not made.paste.startswith("!") or len(made.paste) > 1000
    if traits.trims and not made.altered:
        assert made.paste.strip() == text


@pytest.mark.parametrize(
    ("shown", "sent", "told"),
    [
        ("hello", "hello", True),
        ("hello   there", "hello\tthere", True),
        ("one\ntwo", "one two", True),
        ("hello", "hello there", False),
        ("hellohello", "hello", False),
        ("", "hello", False),
        ("[Pasted Content 1234 chars]", "a" * 1234, True),
        ("[Pasted Content 1234 chars]", "a" * 2468, False),
        ("[Pasted Content 1234 chars][Pasted Content 1234 chars] #2", "a" * 1234, False),
        ("[Pasted Content 3 chars]", "[Pasted Content 3 chars]", True),
        ("\n".join(f"line {n}" for n in range(90, 100)), "\n".join(f"line {n}" for n in range(100)), True),
        ("line 98\nline 99", "\n".join(f"line {n}" for n in range(100)), False),
        ("👩 💻", "👩\u200d💻", True),
        ("🙂", "🙂", True),
        ("🙃", "🙂", False),
    ],
)
def test_what_stands_in_the_composer(shown: str, sent: str, told: bool) -> None:
    assert stands(shown, sent) == told


def test_an_echo_that_lost_its_joiners_is_the_same() -> None:
    assert same("!ls", JOINER + "!ls")
    assert not same("ls", "!lsx")


@pytest.mark.parametrize(
    ("drawn", "sent", "told"),
    [
        ("•", "-", True),
        ("bold & alert(1)", "<b>bold</b> &amp; <script>alert(1)</script>", True),
        ("xhello", "hello", False),
    ],
)
def test_an_echo_may_be_rendered_but_not_added_to(drawn: str, sent: str, told: bool) -> None:
    assert echoes(drawn, sent) == told


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("see logo.png there", f"see logo.{JOINER}png there"),
        ("'a b.JPEG' and x/y.gif", f"'a b.{JOINER}JPEG' and x/y.{JOINER}gif"),
        ("![a](b)", f"!{JOINER}[a](b)"),
        ("a.pngs, no.ext, !important, [a](b)", "a.pngs, no.ext, !important, [a](b)"),
    ],
)
def test_names_of_images_are_broken_where_a_release_takes_them_out(text: str, becomes: str) -> None:
    made = prepare(text, Traits(images="named", bang="free"))
    assert made.expected == becomes
    assert bool(made.altered) == (text != becomes)
    assert prepare(text, Traits(images="pasted", bang="free")).expected == text


@given(st.text(), st.sampled_from(["a.png", "'/w/a b.jpg'", " /w/x.WEBP\n", "file:///a.gif"]))
def test_parts_are_the_whole(text: str, name: str) -> None:
    for paste in (text, name, text + name):
        assert "".join(parts(paste, Traits(images="pasted"))) == paste
        assert parts(paste, Traits()) == [paste]
    assert len(parts(name, Traits(images="pasted"))) == 2


def test_where_a_release_may_be_like_either_neighbour_the_stricter_guard_holds() -> None:
    assert wary(Traits(bang="free"), Traits(bang="joiner")).bang == "joiner"
    assert wary(Traits(bang="free"), Traits(bang="free")).bang == "free"
    assert wary(Traits(bang="blank"), None).bang == "joiner"
    assert wary(Traits(slash="free"), Traits(slash="blank")).slash == "blank"


def test_guards_of_releases_without_a_row() -> None:
    guards = {version: Session(version).traits.bang for version in ("0.46.0", "0.50.0", "0.51.0", "0.53.0", "0.170.0")}
    assert guards == {"0.46.0": "free", "0.50.0": "free", "0.51.0": "joiner", "0.53.0": "joiner", "0.170.0": "joiner"}
    assert Session("0.169.0").traits.bang == "blank"


def test_a_script_whose_marks_take_no_columns_somewhere() -> None:
    sent = "कृपया परीक्षण चलाएँ और परिणाम बताएँ"
    drawn = "कृपयाn परी क्षण चलाeएँ और परि णा म बता एँ"
    assert stands(drawn, sent)
    assert echoes(drawn, sent)
    assert not stands(drawn[:18], sent)
    assert not stands("hello nobody", "hello somebody")


def test_a_word_that_quits() -> None:
    traits = Traits(reserved=("q", "exit"), stand_in="none")
    for text in ("q", "exit", "Exit"):
        made = prepare(text, traits)
        assert (made.paste, made.expected) == (JOINER + text, JOINER + text)
        assert "no command" in made.altered
    assert prepare("quite", traits).paste == "quite"


def test_further_white_space_at_the_ends() -> None:
    made = prepare("\ufeff a", Traits(trims_also="\ufeff"))
    assert (made.paste, made.expected) == ("a", "a")
    assert made.altered
    assert prepare("\ufeff a", Traits()).expected == "\ufeff a"


def test_a_composed_letter_is_the_decomposed_one() -> None:
    assert same("v\u00f3 hi", "vo\u0301 hi")
    assert same("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af")
    assert not same("v\u00f3 ha", "vo\u0301 hi")


def test_a_composer_that_does_not_scroll_shows_all_of_a_text() -> None:
    sent = "\n".join(f"line {number}" for number in range(40))
    part = "\n".join(sent.split("\n")[:20])
    assert stands(part, sent)
    assert not stands(part, sent, scrolls=False)
    assert stands(sent, sent, scrolls=False)


def test_a_character_that_the_cursor_cuts_in_halves_stands_there() -> None:
    sent = "look at guide.md 🙂 and 🎉"
    assert stands("look at guide.md 🙂 and \ufffd\ufffd", sent)
    assert stands("look at guide.md \ufffd\ufffd and 🎉", sent)
    assert not stands("look at \ufffd\ufffd and 🎉", sent)
    assert not stands("look at guide.md 🙂 and more \ufffd\ufffd", sent)
