"""How many events each tenant may keep."""

import pytest

from shared.domain.events.shares import surplus
from shared.domain.refs import Tenant

A, B, C = Tenant("a"), Tenant("b"), Tenant("c")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, {}),
        ({A: 10}, {}),
        ({A: 15}, {A: 5}),
        ({A: 100, B: 2}, {A: 92}),
        ({A: 100, B: 50, C: 1}, {A: 96, B: 46}),
        ({A: 5, B: 5}, {}),
        ({A: 6, B: 6}, {A: 1, B: 1}),
    ],
)
def test_only_those_with_more_than_their_share_have_a_surplus(
    counts: dict[Tenant, int], expected: dict[Tenant, int]
) -> None:
    assert surplus(counts, 10) == expected
