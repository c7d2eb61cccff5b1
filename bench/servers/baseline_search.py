"""The baseline for search: one FastAPI endpoint around the plain SQL of hybrid search.

    python -m bench.servers.baseline_search DATABASE_URL VECTORS PORT

VECTORS is a JSON file with the vector of each query. The SQL fuses the 50 nearest vectors of the
index with the 50 best documents by ts_rank, by their reciprocal ranks. It has no filters, no
snippets and one language.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from bench import stack
from bench.corpus.synthetic import Corpus
from bench.stack import Stack
from local import ports
from local.processes import service
from local.servers import probes

SEARCH = """
WITH semantic AS (
    SELECT document_key AS key, row_number() OVER (ORDER BY distance) AS rank FROM (
        SELECT document_key, embedding::halfvec(384) <=> %(vector)s::halfvec AS distance
        FROM chunks WHERE model_id = 1 ORDER BY distance LIMIT 50
    ) AS nearest
), textual AS (
    SELECT key, row_number() OVER (ORDER BY score DESC) AS rank FROM (
        SELECT document_key AS key, ts_rank(lexemes, words) AS score
        FROM document_texts, plainto_tsquery('english', %(query)s) AS words
        WHERE lexemes @@ words ORDER BY score DESC LIMIT 50
    ) AS matching
), fused AS (
    SELECT key, coalesce(1.0 / (60 + s.rank), 0) + coalesce(1.0 / (60 + t.rank), 0) AS score
    FROM semantic s FULL JOIN textual t USING (key) ORDER BY score DESC LIMIT 10
)
SELECT d.id, d.title, f.score::float8 FROM fused f JOIN documents d USING (key) ORDER BY score DESC
"""


def create_app(database_url: str, vectors: dict[str, str]) -> FastAPI:
    pool = AsyncConnectionPool(
        database_url,
        open=False,
        min_size=4,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "options": "-c hnsw.ef_search=50",
        },
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/search")
    async def search(q: str) -> dict[str, Any]:
        async with pool.connection() as connection:
            cursor = await connection.execute(SEARCH, {"query": q, "vector": vectors[q]})
            return {"hits": await cursor.fetchall()}

    return app


@contextmanager
def running(served: Stack, corpus: Corpus) -> Iterator[str]:
    """Run the endpoint on the database of a stack that holds the corpus. Yield its URL."""
    port, vectors = ports.free_port(), served.folder / "vectors.json"
    texts = {query: json.dumps(vector.tolist()) for query, vector in corpus.queries.items()}
    vectors.write_text(json.dumps(texts))
    program = ("bench.servers.baseline_search", served.database_url, str(vectors), str(port))
    query = quote(next(iter(texts)))
    endpoint = service.Service(
        name="baseline endpoint",
        argv=(*stack.PYTHON, *program),
        ready=lambda: probes.http_status(port, f"/search?q={query}") == 200,
    )
    with service.running(endpoint, served.folder / "baseline.log"):
        yield f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    vectors = json.loads(Path(sys.argv[2]).read_text())
    uvicorn.run(create_app(sys.argv[1], vectors), port=int(sys.argv[3]), access_log=False)
