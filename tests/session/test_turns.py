from codexbridge.session.turns import Timing, Turns


def running(tells: bool = False) -> Turns:
    turns = Turns(tells, Timing())
    turns.begin(0.0, None)
    return turns


def test_an_idle_screen_ends_a_turn_where_nothing_tells_it() -> None:
    turns = running()
    turns.work()
    turns.touched(5.0)
    assert not turns.over(5.9)
    assert turns.over(6.0)
    assert turns.end() == ("completed", "")


def test_an_echo_that_nothing_follows_is_given_longer() -> None:
    turns = running()
    assert not turns.over(9.9)
    assert turns.over(10.0)
    assert not turns.acted


def test_signs_of_work_keep_it_running() -> None:
    turns = running()
    turns.busy = True
    assert turns.deadline() is None


def test_a_notification_ends_it_at_the_next_rest() -> None:
    turns = running(tells=True)
    turns.touched(1.0)
    assert not turns.over(10.0)
    turns.told()
    assert turns.over(1.06)


def test_an_error_ends_it_unless_work_goes_on() -> None:
    turns = running(tells=True)
    turns.failed("boom")
    turns.work()
    assert not turns.over(1.0)
    turns.failed("boom")
    assert turns.over(1.0)
    assert turns.end() == ("failed", "boom")


def test_a_dialog_holds_it() -> None:
    turns = running()
    turns.blocked = True
    assert not turns.over(1e9)
