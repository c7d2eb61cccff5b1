"""A database of the version before tenants is upgraded while its processes go on."""

import threading
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from pydantic import SecretStr

from shared.config import Settings
from shared.domain.refs import MARK
from tests.db.tables.test_migrations import STATEMENTS, alembic, migrate
from tests.support import in_process
from tests.support.databases import create_database, drop_database, make_settings

FORMER = "0011"
SENT = [each.read_text() for each in STATEMENTS if each.parent.name == f"statements_{FORMER}"]
ROWS = """
INSERT INTO embedding_models (name, state, chunk_tokens) VALUES ('all-minilm', 'active', 256);
INSERT INTO embedding_models (name, state, chunk_tokens) VALUES ('all-minilm', 'retired', 64);
INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    SELECT 'old', 'letter ' || n, 'Letter ' || n || ' about ink.', '{}',
        sha256(n::text::bytea), 'bulk'
    FROM generate_series(1, 50) AS n;
INSERT INTO document_texts (document_key, collection, lexemes, length, language, lexing)
    SELECT key, collection, to_tsvector('english', content), 4, 'english', 2 FROM documents;
INSERT INTO text_languages VALUES ('english');
INSERT INTO jobs (document_key, model_id, version, lane, flow)
    SELECT key, 1, 1, 'bulk', 0 FROM documents;
INSERT INTO events (collection, id, status, version)
    SELECT collection, id, 'pending', 1 FROM documents;
INSERT INTO webhooks (collection, url, secret, xid, seq)
    VALUES ('old', 'https://example.org/old', 'whsec_c2VjcmV0', '0', 0);
INSERT INTO collections (name, active_model_id, building_model_id) VALUES ('old', 1, 2);
INSERT INTO model_migrations (collection, from_model_id, to_model_id, state, cutover,
    rollback_hours) VALUES ('old', 1, 2, 'filling', 'manual', 24);
INSERT INTO recent_queries (collection, query, searches) VALUES ('old', 'ink', 3);
"""
_numbers = count()


@pytest.fixture
def former_url(postgres_url: str) -> Iterator[str]:
    """A database as the version before tenants leaves it, with something in each table."""
    name = f"former_{next(_numbers)}"
    url = create_database(postgres_url, name)
    migrate(url, FORMER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ROWS)
    yield url
    drop_database(postgres_url, name)


@pytest.fixture
def former_settings(former_url: str, redis_url: str, ollama_url: str) -> Settings:
    return make_settings(former_url, redis_url, ollama_url)


class FormerProcess:
    """Sends all that a process of the version before sends, again and again, until told to stop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_done = threading.Event()
        self.errors: list[str] = []
        self.rounds = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._is_done.set()
        self._thread.join(60)

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._is_done.is_set():
                for statement in SENT:
                    try:
                        connection.execute(statement)
                    except psycopg.Error as error:
                        self.errors.append(f"{error}: {statement[:80]}")
                        connection.rollback()
                self.rounds += 1


def test_former_processes_go_on_during_the_upgrade(former_url: str) -> None:
    former = FormerProcess(former_url)
    try:
        migrate(former_url)
        rounds = former.rounds
        while former.rounds < rounds + 3 and not former.errors:
            pass
    finally:
        former.stop()
    assert former.errors == []


def test_what_was_there_is_that_of_the_default_tenant(
    former_url: str, former_settings: Settings
) -> None:
    migrate(former_url)
    with in_process.client(former_settings) as client:
        assert client.get("/v1/whoami").json()["tenant"] == "default"
        where = {"collection": "old"}
        (old,) = client.get("/v1/collections").json()["items"]
        assert (old["name"], old["building"]["chunk_tokens"]) == ("old", 64)
        items = client.get("/v1/documents", params={**where, "limit": 200}).json()["items"]
        assert len(items) == 50
        found = client.get("/v1/search", params={**where, "q": "letter ink", "mode": "text"})
        assert found.json()["total"] == {"count": 50, "exact": True}
        (hook,) = client.get("/v1/webhooks").json()["items"]
        assert (hook["collection"], hook["waiting"]) == ("old", 0)
        (migration,) = client.get("/v1/collections/old/migrations").json()["items"]
        assert (migration["id"], migration["state"]) == (1, "filling")
        shown = client.get("/v1/collections/old/migrations/1").json()
        assert shown["to"]["chunk_tokens"] == 64
        changed = client.put("/v1/documents/letter 1", params=where, json={"content": "New ink."})
        assert changed.json()["version"] == 2


def test_the_model_and_the_jobs_are_those_of_the_default_tenant(former_url: str) -> None:
    migrate(former_url)
    with psycopg.connect(former_url) as connection:
        models = connection.execute("SELECT DISTINCT tenant FROM embedding_models").fetchall()
        jobs = connection.execute("SELECT count(*) FROM jobs WHERE model_id = 1").fetchone()
        tenants = connection.execute("SELECT name, model_id FROM tenants").fetchall()
    assert models == [("default",)]
    assert jobs == (50,)
    assert tenants == [("default", None)]


def test_a_key_closes_an_upgraded_database_and_another_tenant_sees_nothing_of_it(
    former_url: str, former_settings: Settings
) -> None:
    migrate(former_url)
    admin = "a sentence of at least thirty-two characters"
    keyed = former_settings.model_copy(update={"admin_key": SecretStr(admin)})
    with in_process.client(keyed) as client:
        client.headers["Authorization"] = f"Bearer {admin}"
        assert client.post("/v1/tenants", json={"name": "acme"}).status_code == 201
        body = {"name": "all", "scopes": [{"actions": ["*"]}], "tenant": "acme"}
        client.headers["Authorization"] = (
            f"Bearer {client.post('/v1/keys', json=body).json()['key']}"
        )
        assert client.get("/v1/collections").json()["items"] == []
        assert client.get("/v1/webhooks").json()["items"] == []
        assert client.get("/v1/documents", params={"collection": "old"}).json()["items"] == []
        assert client.get("/v1/usage").json()["usage"]["documents"] == 0


def test_a_collection_that_looks_like_that_of_a_tenant_stops_the_upgrade(former_url: str) -> None:
    with psycopg.connect(former_url, autocommit=True) as connection:
        change = "UPDATE documents SET collection = %s WHERE id = 'letter 1'"
        connection.execute(change, (f"{MARK}acme/notes",))
        refused = alembic(former_url, "upgrade", "head")
        assert "begins with U+10FFFF" in refused.stderr
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found == (FORMER,)
