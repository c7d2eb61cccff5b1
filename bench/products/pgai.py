"""Measures the vectorizer worker of pgai, installed from PyPI into its own environment.

Source: https://github.com/timescale/pgai. The vector index exists before the work begins, as it
does for a user who searches during an import.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from bench import measure
from bench.measure import Document
from bench.products import packages
from bench.servers import stub_model
from shared.config import Settings

VERSION = "0.12.1"
REQUIREMENT = f"pgai[vectorizer-worker]=={VERSION}"
CONCURRENCY = 4
SECONDS = 300

TABLE = "CREATE TABLE notes (id text PRIMARY KEY, content text NOT NULL)"
VECTORIZER = """
SELECT ai.create_vectorizer(
    'notes'::regclass,
    loading => ai.loading_column('content'),
    chunking => ai.chunking_none(),
    embedding => ai.embedding_ollama({model}, {dimensions}, base_url => {host}),
    destination => ai.destination_table('notes_embeddings'),
    processing => ai.processing_default(concurrency => {concurrency})
)
"""
INDEX = """
CREATE INDEX ON notes_embeddings_store USING hnsw (embedding vector_cosine_ops)
WITH (m = {m}, ef_construction = {ef_construction})
"""
EMBEDDED = "SELECT count(*) FROM notes_embeddings_store"


def speed(database_url: str, model_url: str, documents: Sequence[Document]) -> float:
    """Return the documents that the running worker embeds per second. Raises Unavailable."""
    program = str(packages.install(REQUIREMENT) / "pgai")
    packages.run(program, "install", "-d", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO notes VALUES (%s, %s)",
                [(each["id"], each["content"]) for each in documents],
            )
        connection.execute(_vectorizer(model_url))
        connection.execute(_index())
        with _worker(program, database_url) as worker:
            first, started = _wait_until(connection, worker, len(documents) // 10)
            last, ended = _wait_until(connection, worker, len(documents))
            return (last - first) / (ended - started)


def _vectorizer(model_url: str) -> sql.Composed:
    return sql.SQL(VECTORIZER).format(
        model=stub_model.MODEL,
        dimensions=stub_model.DIMENSIONS,
        host=model_url,
        concurrency=CONCURRENCY,
    )


def _index() -> sql.Composed:
    """Return the statement for an index with the parameters of Inkdex."""
    settings = Settings()
    return sql.SQL(INDEX).format(m=settings.hnsw_m, ef_construction=settings.hnsw_ef_construction)


@contextmanager
def _worker(program: str, database_url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = (program, "vectorizer", "worker", "-d", database_url)
    options = ("--poll-interval", "1", "--concurrency", str(CONCURRENCY))
    worker = subprocess.Popen(  # noqa: S603
        (*command, *options),
        env={**os.environ, "OTEL_SDK_DISABLED": "true", "DD_TRACE_ENABLED": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def _wait_until(
    connection: psycopg.Connection, worker: subprocess.Popen[bytes], embedded: int
) -> tuple[int, float]:
    """Wait until at least `embedded` documents are embedded. Return their number and the time."""
    give_up_at = time.perf_counter() + SECONDS
    while (row := connection.execute(EMBEDDED).fetchone()) and row[0] < embedded:
        if time.perf_counter() > give_up_at or worker.poll() is not None:
            raise packages.Unavailable(
                f"The worker of pgai embedded {row[0]} of {embedded} documents."
            )
        time.sleep(measure.POLL_SECONDS)
    return (row[0] if row else 0), time.perf_counter()
