"""Every look that ships passes the lint, and the lint sees what it must see."""

import pytest

from codexbridge.grammar.lint import lint
from codexbridge.grammar.look import load, names


@pytest.mark.parametrize("name", names())
def test_looks_carry_their_evidence(name: str) -> None:
    assert lint(load(name)) == []
