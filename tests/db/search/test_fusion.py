"""The score of documents by meaning and by words together, compared with an oracle in Python."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.db.search.fusion import FUSED, LEAST_SCALE
from shared.domain.search.fusion import MEANING_WEIGHT

Scores = tuple[float | None, float | None]
"""The similarity and the score by words of a document."""

STATEMENT = f"""
WITH accepted AS (
    SELECT * FROM unnest(%s::float8[], %s::float8[])
        WITH ORDINALITY AS a (meaning, word_score, key)
), {FUSED} SELECT key - 1, score FROM fused ORDER BY score DESC, key
"""

word_scores = st.none() | st.floats(0.01, 30)
similarities = st.none() | st.floats(-1, 1)
found_documents = st.lists(
    st.tuples(similarities, word_scores).filter(lambda scores: scores != (None, None)), max_size=20
)


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as opened:
        yield opened


def fused(connection: psycopg.Connection, found: Sequence[Scores]) -> list[tuple[int, float]]:
    values = [[each[kind] for each in found] for kind in (0, 1)]
    return connection.execute(STATEMENT, values).fetchall()


def order(connection: psycopg.Connection, *found: Scores) -> list[int]:
    return [key for key, _ in fused(connection, found)]


def test_a_rare_word_outweighs_small_differences_of_meaning(connection: psycopg.Connection) -> None:
    alike: list[Scores] = [(0.8 - key / 1000, 2.0) for key in range(20)]
    assert order(connection, *alike, (None, 12.0))[0] == 20


def test_common_words_do_not_outweigh_meaning(connection: psycopg.Connection) -> None:
    assert order(connection, (0.2, 3.0), (0.9, None)) == [1, 0]


def test_one_kind_of_score_alone_orders_by_it(connection: psycopg.Connection) -> None:
    assert order(connection, (0.1, None), (0.9, None)) == [1, 0]
    assert order(connection, (None, 1.0), (None, 4.0)) == [1, 0]
    assert order(connection) == []


def test_equal_scores_are_ordered_by_key(connection: psycopg.Connection) -> None:
    assert order(connection, (0.5, 1.0), (0.5, 1.0)) == [0, 1]


def test_opposite_vectors_have_a_score(connection: psycopg.Connection) -> None:
    assert order(connection, (-1.0, 1.0), (-1.0, 2.0)) == [1, 0]


@given(found=found_documents)
def test_scores_are_those_of_the_oracle(
    connection: psycopg.Connection, found: list[Scores]
) -> None:
    scores = dict(fused(connection, found))
    assert [scores[key] for key in range(len(found))] == pytest.approx(list(_scores(found)))
    assert all(score <= 1 + 1e-9 for score in scores.values())


def _scores(found: Sequence[Scores]) -> Iterator[float]:
    by_meaning = [similarity for similarity, _ in found if similarity is not None]
    by_words = [score for _, score in found if score is not None]
    for similarity, score in found:
        words = (score or 0) / max(by_words, default=1)
        if not by_meaning:
            yield words
            continue
        nearest = min(by_meaning) if similarity is None else similarity
        meaning = (1 + nearest) / max(1 + max(by_meaning), LEAST_SCALE)
        share = MEANING_WEIGHT if by_words else 1
        yield share * meaning + (1 - share) * words


def test_the_best_scores_are_looked_for_once(connection: psycopg.Connection) -> None:
    found = "SELECT n AS key, 0.5 AS meaning, 1.0 AS word_score FROM generate_series(1, 300) n"
    expected_to_be_one = f"{found} WHERE n + 0 = n AND n * 1 = n"
    statement = f"WITH accepted AS MATERIALIZED ({expected_to_be_one}), {FUSED} SELECT * FROM fused"
    (plan,) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}").fetchone() or ()
    scans = [each for each in nodes(plan[0]["Plan"]) if each.get("CTE Name") == "accepted"]
    assert sum(each["Actual Rows"] * each["Actual Loops"] for each in scans) == 600


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
