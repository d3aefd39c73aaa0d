import itertools

import pytest

from codexbridge.terminal.parser import LONGEST_SEQUENCE, LONGEST_STRING, Parser


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        (b"abc", ["abc"]),
        (b"a\r\nb", ["a", "\r", "\n", "b"]),
        (b"a\x1b[1;2Hb", ["a", "\x1b[1;2H", "b"]),
        (b"\x1b[?2026h\x1b[>4;1m\x1b[<1u\x1b[=5u", ["\x1b[?2026h", "\x1b[>4;1m", "\x1b[<1u", "\x1b[=5u"]),
        (b"\x1b[2 q", ["\x1b[2 q"]),
        (b"a\x1b[1m\x1b[31mb\x1b[0mc", ["a", "\x1b[1m\x1b[31m", "b", "\x1b[0m", "c"]),
        (b"\x1b]0;title\x07x", ["\x1b]0;title\x07", "x"]),
        (b"\x1b]0;title\x1b\\x", ["\x1b]0;title", "\x1b\\", "x"]),
        (b"\x1bPabc\x1b\\x", ["\x1bPabc", "\x1b\\", "x"]),
        (b"\x1b_abc\x18x", ["\x1b_abc\x18", "x"]),
        (b"\x1b(0\x1b#8\x1bM", ["\x1b(0", "\x1b#8", "\x1bM"]),
        (b"\x1b[1\x1b[2J", ["\x1b[1", "\x1b[2J"]),
        (b"\x1b\x1b[2J", ["\x1b", "\x1b[2J"]),
        (b"\x1b[1\n2H", ["\x1b[1\n2H"]),
        (b"\x1b[1\x18H", ["\x1b[1\x18", "H"]),
        ("\x1b[12é".encode(), ["\x1b[12", "é"]),
        (b"\x1b\nx", ["\x1b", "\n", "x"]),
        ("é漢".encode(), ["é漢"]),
        (b"a\xffb\xe6\xbc", ["a\ufffdb"]),
        (b"a\x7fb\xc2\x9bc", ["a", "b", "c"]),
    ],
)
def test_tokens(data: bytes, tokens: list[str]) -> None:
    whole = Parser().feed(data)
    assert whole == tokens
    # The same however it arrives, but for where text is divided.
    for width in (1, 2, 3):
        parser = Parser()
        pieces = [parser.feed(data[at : at + width]) for at in range(0, len(data), width)]
        assert merge(itertools.chain(*pieces)) == merge(tokens)


def merge(tokens):
    """Runs of text and runs of renditions in one piece, however they were divided."""
    merged = []
    for token in tokens:
        both = token > "\x1f", token.startswith("\x1b[") and token.endswith("m")
        if merged and any(both) and merged[-1][0] == both:
            merged[-1][1] += token
        else:
            merged.append([both, token])
    return [token for _, token in merged]


def test_an_unfinished_sequence_waits() -> None:
    parser = Parser()
    assert parser.feed(b"a\x1b[1;") == ["a"]
    assert parser.feed(b"2") == []
    assert parser.feed(b"Hb") == ["\x1b[1;2H", "b"]


@pytest.mark.parametrize("piece", [1 << 10, 1 << 16, 1 << 22])
def test_an_oversized_string_is_dropped_and_not_kept(piece: int) -> None:
    parser = Parser()
    data = b"\x1b]52;c;" + b"A" * (3 * LONGEST_STRING) + b"\x07after"
    tokens = []
    for at in range(0, len(data), piece):
        tokens += parser.feed(data[at : at + piece])
        held = sum(map(len, parser._string or [])) + len(parser._pending)
        assert held <= LONGEST_STRING + piece
    long = [token for token in tokens if len(token) > 100]
    # One piece leaves it to the terminal to refuse the token for its length.
    assert all(len(token) > LONGEST_STRING for token in long)
    assert tokens[-1] == "after"
    assert parser.dropped["string"] + len(long) == 1


def test_an_unfinished_string_keeps_a_bounded_amount() -> None:
    parser = Parser()
    for _ in range(5):
        parser.feed(b"\x1b]0;" + b"x" * LONGEST_STRING)
        parser.feed(b"x" * LONGEST_STRING)
        assert sum(map(len, parser._string or [])) <= LONGEST_STRING


@pytest.mark.parametrize("opening", [b"\x1b[", b"\x1b "])
def test_an_oversized_sequence_is_skipped_to_its_end(opening: bytes) -> None:
    filling = b"1" if opening == b"\x1b[" else b" "
    parser = Parser()
    parser.feed(opening + filling * (2 * LONGEST_SEQUENCE))
    assert parser.feed(filling * 50) == []
    assert parser.feed(b"qafter") == ["after"]
    assert parser.dropped["sequence"] == 1
