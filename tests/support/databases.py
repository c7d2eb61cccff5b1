"""Databases of the test server, and settings that lead to them."""

from typing import LiteralString

import psycopg
from pydantic import SecretStr

from shared.config import Settings
from shared.db.kit.pool import Connection
from tests.support.processes import eventually


def make_settings(database_url: str, redis_url: str, ollama_url: str) -> Settings:
    return Settings(
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        ollama_host=ollama_url,
        embedding_model="all-minilm",
        # Many tests make and drop databases at the same time.
        database_timeout_seconds=20,
        database_connect_timeout_seconds=10,
        job_retry_base_seconds=0.05,
    )


def create_database(postgres_url: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        # Copying files takes a quarter of the time that the write-ahead log takes.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return postgres_url.rsplit("/", 1)[0] + f"/{name}"


def drop_database(postgres_url: str, name: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def wait_until_settled(connection: Connection) -> None:
    """Wait until all that is committed by now may be told.

    What is told waits for every older transaction of the server, also for those of other tests.
    """
    last = _transaction(connection, "xmax")
    eventually(lambda: _transaction(connection, "xmin") >= last, "older transactions have ended")


def _transaction(connection: Connection, bound: LiteralString) -> int:
    query = f"SELECT pg_snapshot_{bound}(pg_current_snapshot())::text::bigint AS bound"
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row["bound"])
