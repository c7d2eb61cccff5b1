"""The chain of migrations is frozen, and the code of the previous revision works on the newest."""

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from shared.db.kit.schema import REVISION
from tests.support.databases import create_database, drop_database
from tests.support.paths import ROOT

VERSIONS = ROOT / "migrations/versions"
RELEASED = {
    "0001": "fa227fa5f456464ca0ced2a4d688bf82844aa706e3ca150b265bee67a219bfa0",
    "0002": "e6fcf9178e9121dac7e06ec6ee295f0711b418394cd2ff626713ec78ad1e4654",
    "0003": "562c54dc639c03fadf8a18ec042ec17040567b8558dfdaa3c37f21b851f08d8c",
    "0004": "54c0f6e2e8024918bfa3f24ba7ade052c5bda69b5c4bb8c2e94d8cd6928e4655",
    "0005": "efb9f1e35399b6b205a1e193baaf3b29b9d63a11c9dfd34d213a9484f755791a",
}
"""The SHA-256 of each released migration. Databases have run them: add a new one instead."""
STATEMENTS = sorted(Path(__file__).parent.glob("statements_*/*.sql"))
"""What the processes of former revisions send. They still run while a database is migrated."""

_numbers = count()


def alembic(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env={"DATABASE_URL": database_url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def migrate(database_url: str, revision: str = "head") -> str:
    """Migrate a database, and return what was printed."""
    done = alembic(database_url, "upgrade", revision)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """An empty database without a schema."""
    name = f"migrated_{next(_numbers)}"
    yield create_database(postgres_url, name)
    drop_database(postgres_url, name)


def columns(database_url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()


def test_the_migrations_create_the_declared_tables(database_url: str) -> None:
    done = alembic(database_url, "check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_released_migrations_are_frozen() -> None:
    files = {path.name[:4]: path for path in VERSIONS.glob("*.py")}
    for revision, digest in RELEASED.items():
        assert hashlib.sha256(files[revision].read_bytes()).hexdigest() == digest, revision


def test_migrations_form_one_chain_that_the_code_expects() -> None:
    ids = sorted(path.name[:4] for path in VERSIONS.glob("*.py"))
    for before, path in zip([None, *ids], sorted(VERSIONS.glob("*.py")), strict=False):
        text = path.read_text()
        found = re.search(r'^down_revision(?:: [^=]+)? = (?:"(\d+)"|None)$', text, re.MULTILINE)
        assert found, path.name
        assert found[1] == before, path.name
    assert ids[-1] == REVISION


@pytest.mark.parametrize(
    "statements", STATEMENTS, ids=lambda path: f"{path.parent.name[-4:]}-{path.stem}"
)
def test_the_previous_code_works_on_the_newest_schema(database_url: str, statements: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO embedding_models (name, state) VALUES ('m', 'active')")
        connection.execute(statements.read_text())


def test_a_migration_waits_for_a_lock_without_blocking_others(empty_url: str) -> None:
    migrate(empty_url, "0004")
    with psycopg.connect(empty_url) as busy:
        busy.execute("LOCK TABLE workers IN ACCESS SHARE MODE")
        printed: list[str] = []
        migrating = threading.Thread(target=lambda: printed.append(migrate(empty_url)))
        migrating.start()
        with psycopg.connect(empty_url, autocommit=True) as other:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while other.execute(waiting).fetchone() != (1,):
                pass
            # Queues behind the migration until it gives up, and is served long before it is done.
            other.execute("SELECT count(*) FROM workers")
        busy.rollback()
        migrating.join(60)
    assert "A lock is taken" in printed[0]
    assert ("workers", "embedding_ms") in [row[:2] for row in columns(empty_url)]


def test_each_migration_is_a_transaction_of_its_own(empty_url: str) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE webhooks ()")
        assert alembic(empty_url, "upgrade", "head").returncode != 0
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)


@pytest.mark.parametrize("stamped", ["0003", "0005"])
def test_revisions_that_were_inserted_later_are_applied(
    empty_url: str, database_url: str, stamped: str
) -> None:
    migrate(empty_url, "0005")
    with psycopg.connect(empty_url, autocommit=True) as connection:
        # Revisions 0003 and 0005 do not depend on 0002 and 0004, so these can be taken back alone.
        _take_back(connection)
        if stamped == "0003":
            connection.execute("ALTER TABLE workers DROP COLUMN embedding_ms")
        connection.execute("UPDATE alembic_version SET version_num = %s", [stamped])
    printed = migrate(empty_url)
    assert "lacks revision 0002" in printed
    assert columns(empty_url) == columns(database_url)
    assert alembic(empty_url, "check").returncode == 0


def _take_back(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute(
        """
        DROP TABLE webhooks;
        DROP INDEX events_told, documents_metadata, document_texts_lexemes;
        ALTER TABLE document_texts
            DROP COLUMN length, DROP COLUMN language, DROP COLUMN collection;
        CREATE INDEX document_texts_lexemes ON document_texts USING gin (lexemes);
        DROP TABLE text_statistics, lexeme_frequencies, text_languages;
        DROP FUNCTION document_lexemes(text, text, text);
        DROP FUNCTION document_length, text_lexemes, unspaced_lexemes, text_language;
        CREATE FUNCTION document_lexemes(title text, content text) RETURNS tsvector
            LANGUAGE sql IMMUTABLE RETURN to_tsvector('english', content);
        """
    )


def test_a_database_in_another_encoding_is_refused(postgres_url: str) -> None:
    name = f"ascii_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
            " LOCALE_PROVIDER libc"
        )
    try:
        done = alembic(postgres_url.rsplit("/", 1)[0] + f"/{name}", "upgrade", "head")
        assert done.returncode != 0
        assert done.stderr.strip().endswith(
            "The database's encoding is SQL_ASCII. Create one with ENCODING 'UTF8'."
        )
    finally:
        drop_database(postgres_url, name)
