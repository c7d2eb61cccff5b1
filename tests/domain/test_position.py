"""Positions are written as PostgreSQL writes them, and ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.position import Position

positions = st.integers(0, 2**64 - 1).map(Position)


@given(positions)
def test_a_position_is_read_as_it_is_written(position: Position) -> None:
    assert Position.parse(str(position)) == position


@given(positions, positions)
def test_they_are_ordered_by_bytes(one: Position, other: Position) -> None:
    assert (one < other) == (one.bytes < other.bytes)


def test_it_is_written_as_by_postgresql() -> None:
    assert str(Position(0x1_03000148)) == "1/3000148"
    assert Position.parse("0/ffffffff") < Position.parse("1/0")


@pytest.mark.parametrize(
    "text", ["", "1", "/", "1/", "0/123456789", "0x1/2", " 1/2", "1/2\n", "1/२"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="position"):
        Position.parse(text)
