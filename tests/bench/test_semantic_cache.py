"""The count of the pairs of questions that share an answer."""

import pytest

from bench.benchmarks import semantic_cache
from bench.questions.near_misses import Pair

SAME = Pair("typography", "Who pays the fee?", "who pays the fee")
REVERSED = Pair("reversal", "Does A cause B?", "Does B cause A?")


@pytest.mark.parametrize(
    ("rule", "pair", "cosine", "shares"),
    [
        ("cosine 0.95", REVERSED, 0.96, True),
        ("cosine 0.95", SAME, 0.94, False),
        ("rule and 0.90", REVERSED, 0.99, False),
        ("rule and 0.90", SAME, 0.91, True),
        ("rule and 0.97", SAME, 0.96, False),
    ],
)
def test_what_decides(rule: str, pair: Pair, cosine: float, shares: bool) -> None:  # noqa: FBT001
    assert semantic_cache.rules()[rule](pair, cosine) is shares


def test_each_kind_has_a_row_and_all_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic_cache, "near_misses", lambda: [REVERSED])
    monkeypatch.setattr(semantic_cache, "paraphrases", lambda: [SAME])
    monkeypatch.setattr(semantic_cache, "_cosines", lambda pairs: dict.fromkeys(pairs, 0.98))
    rows = semantic_cache.run()
    assert [(row["pairs"], row["kind"], row["count"]) for row in rows] == [
        ("near miss", "reversal", 1),
        ("near miss", "all", 1),
        ("paraphrase", "typography", 1),
        ("paraphrase", "all", 1),
    ]
    assert [row["cosine 0.95"] for row in rows] == [1, 1, 1, 1]
    assert [row["rule and 0.97"] for row in rows] == [0, 0, 1, 1]
