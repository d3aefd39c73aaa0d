"""The way of a message into the composer, step by step, with a composer that the test draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from codexbridge.grammar.live import Composer, LiveView, OpenDialog
from codexbridge.session.api import SendMessage
from codexbridge.session.outbox import Action, Clear, Nudge, Outbox, Pace, Paste, Press, Rejected, Unseen
from codexbridge.session.traits import Traits

PACE = Pace(submit=0.1, appear=1.0, echo=2.0, taken=5.0, clear=0.5, tries=3, nudges=0)
ENTER = Press(("enter",))
DIALOG = OpenDialog("x", "command", "?", (), {})


class Stage:
    """An outbox and the clock and composer around it."""

    def __init__(self, *texts: str, traits: Traits | None = None) -> None:
        self.box = Outbox(traits or Traits(), PACE)
        self.at = 0.0
        self.shown = ""
        self.dialog: OpenDialog | None = None
        self.queued: tuple[str, ...] = ()
        self.seen = True
        for number, text in enumerate(texts):
            self.box.queue.append(SendMessage(id=f"m{number}", text=text))

    def after(self, seconds: float, idle: bool = True, steer: bool = False, busy: bool = False) -> list[Action]:
        self.at += seconds
        composer = None if self.dialog or not self.seen else Composer(self.shown, 0)
        view = LiveView(busy=busy, composer=composer, dialog=self.dialog, queued=self.queued)
        return self.box.step(view, idle, steer, self.at)

    def drive(self, seconds: float = 100.0) -> Iterator[Action]:
        """Let time pass in small steps, with a composer that does what it is told."""
        end = self.at + seconds
        while self.at < end:
            yield from self.after(0.05)


def test_paste_see_enter_echo() -> None:
    stage = Stage("hello")
    assert stage.after(0) == [Paste("hello")]
    assert stage.after(0.2) == []
    stage.shown = "hello"
    assert stage.after(0.01) == [ENTER]
    stage.shown = ""
    assert stage.after(1.0) == []
    message = stage.box.echoed()
    assert message is not None
    assert message.id == "m0"
    assert stage.box.altered("hello") == ""
    assert len(stage.box) == 0


def test_enter_never_comes_with_the_text() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    assert stage.after(0.05) == []
    assert stage.after(0.05) == [ENTER]


def test_nothing_is_sent_while_a_turn_runs() -> None:
    stage = Stage("hello")
    assert stage.after(0, idle=False) == []
    assert stage.after(9, idle=False) == []
    assert stage.after(0) == [Paste("hello")]


def test_what_stands_there_is_removed_first() -> None:
    stage = Stage("hello")
    stage.shown = "left over"
    assert stage.after(0) == [Clear(11)]
    stage.shown = ""
    assert stage.after(0.2) == [Paste("hello")]


def test_a_text_in_wrong_company_does_not_go_out() -> None:
    """An earlier paste that shows up late: Enter would send both."""
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hellohello"
    assert stage.after(0.5) == []
    assert isinstance(stage.after(0.6)[0], Clear)
    stage.shown = ""
    assert stage.after(0.2) == [Paste("hello")]


def test_a_composer_that_never_shows_it_ends_in_rejection_and_empty() -> None:
    stage = Stage("hello", "next")
    did = []
    for action in stage.drive(20):
        did.append(action)
        if isinstance(action, Rejected):
            break
    assert [type(action) for action in did] == [Paste, Clear, Paste, Clear, Paste, Clear, Rejected]
    assert did[-1] == Rejected(SendMessage(id="m0", text="hello"), "the composer did not show the text")
    assert stage.after(0) == [Paste("next")]


def test_a_composer_that_cannot_be_emptied_ends_in_rejection() -> None:
    stage = Stage("hello")
    stage.shown = "stuck"
    did = list(stage.drive(20))
    assert isinstance(did[-1], Rejected)
    assert "cannot be removed" in did[-1].reason
    assert not any(isinstance(action, Paste | Press) for action in did)


def test_enter_that_was_swallowed_is_pressed_again() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    assert stage.after(0.2) == [ENTER]
    assert stage.after(1.0) == []
    assert stage.after(1.5) == [ENTER]


def test_a_popup_that_took_enter_is_noticed() -> None:
    stage = Stage("look at @REA")
    stage.after(0)
    stage.shown = "look at @REA"
    assert stage.after(0.2) == [ENTER]
    stage.shown = "look at README.md"
    assert isinstance(stage.after(2.5)[0], Clear)


def test_what_was_taken_is_not_sent_twice() -> None:
    """The composer is empty after Enter: whatever became of the text, it is out of our hands."""
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    stage.after(0.2)
    stage.shown = ""
    did = list(stage.drive(30))
    assert not any(isinstance(action, Paste) for action in did)
    assert isinstance(did[-1], Rejected)
    assert "never showed it" in did[-1].reason


def test_what_waits_in_codex_is_waited_for() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    stage.after(0.2)
    stage.shown, stage.queued = "", ("hello",)
    assert list(stage.drive(60)) == []


def test_no_key_goes_to_a_dialog() -> None:
    stage = Stage("hello")
    stage.dialog = DIALOG
    assert list(stage.drive(5)) == []
    stage.dialog = None
    assert stage.after(0) == [Paste("hello")]
    stage.dialog = DIALOG
    assert list(stage.drive(5)) == []
    stage.dialog, stage.shown = None, "hello"
    assert stage.after(0.2) == [ENTER]


def test_what_cannot_be_sent_is_rejected_at_once() -> None:
    stage = Stage("   ", "fine")
    assert [type(action) for action in stage.after(0)] == [Rejected]
    assert stage.after(0) == [Paste("fine")]


def test_the_popup_is_closed_by_a_key_of_its_own() -> None:
    stage = Stage("@REA", traits=Traits(trims=False, at_popup="esc"))
    stage.after(0)
    stage.shown = "@REA"
    assert stage.after(0.2) == [Press(("esc",))]
    assert stage.after(0.05) == []
    assert stage.after(0.1) == [ENTER]


@pytest.mark.parametrize("can", [True, False])
def test_steering(can: bool) -> None:
    stage = Stage(traits=Traits(steer=can))
    stage.box.queue.extend(
        [
            SendMessage(id="a", text="first", sender="x"),
            SendMessage(id="b", text="second", sender="x", steer=True),
            SendMessage(id="c", text="third", sender="y", steer=True),
        ]
    )
    # Not past an earlier message of the same sender.
    assert stage.after(0, idle=False, steer=True) == ([Paste("third")] if can else [])


def test_an_echo_that_is_not_the_text_is_told() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    stage.after(0.2)
    stage.box.echoed()
    assert "differs" in stage.box.altered("junk hello")


def test_work_without_an_echo_is_delivery_too() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    stage.after(0.2)
    stage.shown = ""
    assert stage.after(1.0, idle=False, busy=True) == []
    assert stage.after(2.5, idle=False, busy=True) == [Unseen()]
    # Not while another turn runs: that is whose work it is.
    assert stage.after(2.5, idle=False, steer=True, busy=True) == []


@pytest.mark.parametrize("clear", ["burst", "keys"])
def test_a_text_that_makes_the_composer_unreadable_is_taken_out_again(clear: Literal["burst", "keys"]) -> None:
    stage = Stage("hello", traits=Traits(clear=clear))
    assert stage.after(0) == [Paste("hello")]
    stage.seen = False
    actions = []
    for action in stage.drive(30):
        actions.append(action)
        if len(actions) == 4:
            # By then it is out.
            stage.seen = True
    assert Paste("hello") not in actions
    assert ENTER not in actions
    assert isinstance(actions[-1], Rejected)
    assert "cannot be read" in actions[-1].reason
    assert len(stage.box) == 0


PICTURE = "/work/.x1/uploads/one.png"


def pictures(*paths: str, traits: Traits | None = None) -> Stage:
    stage = Stage(traits=traits or Traits(images="pasted"))
    stage.box.queue.append(SendMessage(id="m0", text="what is this", images=paths))
    return stage


def test_an_image_is_attached_by_pasting_its_path_before_the_text() -> None:
    stage = pictures(PICTURE, "/work/a b.png")
    assert stage.after(0) == [Paste(PICTURE)]
    stage.shown = "[Image #1]"
    assert stage.after(0.05) == []
    assert stage.after(0.1) == [Paste("'/work/a b.png'")]
    stage.shown = "[Image #1] [Image #2]"
    assert stage.after(0.2) == [Paste("what is this")]
    stage.shown = "[Image #1] [Image #2] what is this"
    assert stage.after(0.2) == [ENTER]
    stage.shown = ""
    stage.after(1.0)
    assert stage.box.echoed() is not None
    assert stage.box.altered("[Image #1] [Image #2] what is this") == (
        "[Image #1] [Image #2] put before it, by which this Codex knows its images"
    )


def test_an_image_that_is_not_taken_is_taken_out_and_the_text_goes_alone() -> None:
    stage = pictures(PICTURE)
    stage.after(0)
    stage.shown = PICTURE
    assert isinstance(stage.after(0.2)[0], Clear)
    stage.shown = ""
    assert stage.after(0.2) == [Paste("what is this")]
    stage.shown = "what is this"
    assert stage.after(0.2) == [ENTER]
    stage.box.echoed()
    assert stage.box.altered("what is this") == "this Codex took no image for it"


def test_an_image_that_shows_nothing_is_given_up_in_time() -> None:
    stage = pictures(PICTURE)
    did = [*stage.after(0), *stage.after(0.9), *stage.after(0.2), *stage.after(0.2)]
    assert [type(action) for action in did] == [Paste, Clear, Paste]
    assert did[-1] == Paste("what is this")


def test_a_release_that_takes_no_images_gets_the_text_alone() -> None:
    assert pictures(PICTURE, traits=Traits()).after(0) == [Paste("what is this")]


def test_a_release_that_takes_images_out_of_the_text_gets_them_named() -> None:
    stage = pictures(PICTURE, traits=Traits(images="named"))
    assert stage.after(0) == [Paste(f"what is this ![image]({PICTURE})")]
    stage.shown = f"what is this ![image]({PICTURE})"
    stage.after(0.2)
    stage.box.echoed()
    assert stage.box.altered("what is this") == ""


def test_a_text_that_is_the_path_of_an_image_is_pasted_in_two_parts() -> None:
    stage = Stage(PICTURE, traits=Traits(images="pasted", slash="free"))
    assert stage.after(0) == [Paste(PICTURE[:-2]), Paste("ng")]


def test_a_message_that_codex_ran_as_a_command() -> None:
    stage = Stage("!touch x", traits=Traits(bang="free"))
    stage.after(0)
    stage.shown = "!touch x"
    assert not stage.box.ran("touch x")
    assert stage.after(0.2) == [ENTER]
    assert stage.box.ran("touch x")
    assert not stage.box.ran("touch y")
    stage.box.misread("it ran", stage.at)
    stage.shown = ""
    assert stage.after(0.2) == [Rejected(stage_message("!touch x"), "it ran")]


def stage_message(text: str) -> SendMessage:
    return SendMessage(id="m0", text=text)


def test_an_answer_without_an_echo_is_delivered() -> None:
    stage = Stage("hello")
    stage.after(0)
    stage.shown = "hello"
    stage.box.answered()
    assert stage.after(0.2) == [ENTER]
    stage.shown = ""
    assert stage.after(4.0) == []
    stage.box.answered()
    assert stage.after(0.1) == [Unseen()]


def test_codex_is_nudged_while_what_was_written_has_no_effect() -> None:
    stage = Stage("hello")
    stage.box.pace = Pace(submit=0.1, appear=5.0, nudge=0.4, nudges=3)
    assert stage.after(0) == [Paste("hello")]
    assert 0.4 in stage.box.deadlines()
    assert stage.after(0.3) == []
    assert [stage.after(0.5), stage.after(0.1), stage.after(0.35), stage.after(1.0)] == [
        [Nudge()],
        [Nudge()],
        [Nudge()],
        [],
    ]
    stage.shown = "hello"
    assert stage.after(0.1) == [ENTER]
    assert stage.after(0.5) == [Nudge()]
    stage.shown = ""
    # The composer is empty: Enter was read.
    assert stage.after(0.5) == []
