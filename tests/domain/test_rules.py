import math
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.documents.document import NewDocument, new_id
from shared.domain.documents.merge_patch import merge_patch
from shared.domain.documents.validation import check_identifier, check_metadata, check_text
from shared.domain.embedding.chunks import embedded_text
from shared.domain.embedding.vectors import check_vector, cosine_similarity
from shared.domain.errors import InvalidInput, TextRejected
from shared.domain.refs import DocumentRef
from shared.domain.resilience.breaker import Breaker
from shared.domain.resilience.retry import RetryPolicy
from shared.domain.resilience.time_limit import TimeLimit
from shared.domain.search.filters import Condition, parse_filter


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [  # the cases of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(target: Any, patch: Any, merged: Any) -> None:  # noqa: ANN401
    assert merge_patch(target, patch) == merged


@given(
    st.integers(1, 20), st.floats(0.01, 10), st.floats(10, 100), st.floats(0, 1, exclude_max=True)
)
def test_retries_grow_within_their_bounds_and_end(
    attempts: int, base: float, cap: float, jitter: float
) -> None:
    policy = RetryPolicy(max_attempts=10, base_seconds=base, cap_seconds=cap)
    delay = policy.delay(attempts, jitter)
    if attempts >= 10:
        assert delay is None
    else:
        step = min(cap, base * 2 ** (attempts - 1))
        assert delay is not None
        assert step / 2 <= delay <= step


def test_a_breaker_opens_for_longer_each_time_and_closes_at_once() -> None:
    breaker = Breaker(first_pause_seconds=1, longest_pause_seconds=3)
    assert breaker.allows(0)
    pauses = []
    for _ in range(4):
        breaker.record_failure(100.0, "timeout")
        pauses.append(breaker.retry_at - 100)
    assert pauses == [1, 2, 3, 3]
    assert not breaker.allows(102)
    assert breaker.allows(103)
    assert breaker.reason == "timeout"
    breaker.record_success()
    assert breaker.closed
    assert breaker.allows(0)


def test_a_time_limit_fits_the_server_and_recovers_from_hanging() -> None:
    limit = TimeLimit((5.0, 30.0, 120.0))
    assert limit.seconds == 120  # nothing is known yet
    limit.succeeded(0.2)
    assert limit.seconds == 5
    limit.succeeded(2.0)
    assert limit.seconds == 30
    limit.succeeded(50.0)
    assert limit.seconds == 120
    limit.succeeded(0.2)
    seen = []
    for _ in range(4):
        seen.append(limit.seconds)
        limit.timed_out()
    assert seen == [5, 30, 120, 5]
    fresh = TimeLimit((5.0, 120.0))
    fresh.timed_out()
    assert fresh.seconds == 5


@pytest.mark.parametrize(
    ("vector", "code"),
    [
        ([1.0], "wrong_dimensions"),
        ([math.nan, 1.0], "vector_not_finite"),
        ([math.inf, 1.0], "vector_not_finite"),
        ([0.0, 0.0], "vector_zero"),
    ],
)
def test_a_vector_that_cannot_be_searched_is_rejected(vector: list[float], code: str) -> None:
    with pytest.raises(TextRejected) as caught:
        check_vector(vector, 2)
    assert caught.value.code == code


def test_similarity() -> None:
    assert cosine_similarity([1, 0], [2, 0]) == pytest.approx(1)
    assert cosine_similarity([1, 0], [0, 1]) == 0
    assert cosine_similarity([1, 0], [0, 0]) == 0
    assert cosine_similarity([1, 0], [1, 0, 0]) == 0


def test_new_ids_are_uuid7_in_order_of_their_time() -> None:
    ids = [uuid.UUID(new_id()) for _ in range(1000)]
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in ids)
    assert len(set(ids)) == len(ids)
    times = [each.int >> 80 for each in ids]
    assert times == sorted(times)


def test_the_hash_covers_all_that_is_embedded_and_nothing_else() -> None:
    def of(title: str | None, content: str, metadata: dict[str, Any] | None = None) -> bytes:
        return NewDocument(DocumentRef("b", "a"), title, content, metadata or {}).content_hash

    assert of(None, "x").hex().startswith("2d711642b726b044")  # plain SHA-256 of the content
    assert of(None, "x", {"a": 1}) == of(None, "x")
    assert of("t", "x") != of(None, "x")
    assert of("a\n\nb", "c") != of("a", "b\n\nc")
    assert embedded_text("t", "x") == "t\n\nx"


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
def test_text_that_postgres_cannot_store_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_text(text, "content")
    with pytest.raises(InvalidInput):
        check_metadata({"a": [{"b": text}]}, "metadata")
    with pytest.raises(InvalidInput):
        check_metadata({text: 1}, "metadata")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_other_text_is_taken(text: str) -> None:
    check_text(text, "content")
    check_metadata({text: [text, {text: text}]}, "metadata")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_json_cannot_hold_are_refused_with_their_place(value: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_metadata({"a": [1, {"b": value}]}, "metadata")
    assert caught.value.errors[0].path == ("metadata", "a", 1, "b")


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 256])
def test_names_that_no_url_can_hold_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_identifier(name, "id")


def test_filters() -> None:
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
def test_filters_that_make_no_sense_are_refused(raw: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput):
        parse_filter(raw)
