"""The benchmark of a server's embedding models."""

import json
from collections.abc import Sequence
from pathlib import Path

import ollama
import pytest

from bench.benchmarks import models
from bench.corpus import vector_sizes
from shared.adapters.ollama.client import Client, client_options

FIELDS = ["model", "quantisation", "dimensions", "texts/s", "query ms"]
BYTES = ["halfvec bytes", "bit bytes"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus in which each query has one relevant document."""
    subjects = ["whales in the sea", "the price of gold", "a recipe for bread", "steam engines"]
    corpus = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(subjects)]
    queries = [{"_id": "q0", "text": "whales"}, {"_id": "q2", "text": "baking bread"}]
    _write(tmp_path / "corpus.jsonl", [*corpus, {"_id": "empty", "title": "", "text": ""}])
    _write(tmp_path / "queries.jsonl", queries)
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td0\t1\nq2\td2\t1\n")
    return tmp_path


def _write(path: Path, lines: Sequence[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(autouse=True)
def _server(ollama_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ollama_url)
    monkeypatch.setattr(vector_sizes, "VECTORS", 200)


def test_models_are_measured_on_a_folder_and_drawn(folder: Path, tmp_path: Path) -> None:
    rows = models.run([folder], quick=True)
    quality = f"ndcg@10 {folder.name}"
    assert [list(row) for row in rows] == [[*FIELDS, quality, *BYTES]] * 2
    first, second = rows
    assert (first["model"], first["dimensions"]) == ("all-minilm:latest", 384)
    assert (second["model"], second["dimensions"]) == ("wordllama:latest", 256)
    assert first[quality] == second[quality] == 1
    assert first["halfvec bytes"] > second["halfvec bytes"] > second["bit bytes"]
    models.draw(rows, tmp_path / "models.svg")
    drawn = (tmp_path / "models.svg").read_text()
    assert "wordllama:latest (256 dimensions)" in drawn
    assert f"Semantic search, {quality}" in drawn


def test_no_folder_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(models, "QUICK_DOCUMENTS", 4)
    monkeypatch.setattr(models, "QUICK_QUERIES", 2)
    rows = models.run([], quick=True)
    assert [list(row) for row in rows] == [[*FIELDS, *BYTES]] * 2
    models.draw(rows, tmp_path / "models.svg")
    assert "Texts per second" in (tmp_path / "models.svg").read_text()


def test_a_model_that_fails_does_not_hide_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [("no-such-model", "Q4_0"), ("wordllama", "F16")]
    monkeypatch.setattr(models, "served", lambda _: found)
    failed, measured = models.run([folder], quick=True)
    assert "not found" in failed["error"]
    assert measured["dimensions"] == 256
    models.draw([failed, measured], folder / "models.svg")


def test_only_embedding_models_are_measured(
    ollama_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(ollama_url, **client_options(30)) as client:
        show = client.show

        def shown(name: str) -> ollama.ShowResponse:
            card: ollama.ShowResponse = show(name)
            if name.startswith("all-minilm"):
                card.capabilities = ["completion"]
            return card

        monkeypatch.setattr(client, "show", shown)
        assert models.served(client) == [("wordllama:latest", "F16")]


def test_long_vectors_have_an_index_of_bits_only(database_url: str) -> None:
    sizes = vector_sizes.bytes_per_vector(database_url, 4096)
    assert sizes["halfvec"] is None
    assert sizes["bit"]
