"""PostgreSQL as hosts give it: the user is no superuser, and an administrator made `vector`."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from local.servers import postgres
from shared.db.kit.pool import Database
from shared.db.kit.schema import REVISION
from shared.domain.database_errors import DatabaseUnusable
from tests.support import loopback, migrations
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.paths import ROOT
from tests.support.processes import api_and_worker, eventually

PASSWORD = "plain"
INDEXES = """
SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relname LIKE 'chunks_embedding_%' AND i.indisvalid
"""
BACKUP = re.compile(r"^(PGOPTIONS=.* pg_dump .*)\n(pg_restore .*)$", re.MULTILINE)
_numbers = count()


@dataclass(frozen=True)
class Hosted:
    """An empty database, and a user that may do no more there than its administrator allows."""

    admin_url: str
    user: str

    @property
    def url(self) -> str:
        parts = urlsplit(self.admin_url)
        netloc = f"{self.user}:{PASSWORD}@{parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=netloc))

    @property
    def name(self) -> str:
        return urlsplit(self.admin_url).path[1:]

    def administer(self, statements: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(statements.encode())

    def migrated(self) -> tuple[int, str]:
        """Migrate as the user; return the exit status and all that was printed."""
        done = migrations.migrated(DATABASE_URL=self.url)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def hosted(postgres_url: str) -> Iterator[Hosted]:
    number = next(_numbers)
    name, user = f"hosted_{number}", f"plain_user_{number}"
    hosted = Hosted(create_database(postgres_url, name), user)
    hosted.administer(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}' NOSUPERUSER NOBYPASSRLS")
    hosted.administer(f"GRANT CREATE ON SCHEMA public TO {user}")
    yield hosted
    drop_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"DROP ROLE {user}")


def test_everything_works_with_vector_in_another_schema(
    hosted: Hosted, redis_url: str, ollama_url: str, tmp_path: Path
) -> None:
    hosted.administer(
        f"CREATE SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO {hosted.user}"
    )
    hosted.administer("CREATE EXTENSION vector SCHEMA extensions")
    status, message = hosted.migrated()
    assert status == 1
    remedy = (
        f"ALTER ROLE {hosted.user} IN DATABASE {hosted.name} "
        'SET search_path = "$user", public, extensions'
    )
    assert message.splitlines()[-1] == remedy
    hosted.administer(remedy)
    assert hosted.migrated() == (0, "")
    env = {
        "DATABASE_URL": hosted.url,
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_WORKER_METRICS_PORT": "0",
    }
    with api_and_worker(env, tmp_path) as url, loopback.client(url) as client:
        client.put("/v1/documents/a", json={"content": "How ink dries."}).raise_for_status()
        document = client.get("/v1/documents/a", params={"wait": 30}).json()
        assert document["status"] == "ready"
        found = client.get("/v1/search", params={"q": "drying ink"}).raise_for_status().json()
        assert len(found["hits"]) == 1
        assert not found["degraded"]
        for path in ("/v1/stats", "/v1/keys", "/v1/audit", "/v1/activity", "/metrics"):
            assert client.get(path).status_code == 200, path
        eventually(lambda: _count(hosted, INDEXES) == 1, "the vector index is built")
    log = (tmp_path / "worker.log").read_text()
    assert '"level": "error"' not in log, log


def _count(hosted: Hosted, query: str) -> int:
    with psycopg.connect(hosted.admin_url) as admin:
        row = admin.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_user_that_stops_finding_vector_is_told(
    hosted: Hosted, redis_url: str, ollama_url: str
) -> None:
    hosted.administer(f"CREATE EXTENSION vector; GRANT CREATE ON DATABASE {hosted.name} TO public")
    assert hosted.migrated() == (0, "")
    hosted.administer("CREATE SCHEMA hidden; ALTER EXTENSION vector SET SCHEMA hidden")
    database = Database(make_settings(hosted.url, redis_url, ollama_url))
    database.open()
    with pytest.raises(DatabaseUnusable, match="search_path"), database.connection():
        pass
    database.close()


def test_a_schema_of_its_own(hosted: Hosted) -> None:
    hosted.administer(f"CREATE EXTENSION vector; CREATE SCHEMA app AUTHORIZATION {hosted.user}")
    path = f"ALTER ROLE {hosted.user} IN DATABASE {hosted.name} SET search_path = app, public"
    hosted.administer(path)
    assert hosted.migrated() == (0, "")
    revision = "SELECT count(*) FROM app.alembic_version WHERE version_num = "
    assert _count(hosted, f"{revision}'{REVISION}'") == 1


def test_without_vector_the_administrator_is_told_what_to_run(hosted: Hosted) -> None:
    status, message = hosted.migrated()
    assert status == 1
    assert message.splitlines() == [
        f"The user {hosted.user} may not create the extension vector.",
        f"An administrator runs in the database {hosted.name}:",
        "CREATE EXTENSION IF NOT EXISTS vector",
    ]
    hosted.administer(message.splitlines()[-1])
    assert hosted.migrated() == (0, "")


def test_without_a_right_on_the_schema_the_administrator_is_told(hosted: Hosted) -> None:
    hosted.administer(f"REVOKE CREATE ON SCHEMA public FROM {hosted.user}")
    status, message = hosted.migrated()
    assert (status, message.splitlines()[-1]) == (
        1,
        f"GRANT USAGE, CREATE ON SCHEMA public TO {hosted.user}",
    )


@pytest.mark.parametrize("path", ["app", "APP, elsewhere", '"My App"', '"$user", app', "''"])
def test_without_a_schema_the_administrator_is_told(hosted: Hosted, path: str) -> None:
    hosted.administer("CREATE EXTENSION vector")
    hosted.administer(
        f"ALTER ROLE {hosted.user} IN DATABASE {hosted.name} SET search_path = {path}"
    )
    status, message = hosted.migrated()
    assert (status, message.splitlines()[1]) == (
        1,
        f"An administrator runs in the database {hosted.name}:",
    )
    assert message.startswith("No schema of the user's search_path exists: ")
    hosted.administer("\n".join(message.splitlines()[2:]))
    status, message = hosted.migrated()
    if status:  # it finds the new schema, and then looks for the extension
        assert message.startswith("The extension vector is in the schema public")
        hosted.administer(message.splitlines()[-1])
        assert hosted.migrated() == (0, "")


def test_a_schema_that_the_user_may_not_use_is_named(hosted: Hosted) -> None:
    hosted.administer("CREATE EXTENSION vector; CREATE SCHEMA app")
    hosted.administer(
        f"ALTER ROLE {hosted.user} IN DATABASE {hosted.name} SET search_path = app, extensions"
    )
    status, message = hosted.migrated()
    remedy = f"GRANT USAGE, CREATE ON SCHEMA app TO {hosted.user}"
    assert (status, message.splitlines()[-1]) == (1, remedy)


def test_the_user_backs_up_and_restores_by_the_commands_of_the_page(
    hosted: Hosted, postgres_url: str, tmp_path: Path
) -> None:
    hosted.administer("CREATE EXTENSION vector")
    assert hosted.migrated() == (0, "")
    _run([sys.executable, "-m", "api.make_key", "admin"], hosted.url)
    backup, restore = BACKUP.findall((ROOT / "docs" / "operations.md").read_text())[0]
    dump = tmp_path / "inkdex.dump"
    _run(["bash", "-c", backup.replace("inkdex.dump", str(dump))], hosted.url)
    restored = Hosted(create_database(postgres_url, f"{hosted.name}_restored"), hosted.user)
    restored.administer(f"GRANT CREATE ON SCHEMA public TO {hosted.user}; CREATE EXTENSION vector")
    _run(["bash", "-c", restore.replace("inkdex.dump", str(dump))], restored.url)
    assert _count(restored, "SELECT count(*) FROM keys") == 1
    assert _count(restored, "SELECT count(*) FROM audit") == 1
    drop_database(postgres_url, restored.name)


def _run(command: list[str], database_url: str) -> None:
    path = f"{postgres.binaries()}:{os.environ['PATH']}"
    env = {"DATABASE_URL": database_url, "PATH": path}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
