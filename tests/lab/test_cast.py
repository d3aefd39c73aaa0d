from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codexbridge.lab.cast import Header, Writer, parse, read
from codexbridge.lab.errors import LabError


def _write(path: Path, chunks: list[bytes]) -> None:
    with Writer(path, Header(80, 24, {"title": "t"})) as writer:
        for number, chunk in enumerate(chunks):
            writer.output(number / 10, chunk)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_any_bytes_cut_anywhere_come_back(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("cast") / "x.cast"
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    _write(path, [data[a:b] for a, b in itertools.pairwise(edges)])
    assert b"".join(chunk for _, chunk in read(path).output()) == data


def test_a_character_is_held_back_until_it_is_whole(tmp_path: Path) -> None:
    _write(tmp_path / "x.cast", ["é"[:1].encode()[:1], "é".encode()[1:], b"a"])
    assert [event.data for event in read(tmp_path / "x.cast").events] == ["é", "a"]


def test_every_code_is_kept(tmp_path: Path) -> None:
    with Writer(tmp_path / "x.cast", Header(80, 24)) as writer:
        writer.output(0.5, b"out")
        writer.input(0.6, b"in")
        writer.resize(0.7, 100, 30)
        writer.marker(0.4, "turn 1")
        writer.notice(0.8, '{"type":"x"}')
    cast = read(tmp_path / "x.cast")
    told = [("o", "out"), ("i", "in"), ("r", "100x30"), ("m", "turn 1"), ("n", '{"type":"x"}')]
    assert [(e.code, e.data) for e in cast.events] == told
    assert [e.time for e in cast.events] == sorted(e.time for e in cast.events)


def test_an_interrupted_recording_can_be_read(tmp_path: Path) -> None:
    _write(tmp_path / "x.cast", [b"one", b"two", b"three"])
    text = (tmp_path / "x.cast").read_text()
    (tmp_path / "x.cast").write_text(text[:-9])
    cast = read(tmp_path / "x.cast")
    assert not cast.complete
    assert [e.data for e in cast.events] == ["one", "two"]


def test_version_three_has_relative_times() -> None:
    cast = parse(['{"version":3,"term":{"cols":80,"rows":24}}', "# note", '[0.5,"o","a"]', '[0.25,"o","b"]'])
    assert (cast.header.columns, [e.time for e in cast.events]) == (80, [0.5, 0.75])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1 is no header"),
        (["[1]"], "line 1 is no header"),
        (['{"version":1,"width":1,"height":1}'], "asciicast v1"),
        (['{"version":2,"width":1,"height":1}', "[0,", '[1,"o","x"]'], "line 2"),
    ],
)
def test_what_is_no_recording_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(LabError, match=message):
        parse(lines)
