"""Dialogs: who answers, when, and what is never answered."""

from __future__ import annotations

import pytest

from codexbridge.grammar.live import Composer, LiveView, OpenDialog, read
from codexbridge.grammar.look import load
from codexbridge.grammar.markup import parse_lines
from codexbridge.session.api import Answer, DialogClosed, DialogOpened
from codexbridge.session.dialogs import Desk, Dialogs, Lookout

ANSWERS = {"accept": ("y",), "decline": ("n",), "cancel": ("esc",)}


def asks(text: str = "Run it?", subject: str = "command", rule: str = "approve.command", **more: object) -> OpenDialog:
    fields: dict[str, object] = {"options": (("1", "Yes"), ("2", "No")), "answers": ANSWERS, "core": text, **more}
    return OpenDialog(rule=rule, subject=subject, text=text, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("policy", "key"), [("decline", "n"), ("accept", "y")])
def test_a_policy_answers_once_the_dialog_stands(policy: str, key: str) -> None:
    dialogs = Dialogs(Desk(policy=policy))  # type: ignore[arg-type]
    [opened] = dialogs.see(asks(), 1.0)
    assert isinstance(opened, DialogOpened)
    assert not opened.answerable
    assert opened.choice == policy
    assert dialogs.step(1.05) == ()
    assert dialogs.step(1.2) == (key,)
    assert dialogs.step(1.3) == ()
    [closed] = dialogs.see(None, 1.5)
    assert closed == DialogClosed(at=1.5, dialog_id=opened.dialog_id, choice=policy)


def test_an_answer_that_had_no_effect_is_given_again_but_not_for_ever() -> None:
    dialogs = Dialogs(Desk(policy="accept"))
    dialogs.see(asks(), 0.0)
    pressed = [dialogs.step(at / 10) for at in range(200)]
    assert [keys for keys in pressed if keys] == [("y",)] * 3


def test_asking_waits_for_the_answer() -> None:
    dialogs = Dialogs(Desk(policy="ask"))
    [opened] = dialogs.see(asks(), 0.0)
    assert isinstance(opened, DialogOpened)
    assert opened.answerable
    assert dialogs.step(100.0) == ()
    dialogs.answer(Answer(dialog_id=opened.dialog_id, choice="accept"))
    assert dialogs.step(100.0) == ("y",)
    with pytest.raises(ValueError, match="answered already"):
        dialogs.answer(Answer(dialog_id=opened.dialog_id, choice="decline"))


def test_nobody_answers_in_time() -> None:
    dialogs = Dialogs(Desk(policy="ask", timeout=10.0))
    dialogs.see(asks(), 0.0)
    assert dialogs.deadlines() == [10.0]
    assert dialogs.step(9.9) == ()
    assert dialogs.step(10.0) == ("n",)


def test_answers_that_make_no_sense() -> None:
    dialogs = Dialogs(Desk(policy="ask"))
    with pytest.raises(ValueError, match="no open dialog"):
        dialogs.answer(Answer(dialog_id="dialog_1", choice="accept"))
    dialogs.see(asks(), 0.0)
    with pytest.raises(ValueError, match="there are: accept, decline, cancel, 1, 2"):
        dialogs.answer(Answer(dialog_id="dialog_1", choice="maybe"))
    dialogs.answer(Answer(dialog_id="dialog_1", choice="2"))
    assert dialogs.step(1.0) == ("2",)


def test_what_no_rule_knows_is_reported_and_left_alone() -> None:
    for policy in ("decline", "accept", "ask"):
        dialogs = Dialogs(Desk(policy=policy))  # type: ignore[arg-type]
        [opened] = dialogs.see(asks(subject="other", rule="other", answers={}), 0.0)
        assert isinstance(opened, DialogOpened)
        assert not opened.answerable
        assert dialogs.step(1e6) == ()
        assert dialogs.deadlines() == []


def test_offers_are_declined_whatever_the_policy() -> None:
    dialogs = Dialogs(Desk(policy="accept"))
    dialogs.see(asks(subject="update", answers={"decline": ("2",)}, always="decline"), 0.0)
    assert dialogs.step(1.0) == ("2",)


def test_a_question_is_not_accepted_blindly() -> None:
    dialogs = Dialogs(Desk(policy="accept"))
    dialogs.see(asks(subject="question"), 0.0)
    assert dialogs.step(1.0) == ("n",)


def test_the_next_question_is_another_dialog() -> None:
    dialogs = Dialogs(Desk(policy="accept"))
    dialogs.see(asks("Run a?"), 0.0)
    assert dialogs.step(1.0) == ("y",)
    closed, opened = dialogs.see(asks("Run b?"), 1.1)
    assert isinstance(closed, DialogClosed)
    assert isinstance(opened, DialogOpened)
    assert dialogs.step(1.15) == ()
    assert dialogs.step(1.3) == ("y",)


def test_a_cursor_that_moves_is_no_other_dialog() -> None:
    dialogs = Dialogs(Desk(policy="ask"))
    dialogs.see(asks("› 1. Yes\n  2. No", core="1. Yes\n2. No"), 0.0)
    assert dialogs.see(asks("  1. Yes\n› 2. No", core="1. Yes\n2. No"), 1.0) == []


def test_whoever_stops_the_turn_cancels_what_it_asks() -> None:
    dialogs = Dialogs(Desk(policy="ask"))
    dialogs.see(asks(), 0.0)
    dialogs.interrupt()
    assert dialogs.step(1.0) == ("esc",)
    dialogs.interrupt()
    assert dialogs.step(1.1) == ()


def test_something_unknown_took_the_place_of_the_composer() -> None:
    lookout = Lookout(Desk(hidden=10.0, starting=20.0))
    assert lookout.deadline(LiveView(), True, 5.0) == 15.0
    assert lookout.deadline(LiveView(), False, 5.0) == 25.0
    assert lookout.deadline(LiveView(busy=True), True, 5.0) is None
    assert lookout.deadline(LiveView(composer=Composer("", 0)), True, 5.0) is None
    guess = lookout.guess(["", "  A question", "", "  › 1. Red", "    2. Green", "", "  Type here"])
    assert guess is not None
    assert (guess.subject, guess.options) == ("other", (("1", "Red"), ("2", "Green")))
    assert lookout.guess(["", " "]) is None
    dialogs = Dialogs(Desk(policy="accept"))
    [opened] = dialogs.see(guess, 0.0)
    assert isinstance(opened, DialogOpened)
    assert (opened.answerable, opened.text) == (False, "  A question\n  › 1. Red\n    2. Green\n  Type here")
    assert dialogs.hidden
    assert dialogs.step(1e6) == ()


def test_a_list_in_the_composer_is_no_dialog() -> None:
    rows = ("› 1. Yes, proceed", "  2. No", "     because of this", "  3. Neither")
    look, lines = load("chevron"), parse_lines("\n".join(rows).replace("›", "{bold}›{}"))
    for typed in rows:
        view = read(look, lines, typed)
        assert view.dialog is None
        assert view.composer is not None
        assert view.composer.text == "1. Yes, proceed\n2. No\n   because of this\n3. Neither"
    for elsewhere in (None, "", "  Type here"):
        view = read(look, lines, elsewhere)
        assert view.composer is None
        assert view.dialog is not None
        assert view.dialog.options == (("1", "Yes, proceed"), ("2", "No"))


FORM = "  Field 1/1 (1 required unanswered)\n  Why?\n\n  Which name?\n\n  {}\n\n  enter to submit | esc to cancel"
ASKED = (
    "• Working (3s • esc to interrupt)\n\n  Question 1/2 (2 unanswered)\n  Which?\n\n  › 1. Red  warm\n    2. Blue\n"
)
ASKED += "    3. None of the above  Say more\n\n  tab to add notes | enter to submit answer | esc to interrupt"


def drawn(text: str) -> OpenDialog:
    dialog = read(load("chevron"), parse_lines(text)).dialog
    assert dialog is not None
    return dialog


def test_an_option_is_chosen_by_its_label() -> None:
    asked = drawn(ASKED)
    assert (asked.subject, asked.answers["decline"]) == ("question", ("3",))
    assert asked.keys_for("2") == ("2",)
    grant = "  Would you like to grant these permissions?\n\n› 1. Yes, grant these permissions for this turn (y)\n"
    grant += "  2. No, continue without permissions (d)\n\n  Press enter to confirm or esc to cancel"
    assert drawn(grant).answers["decline"] == ("2",)
    allow = "  Field 1/1\n  Why?\n  › 1. Allow   Go on.\n    2. Deny    No.\n    3. Cancel  Stop\n"
    answers = drawn(allow + "  enter to submit | esc to cancel").answers
    assert (answers["accept"], answers["decline"]) == (("1",), ("2",))


def test_words_go_into_a_field_and_leave_it_the_same_dialog() -> None:
    empty = drawn(FORM.format("› Type your answer"))
    assert empty.free
    assert not drawn(ASKED).free
    for policy in ("decline", "accept"):
        dialogs = Dialogs(Desk(policy=policy))  # type: ignore[arg-type]
        dialogs.see(empty, 0.0)
        assert dialogs.step(1.0) == ("esc",)
    dialogs = Dialogs(Desk(policy="ask"))
    [opened] = dialogs.see(empty, 0.0)
    assert isinstance(opened, DialogOpened)
    assert opened.free
    dialogs.answer(Answer(dialog_id=opened.dialog_id, choice="Ada\nLovelace"))
    assert dialogs.words(1.0) == "Ada\nLovelace"
    assert dialogs.words(1.0) == ""
    assert dialogs.step(1.05) == ()
    assert dialogs.see(drawn(FORM.format("› Ada\n    Lovelace")), 1.1) == []
    assert dialogs.step(1.3) == ("enter",)


def test_what_is_at_work_is_no_part_of_a_dialog() -> None:
    unknown = "• Working ({}s • esc to interrupt)\n\n  A new thing\n\n› 1. Yes\n  2. No\n\n  Press enter to confirm"
    dialogs = Dialogs(Desk())
    assert len(dialogs.see(drawn(unknown.format(1)), 0.0)) == 1
    assert dialogs.see(drawn(unknown.format(2)), 1.0) == []
    assert drawn(unknown.format(1)).text.startswith("A new thing")


def test_a_key_that_only_moves_the_mark_is_followed_by_enter_the_next_time() -> None:
    dialogs = Dialogs(Desk(policy="decline"))
    dialogs.see(asks(answers={"decline": ("3",)}), 0.0)
    assert dialogs.step(1.0) == ("3",)
    assert dialogs.step(2.6) == ("3", "enter")
