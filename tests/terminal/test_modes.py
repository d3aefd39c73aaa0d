from codexbridge.terminal.modes import Modes


def test_state_of_a_mode() -> None:
    modes = Modes()
    assert modes.state(2004) is False
    assert modes.switch(2004, True)
    assert modes.state(2004) is True
    assert modes.state(1002) is False
    assert modes.state(4711) is None
    assert not modes.switch(4711, True)


def test_the_keyboard_stack_is_not_endless() -> None:
    modes = Modes()
    for flags in range(1000):
        modes.push_kitty(flags)
    assert modes.kitty_flags == 999 & 31
    modes.pop_kitty(10_000)
    assert modes.kitty_flags == 0


def test_setting_flags() -> None:
    modes = Modes()
    modes.set_kitty(5)
    modes.set_kitty(2, 2)
    assert modes.kitty_flags == 7
    modes.set_kitty(1, 3)
    assert modes.kitty_flags == 6
