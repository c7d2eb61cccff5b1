"""A database that does not fit is reported with both revisions, and used once it fits."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import psycopg
import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.kit.schema import REVISION, Schema
from shared.domain.database_errors import DatabaseUnusable, SchemaMismatch
from tests.support import in_process
from tests.support.databases import create_database, drop_database, make_settings

_numbers = count()


@pytest.fixture
def empty(postgres_url: str, redis_url: str, ollama_url: str) -> Iterator[Settings]:
    """The settings of a database without a schema."""
    name = f"unmigrated_{next(_numbers)}"
    yield make_settings(create_database(postgres_url, name), redis_url, ollama_url)
    drop_database(postgres_url, name)


def execute(settings: Settings, statement: str) -> None:
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_an_unmigrated_database_is_503_with_both_revisions(empty: Settings) -> None:
    with in_process.client(empty) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["revisions"] == {"database": None, "required": REVISION}
        assert "alembic upgrade head" in answer.json()["postgres"]["detail"]
        for method, path, body in (
            ("PUT", "/v1/documents/a", {"content": "text"}),
            ("GET", "/v1/documents", None),
            ("GET", "/v1/search?q=text", None),
            ("GET", "/v1/stats", None),
            ("GET", "/v1/events", None),
        ):
            refused = client.request(method, path, json=body)
            assert refused.status_code == 503, path
            assert refused.json()["type"] == "urn:inkdex:schema-mismatch"
            assert REVISION in refused.json()["detail"]


@pytest.mark.parametrize("found", ["0001", "0004"])
def test_an_older_database_is_503_until_it_is_migrated(settings: Settings, found: str) -> None:
    execute(settings, f"UPDATE alembic_version SET version_num = '{found}'")
    with in_process.client(settings) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["revisions"] == {"database": found, "required": REVISION}
        assert client.get("/v1/documents").status_code == 503
        execute(settings, f"UPDATE alembic_version SET version_num = '{REVISION}'")
        assert client.get("/v1/documents").status_code == 200


def test_a_newer_database_serves_the_old_code_while_it_is_replaced(settings: Settings) -> None:
    execute(settings, "UPDATE alembic_version SET version_num = '9998'")
    with in_process.client(settings) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["revisions"] == {"database": "9998", "required": REVISION}


def test_a_newer_database_that_removed_something_is_503(settings: Settings) -> None:
    execute(settings, "UPDATE alembic_version SET version_num = '9998'")
    execute(settings, "COMMENT ON TABLE alembic_version IS '9997'")
    with in_process.client(settings) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "Update Inkdex" in answer.json()["postgres"]["detail"]


def test_a_schema_that_changes_under_a_running_process_is_reported(settings: Settings) -> None:
    database = Database(settings)
    database.open()
    try:
        with database.connection() as connection:
            connection.execute("SELECT count(*) FROM documents")
        execute(settings, "UPDATE alembic_version SET version_num = '9998'")
        execute(settings, "COMMENT ON TABLE alembic_version IS '9998'")
        with pytest.raises(SchemaMismatch, match="9998"), database.connection() as connection:
            connection.execute("SELECT gone FROM documents")
    finally:
        database.close()


def test_an_old_pgvector_is_refused() -> None:
    schema = Schema(None, "16", "0.8.3", REVISION)
    with pytest.raises(DatabaseUnusable, match=r"0\.8\.4"):
        schema.require()
    replace(schema, pgvector="0.10.0").require()


def test_a_wrong_statement_is_no_fault_of_the_schema(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedColumn), database.connection() as connection:
        connection.execute("SELECT gone FROM documents")


def test_a_database_in_another_encoding_is_503(
    postgres_url: str, redis_url: str, ollama_url: str
) -> None:
    name = f"ascii_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
            " LOCALE_PROVIDER libc"
        )
    settings = make_settings(postgres_url.rsplit("/", 1)[0] + f"/{name}", redis_url, ollama_url)
    database = Database(settings)
    database.open()
    try:
        with pytest.raises(DatabaseUnusable, match="SQL_ASCII"), database.connection():
            pass
        with in_process.client(settings) as client:
            answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "SQL_ASCII" in answer.json()["postgres"]["detail"]
    finally:
        database.close()
        drop_database(postgres_url, name)
