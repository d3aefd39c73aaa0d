import pytest

from codexbridge.terminal.terminal import Terminal


@pytest.mark.parametrize(
    ("query", "reply"),
    [
        ("\x1b[5n", "\x1b[0n"),
        ("\x1b[3;5H\x1b[6n", "\x1b[3;5R"),
        ("\x1b[2;4r\x1b[?6h\x1b[2;2H\x1b[6n", "\x1b[2;2R"),
        ("0123456789" * 4 + "\x1b[6n", "\x1b[1;40R"),
        ("\x1b[?6n", "\x1b[?1;1R"),
        ("\x1b[?996n", "\x1b[?997;1n"),
        ("\x1b[c", "\x1b[?62;22c"),
        ("\x1b[0c", "\x1b[?62;22c"),
        ("\x1b[>c", "\x1b[>1;10;0c"),
        ("\x1b[?u", "\x1b[?0u"),
        ("\x1b[>7u\x1b[?u", "\x1b[?7u"),
        ("\x1b[>q", "\x1bP>|codexbridge\x1b\\"),
        ("\x1b[?2026$p", "\x1b[?2026;2$y"),
        ("\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"),
        ("\x1b[?25$p", "\x1b[?25;1$y"),
        ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
        ("\x1b[?31415$p", "\x1b[?31415;0$y"),
        ("\x1b[4h\x1b[4$p", "\x1b[4;1$y"),
        ("\x1b[20$p", "\x1b[20;2$y"),
        ("\x1b[99$p", "\x1b[99;0$y"),
        ("\x1b]10;?\x07", "\x1b]10;rgb:ffff/ffff/ffff\x07"),
        ("\x1b]11;?\x1b\\", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        ("\x1bP+q544e\x1b\\", "\x1bP1+r544e=787465726d2d323536636f6c6f72\x1b\\"),
        ("\x1bP+q524742;00\x1b\\", "\x1bP1+r524742=38\x1b\\\x1bP0+r00\x1b\\"),
        ("\x1b[2;5r\x1bP$qr\x1b\\", "\x1bP1$r2;5r\x1b\\"),
        ("\x1bP$qz\x1b\\", "\x1bP0$r\x1b\\"),
        ("\x1b[18t", "\x1b[8;6;40t"),
        ("\x1b[14t\x1b[16t", "\x1b[4;96;320t\x1b[6;16;8t"),
        ("\x1b[x", "\x1b[2;1;1;120;120;1;0x"),
        ("\x1b[1c\x1b[>1q\x1b[99n\x1b[21t\x1b]10;red\x07", ""),
    ],
)
def test_reply(query: str, reply: str) -> None:
    terminal = Terminal(40, 6)
    terminal.feed(query.encode())
    assert terminal.data_to_send() == reply.encode()
    assert terminal.data_to_send() == b""


def test_replies_come_in_the_order_of_the_questions() -> None:
    terminal = Terminal(40, 6)
    terminal.feed(b"\x1b[?u\x1b[c\x1b]11;?\x07\x1b[6n")
    assert terminal.data_to_send() == b"\x1b[?0u\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x07\x1b[1;1R"


def test_a_flood_of_questions_is_not_answered_without_end() -> None:
    terminal = Terminal(40, 6)
    terminal.feed(b"\x1b[c" * 100_000)
    assert len(terminal.data_to_send()) < 1 << 17
