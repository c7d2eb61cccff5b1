import json
from typing import Any

import pytest

from shared.domain.documents.filters import And, Condition, Not, Or, parse_filter
from shared.domain.errors import InvalidInput


def test_a_filter_becomes_conditions() -> None:
    assert parse_filter({"lang": "en", "year": {"gte": 2020, "lt": 2024}, "tags": ["a"]}) == (
        Condition("lang", "in", ("en",)),
        And((Condition("year", "gte", 2020), Condition("year", "lt", 2024))),
        Condition("tags", "in", (["a"],)),
    )


def test_logical_operators_become_a_tree() -> None:
    raw = {"or": [{"a": 1}, {"and": [{"b": 2}, {"not": {"c": 3}}]}]}
    a, b, c = (Condition(name, "in", (n,)) for n, name in enumerate("abc", 1))
    assert parse_filter(raw) == (Or((a, And((b, Not(c))))),)


@pytest.mark.parametrize(
    ("spelling", "plain"),
    [
        ({"x": {"ne": 1}}, {"not": {"x": 1}}),
        ({"x": {"nin": [1, 2]}}, {"not": {"x": {"in": [1, 2]}}}),
        ({"x": {"any": [1, 2]}}, {"x": {"in": [1, 2]}}),
        ({"x": {"all": [1, 2]}}, {"and": [{"x": 1}, {"x": 2}]}),
        ({"x": {"not": {"gt": 1}}}, {"not": {"x": {"gt": 1}}}),
        ({"x": {"exists": False}}, {"not": {"x": {"exists": True}}}),
        ({"$and": [{"x": {"$eq": 1}}, {"y": {"$ne": 2}}]}, {"and": [{"x": 1}, {"not": {"y": 2}}]}),
        ({"$or": [{"x": {"$in": [1]}}, {"x": {"$nin": [2]}}]},
         {"or": [{"x": {"in": [1]}}, {"not": {"x": {"in": [2]}}}]}),
        ({"$not": {"x": {"$gte": 1, "$lte": 5}}}, {"not": {"x": {"gte": 1, "lte": 5}}}),
        ({"x": {"$exists": True, "$gt": 1, "$lt": 2}}, {"x": {"exists": True, "gt": 1, "lt": 2}}),
    ],
)  # fmt: skip
def test_two_spellings_are_one_filter(spelling: dict[str, Any], plain: dict[str, Any]) -> None:
    assert parse_filter(spelling) == parse_filter(plain)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ([], ("filter",)),
        ("lang", ("filter",)),
        ({"year": {}}, ("filter", "year")),
        ({"year": {"near": 3}}, ("filter", "year")),
        ({"year": {"$regex": "2"}}, ("filter", "year")),
        ({"author": {"name": "Ada"}}, ("filter", "author")),
        ({"year": {"gt": None}}, ("filter", "year", "gt")),
        ({"year": {"gt": True}}, ("filter", "year", "gt")),
        ({"year": {"lt": [1]}}, ("filter", "year", "lt")),
        ({"lang": {"in": "en"}}, ("filter", "lang", "in")),
        ({"lang": {"nin": "en"}}, ("filter", "lang", "nin")),
        ({"lang": {"$all": []}}, ("filter", "lang", "$all")),
        ({"lang": {"any": {}}}, ("filter", "lang", "any")),
        ({"lang": {"ieq": 1}}, ("filter", "lang", "ieq")),
        ({"lang": {"exists": 1}}, ("filter", "lang", "exists")),
        ({"lang": {"not": "en"}}, ("filter", "lang", "not")),
        ({"lang": {"not": {}}}, ("filter", "lang", "not")),
        ({"or": {"lang": "en"}}, ("filter", "or")),
        ({"or": []}, ("filter", "or")),
        ({"or": [{"lang": "en"}, {}]}, ("filter", "or", 1)),
        ({"$and": [{"x": 1}, 2]}, ("filter", "$and", 1)),
        ({"$and": [{"x": 1}, {"y": {"~": 2}}]}, ("filter", "$and", 1, "y")),
        ({"not": {}}, ("filter", "not")),
        ({"$nor": [{"lang": "en"}]}, ("filter", "$nor")),
        ({"AND": [{"lang": "en"}]}, ("filter", "AND")),
        (
            {"operator": "AND", "conditions": [{"field": "year", "value": 1}]},
            ("filter", "conditions"),
        ),
        ({"must": [{"lang": "en"}]}, ("filter", "must")),
        ({"exists": "year"}, ("filter", "exists")),
        ({"or": [{"x": 1}, {"gte": 2020}]}, ("filter", "or", 1, "gte")),
        ({"la\0ng": 1}, ("filter",)),
        ({"lang": "\ud800"}, ("filter", "lang")),
        ({f"f{n}": 1 for n in range(60)}, ("filter",)),
        ({"or": [{"f": {"all": [1] * 30}}, {"f": {"all": [1] * 30}}]}, ("filter",)),
    ],
)
def test_an_invalid_filter_is_refused_by_name(raw: Any, path: tuple[str | int, ...]) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput) as raised:
        parse_filter(raw)
    assert raised.value.errors[0].path == path


def test_a_field_may_have_the_name_of_an_operator_or_hold_objects() -> None:
    assert parse_filter({"all": {"eq": 5}}) == (Condition("all", "in", (5,)),)
    assert parse_filter({"x": {"eq": [{"a": 1}]}}) == (Condition("x", "in", ([{"a": 1}],)),)


def test_an_unknown_operator_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"'\$near'; use one of eq, ne, gt.* exists, not"):
        parse_filter({"year": {"$near": 3}})


@pytest.mark.parametrize(
    "raw",
    [
        '{"not":' * 60 + '{"x": 1}' + "}" * 60,
        '{"or":[' * 60 + '{"x": 1}' + "]}" * 60,
        '{"x":' + '{"not":' * 60 + '{"gt": 1}' + "}" * 61,
    ],
)
def test_deep_nesting_is_refused(raw: str) -> None:
    with pytest.raises(InvalidInput, match="nested too deeply"):
        parse_filter(json.loads(raw))
