"""Inkdex behind PgBouncer in transaction mode, with a direct URL for LISTEN and without one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from local.processes import service
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.kit.session import session_settings
from shared.domain.database_errors import DatabaseUnusable
from tests.support import loopback, pgbouncer
from tests.support.databases import make_settings
from tests.support.processes import api_and_worker, eventually

pytestmark = pgbouncer.NEEDED


@pytest.fixture
def pooled(settings: Settings, pooled_url: str) -> Settings:
    direct = settings.database_url
    addresses = {"database_url": SecretStr(pooled_url), "database_direct_url": direct}
    return settings.model_copy(update=addresses)


@pytest.fixture(params=["direct", "none"])
def pooled_api(
    request: pytest.FixtureRequest,
    database_url: str,
    pooled_url: str,
    redis_url: str,
    ollama_url: str,
    tmp_path: Path,
) -> Iterator[str]:
    env = {
        "DATABASE_URL": pooled_url,
        "DATABASE_DIRECT_URL": database_url if request.param == "direct" else request.param,
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_WORKER_METRICS_PORT": "0",
    }
    with api_and_worker(env, tmp_path) as url:
        yield url


def test_from_the_write_to_the_event(pooled_api: str, database_url: str) -> None:
    with loopback.client(pooled_api) as client, client.stream("GET", "/v1/events") as events:
        lines = events.iter_lines()
        next(lines)
        written = [put(pooled_api, n) for n in range(30)]
        assert {document["status"] for document in written} == {"ready"}
        assert any('"ready"' in line for line in lines)
    with loopback.client(pooled_api) as client:
        found = client.get("/v1/search", params={"q": "how ink dries"}).raise_for_status().json()
        assert found["hits"]
        assert not found["degraded"]
        for path in ("/v1/stats", "/v1/collections", "/v1/documents", "/metrics"):
            assert client.get(path).status_code == 200, path
        bulk = "".join(f'{{"id": "b{n}", "content": "Line {n} of ink"}}\n' for n in range(500))
        headers = {"Content-Type": "application/x-ndjson"}
        assert client.post("/v1/documents/bulk", content=bulk, headers=headers).is_success
        eventually(lambda: pending(client) == 0, "the import is embedded", 60)
    eventually(lambda: has_vector_index(database_url), "the vector index is built", 60)


def has_vector_index(database_url: str) -> bool:
    query = """
    SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relname LIKE 'chunks_embedding_%'
    """
    with psycopg.connect(database_url) as connection:
        return connection.execute(query).fetchone() == (True,)


def put(url: str, number: int) -> dict[str, Any]:
    body = {"content": f"Text {number} about how ink dries."}
    with loopback.client(url) as client:
        client.put(f"/v1/documents/d{number}", json=body).raise_for_status()
        answer = client.get(f"/v1/documents/d{number}", params={"wait": 20})
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


def pending(client: httpx.Client) -> int:
    return int(client.get("/v1/stats").json()["documents"]["pending"])


def test_every_loan_has_its_settings_and_leaves_none_behind(
    pooled: Settings, pooled_url: str
) -> None:
    database = Database(pooled)
    database.open()
    try:
        with database.connection() as connection:
            for name, value in session_settings(pooled).items():
                row = connection.execute("SELECT current_setting(%s) AS value", [name]).fetchone()
                assert row is not None
                assert row["value"].removesuffix("ms").removesuffix("s") in {
                    str(value),
                    str(value)[:-3],
                }
    finally:
        database.close()
    with psycopg.connect(pooled_url, autocommit=True) as other:
        assert other.execute("SHOW statement_timeout").fetchone() == ("0",)


@pytest.mark.anyio
async def test_a_snapshot_sees_one_state(pooled: Settings) -> None:
    database = AsyncDatabase(pooled)
    await database.open()
    try:
        async with database.snapshot() as connection:
            row = await (await connection.execute("SHOW transaction_isolation")).fetchone()
            assert row == {"transaction_isolation": "repeatable read"}
    finally:
        await database.close()


def test_a_pooler_without_a_direct_url_is_reported(database_url: str, tmp_path: Path) -> None:
    ignoring = "ignore_startup_parameters = options"
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", database_url, ignoring)
    with service.running(program, tmp_path / "pgbouncer.log"):
        database = Database(make_settings(url, "redis://127.0.0.1", ""))
        database.open()
        try:
            with (
                pytest.raises(DatabaseUnusable, match="DATABASE_DIRECT_URL"),
                database.connection(),
            ):
                pass
        finally:
            database.close()
