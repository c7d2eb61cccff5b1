"""The invariants of a system, checked after a test has broken it."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import psycopg
from psycopg.rows import DictRow

from shared.domain.embedding.chunks import embedded_text
from tests.support import loopback

SIMILAR = 0.999
WATCH = """
CREATE TABLE counted_attempts (id text, error_code text);
CREATE FUNCTION note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO counted_attempts
    SELECT id, NEW.error_code FROM documents WHERE key = NEW.document_key;
    RETURN NULL;
END $$;
CREATE TRIGGER note_attempt AFTER UPDATE OF attempts ON jobs FOR EACH ROW
    WHEN (NEW.attempts > OLD.attempts) EXECUTE FUNCTION note_attempt();
"""

USAGE = """
WITH kept AS (
    SELECT tenant, documents, bytes, chunks FROM tenant_usage
    UNION ALL SELECT tenant, documents, bytes, chunks FROM tenant_usage_changes
), stored AS (
    SELECT tenant_of(collection) AS tenant, 1 AS documents, octet_length(content)
        + coalesce(octet_length(title), 0) + octet_length(metadata::text) AS bytes, 0 AS chunks
    FROM documents
    UNION ALL SELECT m.tenant, 0, 0, e.chunks
    FROM embeddings e JOIN embedding_models m ON m.id = e.model_id
)
SELECT tenant, sum(documents), sum(bytes), sum(chunks) FROM (
    SELECT * FROM kept UNION ALL SELECT tenant, -documents, -bytes, -chunks FROM stored
) AS difference
GROUP BY tenant HAVING (sum(documents), sum(bytes), sum(chunks)) <> (0, 0, 0)
"""
"""The tenants for which the triggers have counted something else than what is stored."""

Rows = Callable[[str], list[DictRow]]
Ledger = Mapping[str, set[str | None]]
"""The contents that a document may have, by id. None means that it may be absent."""


def watch_attempts(database_url: str) -> None:
    """Make a database record every attempt that is counted against a document."""
    with psycopg.connect(database_url) as connection:
        connection.execute(WATCH)


def assert_blameless(rows: Rows, blamed: AbstractSet[str]) -> None:
    """Check I7: attempts were counted against the blamed documents only."""
    counted = {(row["id"], row["error_code"]) for row in rows("SELECT * FROM counted_attempts")}
    innocent = {(id_, code) for id_, code in counted if id_ not in blamed}
    assert not innocent, f"faults of a server were counted against documents: {innocent}"


def assert_accounted(rows: Rows, ledger: Ledger, failed: Mapping[str, str]) -> None:
    stored = {
        row["id"]: row
        for row in rows(
            """
            SELECT d.id, d.content, j.document_key IS NOT NULL AS has_job, j.failed_at,
                j.error_code, j.error_message, e.content_hash = d.content_hash AS fresh
            FROM documents d
            LEFT JOIN jobs j ON j.document_key = d.key
            LEFT JOIN embeddings e ON e.document_key = d.key
            """
        )
    }
    assert stored.keys() <= ledger.keys(), "there are documents that nobody wrote"
    for id_, possible in ledger.items():
        row = stored.get(id_)
        assert (row and row["content"]) in possible, f"{id_} is lost or has an older text"
        if row is None:
            assert id_ not in failed
            continue
        if id_ in failed:
            assert row["failed_at"], f"{id_} should have failed"
            assert row["error_code"] == failed[id_]
            assert row["error_message"].endswith("."), row["error_message"]
        else:
            assert not row["has_job"], f"{id_} still has a job: {row}"
            assert row["fresh"], f"{id_} has the vector of another text"
    assert not rows("SELECT FROM jobs WHERE lease_until IS NOT NULL"), "there are leases left"


def assert_fresh(rows: Rows, ollama_url: str) -> None:
    stored = rows(
        """
        SELECT d.id, d.title, d.content, c.start_offset, c.end_offset, c.embedding::text AS v,
            e.chunks, count(c.*) OVER (PARTITION BY d.key) AS found
        FROM documents d JOIN embeddings e ON e.document_key = d.key
        LEFT JOIN chunks c ON c.document_key = d.key AND c.model_id = e.model_id
        WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.document_key = d.key)
        """
    )
    for row in stored:
        assert row["chunks"] == row["found"] > 0, f"chunks of {row['id']} are missing"
    texts = [
        embedded_text(row["title"], row["content"][row["start_offset"] : row["end_offset"]])
        for row in stored
    ]
    for row, vector in zip(stored, fresh_embeddings(ollama_url, texts), strict=True):
        similarity = _cosine(json.loads(row["v"]), vector)
        assert similarity > SIMILAR, f"{row['id']} has a stale vector, similarity {similarity:.4f}"


def assert_no_orphans(rows: Rows) -> None:
    for table in ("chunks", "embeddings", "jobs", "document_texts"):
        orphans = rows(f"SELECT FROM {table} WHERE document_key NOT IN (SELECT key FROM documents)")
        assert not orphans, f"{table} has rows without documents"
    assert not rows(
        "SELECT FROM chunks c WHERE NOT EXISTS (SELECT FROM embeddings e"
        " WHERE (e.document_key, e.model_id) = (c.document_key, c.model_id))"
    )


def assert_counted(rows: Rows) -> None:
    wrong = rows(USAGE)
    assert not wrong, f"what tenants have is not what was counted: {wrong}"


def fresh_embeddings(
    ollama_url: str, texts: Sequence[str], model: str = "all-minilm"
) -> list[list[float]]:
    made: list[list[float]] = []
    with loopback.client(ollama_url, timeout=120) as client:
        for start in range(0, len(texts), 32):
            body = {"model": model, "input": list(texts[start : start + 32])}
            made += client.post("/api/embed", json=body).raise_for_status().json()["embeddings"]
    return made


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / (math.hypot(*a) * math.hypot(*b))
