"""The embedding models of a server: their speed, the quality of their hits, and their size.

The server is the one at OLLAMA_HOST, or the local model server. Documents are cut into chunks as
the worker cuts them. Searches are exact: a document is as near as its nearest chunk.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import ollama

from bench import measure, stack
from bench.benchmarks import relevance
from bench.benchmarks.relevance import Judged
from bench.corpus import vector_sizes
from bench.measured_model import MeasuredModel, Vectors
from bench.output import bar_chart
from local.servers import postgres
from shared.adapters.ollama.client import Client, client_options

DOCUMENTS, QUERIES = 400, 50
QUICK_DOCUMENTS, QUICK_QUERIES = 40, 10
REQUEST_SECONDS = 600
QUALITY = "ndcg@10 "

Row = dict[str, Any]


def run(folders: Sequence[Path], *, quick: bool) -> list[Row]:
    """Measure every embedding model on each folder, or on docstrings if there is no folder."""
    corpora = [relevance.load(folder) for folder in folders] or [_docstrings(quick=quick)]
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-") as home,
        stack.configured_ollama(Path(home)) as host,
        postgres.running(Path(home) / "postgres") as database_url,
        Client(host, **client_options(REQUEST_SECONDS)) as client,
    ):
        for name, quantisation in served(client):
            print(f"{name} ...", flush=True)
            row = {"model": name, "quantisation": quantisation}
            rows.append(row | _measured(client, database_url, name, corpora))
    if not rows:
        raise SystemExit(f"The server at {host} has no embedding model.")
    return rows


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw the quality of the hits on the first folder, or the speed if there is no folder."""
    quality = next((name for row in rows for name in row if name.startswith(QUALITY)), None)
    shown, unit = (quality, "") if quality else ("texts/s", "/s")
    title = f"Semantic search, {quality}" if quality else "Texts per second"
    bars = [
        (f"{row['model']} ({row['dimensions']} dimensions)", float(row[shown]))
        for row in rows
        if shown in row
    ]
    if bars:
        bar_chart.bars(path, title, bars, unit)


def served(client: Client) -> list[tuple[str, str]]:
    """Return the name and the quantisation of every embedding model of a server."""
    found = []
    for each in client.list().models:
        name, details = each.model or "", each.details
        if "embedding" in (client.show(name).capabilities or []):
            found.append((name, (details.quantization_level if details else None) or ""))
    return found


def _measured(client: Client, database_url: str, name: str, corpora: Sequence[Judged]) -> Row:
    try:
        model = MeasuredModel(client, name)
        found = [_search(model, corpus) for corpus in corpora]
    except ollama.ResponseError as error:
        return {"error": error.error}
    judged = zip(corpora, found, strict=True)
    qualities = {corpus.name: quality for corpus, (quality, _) in judged}
    vectors = found[0][1]
    chunks, dimensions = vectors.shape
    per_document = chunks / len(corpora[0].corpus)
    sizes = vector_sizes.bytes_per_vector(database_url, dimensions)
    return {
        "dimensions": dimensions,
        "texts/s": round(model.texts / model.seconds, 1),
        "query ms": round(median(model.query_seconds) * 1000, 2),
        **{QUALITY + name: each for name, each in qualities.items() if each is not None},
        **{
            f"{kind} bytes": size and round(1000 * size * per_document)
            for kind, size in sizes.items()
        },
    }


def _search(model: MeasuredModel, corpus: Judged) -> tuple[float | None, Vectors]:
    """Embed a corpus and its queries. Return nDCG@10 and the vectors of the chunks."""
    chunks = [model.chunks(line.get("title") or None, line["text"]) for line in corpus.corpus]
    ids = [line["_id"] for line, texts in zip(corpus.corpus, chunks, strict=True) if texts]
    sizes = [len(texts) for texts in chunks if texts]
    starts = np.cumsum([0, *sizes[:-1]])
    vectors = model.embed_documents([text for texts in chunks for text in texts])
    gains = []
    for id_, text in corpus.queries.items():
        scores = np.maximum.reduceat(vectors @ model.embed_query(text), starts)
        hits = [ids[number] for number in np.argsort(-scores, kind="stable")[:10]]
        if id_ in corpus.relevant:
            gains.append(relevance.ndcg(hits, corpus.relevant[id_]))
    return round(mean(gains), 4) if gains else None, vectors


def _docstrings(*, quick: bool) -> Judged:
    documents = measure.documents(QUICK_DOCUMENTS if quick else DOCUMENTS)
    corpus = [
        {"_id": each["id"], "title": each["title"], "text": each["content"]} for each in documents
    ]
    asked = documents[: QUICK_QUERIES if quick else QUERIES]
    return Judged("docstrings", corpus, {each["id"]: each["title"] for each in asked}, {})
