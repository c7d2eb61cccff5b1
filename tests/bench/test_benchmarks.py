from pathlib import Path

import numpy as np
import pytest

from bench.benchmarks import relevance
from bench.corpus import database, vector_index
from bench.corpus.synthetic import BLOCK, PARTS, Corpus
from shared.db.models.index_kinds import IndexKind

GRADES = {"a": 1, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("found", "ndcg", "recall", "reciprocal_rank"),
    [
        (["c", "a", "b"], 1.0, 1.0, 1.0),
        (["x", "a"], 0.6309 / 3.1309, 1 / 3, 0.5),
        (["x", "y"], 0.0, 0.0, 0.0),
        ([], 0.0, 0.0, 0.0),
    ],
)
def test_the_measures_of_relevance(
    found: list[str], ndcg: float, recall: float, reciprocal_rank: float
) -> None:
    assert relevance.ndcg(found, GRADES) == pytest.approx(ndcg, abs=1e-3)
    assert relevance.recall(found, GRADES) == pytest.approx(recall)
    assert relevance.reciprocal_rank(found, GRADES) == pytest.approx(reciprocal_rank)


def test_a_chat_model_reranks_at_the_ollama_that_is_set() -> None:
    ollama = {"OLLAMA_HOST": "http://127.0.0.1:11434"}
    assert relevance.reranker_host({**ollama, "RERANK_CHAT_MODEL": "chat"}) == ollama
    assert relevance.reranker_host({"RERANK_CHAT_MODEL": "chat"}) == {}
    assert relevance.reranker_host(ollama) == {}


def test_a_folder_of_judged_queries(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "1", "title": "", "text": "é\\u2028x"}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "x"}\n{"_id": "r", "text": "y"}')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\nr\t1\t0\n")
    judged = relevance.load(tmp_path)
    assert judged.queries == {"q": "x"}
    assert judged.relevant == {"q": {"1": 1}}
    assert judged.corpus == [{"_id": "1", "title": "", "text": "é\u2028x"}]


def test_nearest_matches_a_full_comparison() -> None:
    corpus = Corpus(BLOCK + 500)
    query, vector = next(iter(corpus.queries.items()))
    vectors = np.concatenate([vectors for _, vectors in corpus.blocks()])
    order = [int(number) for number in np.argsort(-(vectors @ vector))]
    assert corpus.nearest(10)[query] == order[:10]
    part = [number for number in order if number % PARTS == 7]
    assert corpus.nearest(3, [7])[query] == part[:3]
    some = np.array([order[0], BLOCK + 1, 3])
    assert np.array_equal(corpus.vectors(some), vectors[some])


def test_a_corpus_is_stored_as_the_product_stores_it(database_url: str) -> None:
    indexes = database.store(database_url, Corpus(150))
    assert [index.name for index in indexes if index.size > 0] == ["vectors", "texts"]
    bits = vector_index.build(database_url, Corpus(150), IndexKind.BITS)
    assert 0 < bits.index.size < indexes[0].size
