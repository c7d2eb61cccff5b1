"""A database that has no other address than that of a pooler in transaction mode."""

import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from local.processes import service
from shared.config import Settings
from shared.db.events import events
from shared.db.kit.locks import held
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.kit.schema import REVISION
from shared.domain.database_errors import DatabaseUnavailable, DatabaseUnusable
from shared.services.documents import document_waiter
from tests.support import in_process, pgbouncer
from tests.support.databases import create_database, drop_database
from tests.support.migrations import migrated
from tests.support.processes import eventually

pytestmark = pgbouncer.NEEDED

_numbers = count()


@pytest.fixture
def only_pooled(settings: Settings, pooled_url: str) -> Settings:
    addresses = {"database_url": SecretStr(pooled_url), "database_direct_url": SecretStr("none")}
    return settings.model_copy(update=addresses)


@pytest.fixture
def unmigrated(postgres_url: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An empty database, and its address at a pooler."""
    name = f"unmigrated_{next(_numbers)}"
    database_url = create_database(postgres_url, name)
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", database_url)
    with service.running(program, tmp_path / "pgbouncer.log"):
        yield database_url, url
    drop_database(postgres_url, name)


def migrating(url: str) -> subprocess.CompletedProcess[str]:
    return migrated(DATABASE_URL=url, DATABASE_DIRECT_URL="none")


def locks(database_url: str) -> int:
    query = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND d.datname = current_database()
    """
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_migrations_wait_for_each_other_and_leave_no_lock(unmigrated: tuple[str, str]) -> None:
    database_url, url = unmigrated
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrating(url))) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            REVISION,
        )
    assert locks(database_url) == 0
    with psycopg.connect(url, autocommit=True) as other:
        assert other.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_the_lock_of_a_build_is_held_by_one_and_left_by_all(
    only_pooled: Settings, database_url: str
) -> None:
    database = Database(only_pooled)
    with database.session() as one, held(one, "a lock") as is_ours:
        assert is_ours
        time.sleep(3.5)  # longer than any other transaction may be idle
        with database.session() as another, held(another, "a lock") as is_theirs:
            assert not is_theirs
    assert locks(database_url) == 0


def test_a_beat_ends_a_wait_and_the_status_says_so(
    only_pooled: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_waiter, "READ_EVERY_SECONDS", 60)
    with in_process.client(only_pooled) as client:
        detail = client.get("/readyz").json()["postgres"]["detail"]
        assert "DATABASE_DIRECT_URL is none, so changes are looked for every 0.25" in detail
        assert client.put("/v1/documents/a", json={"content": "ink"}).status_code == 201
        deleting = threading.Timer(0.5, delete_all, [database_url])
        started = time.monotonic()
        deleting.start()
        assert client.get("/v1/documents/a", params={"wait": 20}).status_code == 404
        assert 0.4 < time.monotonic() - started < 10
        deleting.join()


def delete_all(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM documents")


@pytest.mark.anyio
async def test_a_pooler_as_direct_url_is_not_listened_to(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    ignoring = "ignore_startup_parameters = options"
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", database_url, ignoring)
    with service.running(program, tmp_path / "pgbouncer.log"):
        database = AsyncDatabase(
            settings.model_copy(update={"database_direct_url": SecretStr(url)})
        )
        with pytest.raises(DatabaseUnusable, match="or to none"):
            await anext(database.notifications.on(events.CHANNEL))
        assert "leads to a connection pooler" in str(database.notifications.missing_because)


def test_a_pooler_that_is_not_declared_is_reported(settings: Settings, pooled_url: str) -> None:
    url = SecretStr(pooled_url)
    undeclared = {"database_url": url, "database_direct_url": url}
    database = Database(settings.model_copy(update=undeclared))
    database.open()
    with pytest.raises(DatabaseUnavailable, match="or to none"), database.connection():
        pass
    database.close()


def test_a_direct_url_that_fails_is_in_the_status(settings: Settings) -> None:
    wrong = settings.model_copy(
        update={"database_direct_url": SecretStr("postgresql://127.0.0.1:1/inkdex")}
    )
    with in_process.client(wrong) as client:

        def detail() -> str:
            return str(client.get("/readyz").json()["postgres"]["detail"])

        eventually(lambda: "the database cannot be listened to" in detail(), "it is told")
        assert client.get("/readyz").json()["ready"]
