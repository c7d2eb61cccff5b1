"""The files of docs/sql are the statements that are sent, and PostgreSQL can run them."""

import psycopg
import pytest

from tests.db.golden_statements import FOLDER, statements

NAMES = [
    "accept-many.sql",
    "accept-one.sql",
    "answer-chunks.sql",
    "answer-texts.sql",
    "claim.sql",
    "due-tenants.sql",
    "hits.sql",
    "search-hybrid-filtered.sql",
    "search-hybrid-small.sql",
    "search-hybrid.sql",
    "search-semantic-bits.sql",
    "search-semantic.sql",
    "search-text.sql",
    "store.sql",
    "word-statistics.sql",
]


def test_each_file_is_current(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        current = statements(connection)
    written = {path.name: path.read_text() for path in FOLDER.glob("*.sql")}
    differing = {name for name in current if current[name] != written.get(name)}
    assert not differing, "`make sql` updates these files of docs/sql"
    assert sorted(written) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_runs_and_changes_nothing(database_url: str, name: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute((FOLDER / name).read_text())
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        row = connection.execute("SELECT count(*) FROM documents").fetchone()
    assert row == (0,)
