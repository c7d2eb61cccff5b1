from typing import Any

import pytest

from shared.domain.errors import InvalidInput
from shared.domain.search.filters import Condition, parse_filter


def test_a_filter_becomes_conditions() -> None:
    assert parse_filter({"lang": "en", "year": {"gte": 2020, "lt": 2024}, "tags": ["a"]}) == (
        Condition("lang", "eq", "en"),
        Condition("year", "gte", 2020),
        Condition("year", "lt", 2024),
        Condition("tags", "eq", ["a"]),
    )


@pytest.mark.parametrize(
    "raw",
    [
        [],
        "lang",
        {"year": {"near": 3}},
        {"year": {"gt": None}},
        {"year": {"gt": True}},
        {"lang": {"in": "en"}},
        {"lang": {"exists": 1}},
        {"la\0ng": 1},
        {"lang": "\ud800"},
        {f"f{n}": 1 for n in range(60)},
    ],
)
def test_invalid_filters_are_refused(raw: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput):
        parse_filter(raw)
