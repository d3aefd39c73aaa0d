from codexbridge.session.readback import ReadBack

KEYS = {"focus": ["tab"], "up": ["pageup"], "overlap": ["j", "j"], "down": ["pagedown"], "leave": ["tab"]}


def test_it_pages_up_until_known_ground_and_returns() -> None:
    reading = ReadBack(KEYS)
    reading.lost(1.0)
    assert reading.step(1.0) == ()
    assert reading.step(1.2) == ("tab", "pageup", "j", "j")
    reading.touched(1.3)
    assert reading.step(1.35) == ()
    assert reading.step(1.5) == ("pageup", "j", "j")
    reading.found(1.6)
    assert reading.active
    assert reading.step(1.8) == ("pagedown", "pagedown", "pagedown", "tab")
    assert not reading.active


def test_a_release_without_keys_gives_up() -> None:
    reading = ReadBack(None)
    reading.lost(1.0)
    assert reading.step(1.2) == ()
    assert reading.failed
    assert reading.step(1.4) == ()
    assert not reading.active


def test_idle_it_asks_for_nothing() -> None:
    assert ReadBack(KEYS).deadlines() == []
    assert ReadBack(KEYS).step(9.0) == ()
