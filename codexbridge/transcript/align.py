"""Alignment of a restated history with the known one.

A release may wipe the screen and write its whole history again, perhaps with some cells drawn anew. Lines that
are equal are the known ones; the rest is either a replacement of known lines or new at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple


class Span(NamedTuple):
    """``known[first:last]`` is shown as ``restated[start:stop]`` now."""

    first: int
    last: int
    start: int
    stop: int


_DIFF_LIMIT = 4000
"""Above this many unequal lines on a side the middle is taken as one replacement: a diff would cost seconds."""


_ANCHOR = 8
"""So many equal lines in a row say where a restated history begins."""


def beginning(known: Sequence[str], restated: Sequence[str]) -> int:
    """The index in ``known`` at which ``restated`` begins: 0 unless the release restates only the last lines.

    Where several places would do, it is the one that leaves the fewest new lines at the end.
    """
    n, m = len(known), len(restated)
    anchor = list(restated[:_ANCHOR])
    if len(anchor) < _ANCHOR or not any(anchor) or list(known[:_ANCHOR]) == anchor:
        return 0
    places = range(max(n - m, 1), n - _ANCHOR + 1)
    return next(
        (place for place in places if known[place] == anchor[0] and list(known[place : place + _ANCHOR]) == anchor), 0
    )


def align(known: Sequence[str], restated: Sequence[str]) -> list[Span]:
    """The spans where ``restated`` differs from ``known``, in order; none when they are equal.

    Blank lines at the end of either side are padding and do not count. A restatement that ends early (it was
    read before it was complete) is no difference: the tail of ``known`` stays as it was.
    """
    begin = beginning(known, restated)
    if begin:
        later = align(known[begin:], restated)
        return [Span(span.first + begin, span.last + begin, span.start, span.stop) for span in later]
    n, m = len(known), len(restated)
    head = 0
    while head < n and head < m and known[head] == restated[head]:
        head += 1
    if head == m:
        return []
    if head == n:
        return [Span(n, n, n, m)]
    tail = 0
    while tail < n - head and tail < m - head and known[n - 1 - tail] == restated[m - 1 - tail]:
        tail += 1
    left, right = known[head : n - tail], restated[head : m - tail]
    if not left or not right or max(len(left), len(right)) > _DIFF_LIMIT:
        return [Span(head, n - tail, head, m - tail)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [
        Span(head + i1, head + i2, head + j1, head + j2)
        for op, i1, i2, j1, j2 in matcher.get_opcodes()
        if op != "equal"
    ]
