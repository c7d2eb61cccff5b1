"""Runs in Chroma's own environment: python chroma_script.py MODEL_URL MODEL M EF_CONSTRUCTION.

It reads documents from standard input, one JSON object on each line, and prints how many it
embedded and stored per second. It imports only Chroma and the standard library.
"""

import json
import sys
import tempfile
import time
import urllib.request

import chromadb  # type: ignore[import-not-found]

BATCH = 50


def main() -> None:
    url, model, neighbours, candidates = sys.argv[1:]
    documents = [json.loads(line) for line in sys.stdin]
    graph = {
        "space": "cosine",
        "max_neighbors": int(neighbours),
        "ef_construction": int(candidates),
    }
    with tempfile.TemporaryDirectory() as folder:
        settings = chromadb.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(folder, settings=settings)
        notes = client.create_collection(
            "notes", configuration={"hnsw": graph}, embedding_function=None
        )
        started = time.perf_counter()
        for first in range(0, len(documents), BATCH):
            batch = documents[first : first + BATCH]
            texts = [each["content"] for each in batch]
            notes.add(
                ids=[each["id"] for each in batch],
                documents=texts,
                embeddings=_embed(url, model, texts),
            )
        print(len(documents) / (time.perf_counter() - started))


def _embed(url: str, model: str, texts: list[str]) -> list[list[float]]:
    body = json.dumps({"model": model, "input": texts}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{url}/api/embed", body, headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: list[list[float]] = json.load(answer)["embeddings"]
    return found


if __name__ == "__main__":
    main()
