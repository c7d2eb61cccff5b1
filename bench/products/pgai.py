"""pgai's vectorizer on the same work: its worker, installed from PyPI into a place of its own.

Its source: https://github.com/timescale/pgai. The index is made by hand before the work begins,
as a user who searches meanwhile has it.
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
from bench.products import packages as elsewhere
from bench.servers import stub_model as instant
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


def speed(database_url: str, model_url: str, found: Sequence[Document]) -> float:
    """Return the documents a second that its worker embeds once it works; raises Unavailable."""
    program = str(elsewhere.install(REQUIREMENT) / "pgai")
    elsewhere.run(program, "install", "-d", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO notes VALUES (%s, %s)",
                [(each["id"], each["content"]) for each in found],
            )
        connection.execute(_vectorizer(model_url))
        connection.execute(_index())
        with _worker(program, database_url) as worker:
            skipped, started = _until(connection, worker, len(found) // 10)
            done, ended = _until(connection, worker, len(found))
            return (done - skipped) / (ended - started)


def _vectorizer(model_url: str) -> sql.Composed:
    return sql.SQL(VECTORIZER).format(
        model=instant.MODEL,
        dimensions=instant.DIMENSIONS,
        host=model_url,
        concurrency=CONCURRENCY,
    )


def _index() -> sql.Composed:
    """Return the index with the parameters of ours."""
    ours = Settings()
    return sql.SQL(INDEX).format(m=ours.hnsw_m, ef_construction=ours.hnsw_ef_construction)


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


def _until(
    connection: psycopg.Connection, worker: subprocess.Popen[bytes], embedded: int
) -> tuple[int, float]:
    """Wait until at least so many are embedded; return how many, and when."""
    give_up_at = time.perf_counter() + SECONDS
    while (row := connection.execute(EMBEDDED).fetchone()) and row[0] < embedded:
        if time.perf_counter() > give_up_at or worker.poll() is not None:
            raise elsewhere.Unavailable(f"Its worker embedded {row[0]} of {embedded} documents.")
        time.sleep(measure.POLL_SECONDS)
    return (row[0] if row else 0), time.perf_counter()
