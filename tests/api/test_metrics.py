"""The metrics of API and worker."""

import time
from collections.abc import Callable
from typing import Any

import httpx
from prometheus_client.samples import Sample
from pydantic import SecretStr

from local import ports
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.documents.document import Lane
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DEFAULT_TENANT
from tests.support import in_process
from tests.support.metrics import samples, scrape, value
from tests.support.processes import eventually

Put = Callable[..., dict[str, Any]]

WRITES = {"method": "PUT", "route": "/v1/documents/{id}", "status": "2xx"}


def test_requests_are_counted_by_route_template(client: httpx.Client, api: str, put: Put) -> None:
    counted = "inkdex_http_request_duration_seconds_count"
    before = value(scrape(f"{api}/metrics"), counted, WRITES)
    put("measured", "a text to measure")
    client.get("/v1/documents/nowhere")
    client.get("/nothing/here")
    client.request("PROPFIND", "/v1/stats")
    page = scrape(f"{api}/metrics")
    assert value(page, counted, WRITES) == before + 1
    assert value(page, counted, {"route": "/v1/documents/{id}", "status": "4xx"}) >= 1
    assert value(page, counted, {"route": "other"}) >= 1
    assert value(page, counted, {"method": "other"}) >= 1


def test_no_label_contains_an_id_a_collection_or_a_text(
    client: httpx.Client, put: Put, collection: str
) -> None:
    put("secret-id", "secret text")
    client.get("/v1/search", params={"q": "secret query", "collection": collection})
    client.get("/secret/path?q=secret")
    page = client.get("/metrics").text
    assert "secret" not in page
    assert collection not in page


def test_searches_are_timed_by_mode_and_part(client: httpx.Client, api: str, put: Put) -> None:
    put("found", "ink dries in seconds")
    before = scrape(f"{api}/metrics")
    for mode in ("hybrid", "semantic", "text"):
        client.get("/v1/search", params={"q": "measured twice", "mode": mode}).raise_for_status()
    only_counts = {"q": "measured twice", "mode": "text", "limit": "0", "facets": "tags"}
    client.get("/v1/search", params=only_counts).raise_for_status()
    after = scrape(f"{api}/metrics")

    def increase(name: str, **labels: str) -> float:
        return value(after, name, labels) - value(before, name, labels)

    counted = "inkdex_search_duration_seconds_count"
    assert increase(counted, part="total") == 3
    assert increase(counted, part="embed") == 2  # text search embeds nothing
    assert increase(counted, mode="text", part="query") == 1
    assert increase("inkdex_query_embeddings_total", source="miss") == 1
    assert increase("inkdex_query_embeddings_total", source="process") == 1


def test_writes_are_counted_by_whether_they_need_an_embedding(
    api: str, client: httpx.Client, put: Put
) -> None:
    before = scrape(f"{api}/metrics")
    put("twice", "the same text")
    put("twice", "the same text")
    lines = '{"id": "one", "content": "a"}\n{"id": "two", "content": "b"}\nnonsense'
    client.post(
        "/v1/documents/bulk",
        content=lines,
        params={"collection": "counted"},
        headers={"content-type": "application/x-ndjson"},
    ).raise_for_status()
    after = scrape(f"{api}/metrics")
    name = "inkdex_documents_written_total"
    for labels, expected in (
        ({"lane": "interactive", "embedding": "owed"}, 1),
        ({"lane": "interactive", "embedding": "unchanged"}, 1),
        ({"lane": "bulk", "embedding": "owed"}, 2),
    ):
        assert value(after, name, labels) - value(before, name, labels) == expected, labels
    for id_ in ("one", "two"):  # so that no later test counts their embeddings
        client.get(f"/v1/documents/{id_}", params={"collection": "counted", "wait": 20})


def scrape_when_idle(client: httpx.Client, page: str) -> list[Sample]:
    """Wait until the documents of other tests are embedded and counted; return the metrics."""
    seen = [scrape(page)]

    def is_idle() -> bool:
        time.sleep(1)
        seen.append(scrape(page))
        totals = {value(each, "inkdex_embeddings_total") for each in seen[-2:]}
        pending = client.get("/v1/stats").json()["documents"]["pending"]
        return pending == 0 and len(totals) == 1

    eventually(is_idle, "the worker is idle", seconds=200)
    return seen[-1]


def test_worker_metrics_split_the_time_of_a_document(
    worker_metrics_port: int, client: httpx.Client, collection: str, put: Put
) -> None:
    page = f"http://127.0.0.1:{worker_metrics_port}/metrics"
    before = scrape_when_idle(client, page)
    put("timed", f"a new text of {collection}")
    put("again", f"a new text of {collection}")
    # A worker counts a batch after its documents are ready, and embeddings last.
    name = "inkdex_embeddings_total"
    eventually(lambda: value(scrape(page), name) >= value(before, name) + 2, "batches are counted")
    after = scrape(page)

    def increase(name: str, **labels: str) -> float:
        return value(after, name, labels) - value(before, name, labels)

    assert increase("inkdex_document_wait_seconds_count", lane="interactive") == 2
    assert increase("inkdex_document_ready_seconds_count", lane="interactive") == 2
    assert increase("inkdex_documents_ready_total", lane="interactive", result="embedded") == 2
    assert increase("inkdex_embeddings_total", source="made") == 1
    assert increase("inkdex_embeddings_total", source="reused") == 1
    assert increase("inkdex_model_texts_total") >= 1
    assert increase("inkdex_model_tokens_total") >= 1
    for stage in ("claim", "inference", "store"):
        assert increase("inkdex_embed_stage_duration_seconds_sum", stage=stage) > 0, stage
    waited = increase("inkdex_document_wait_seconds_sum", lane="interactive")
    assert 0 < waited <= increase("inkdex_document_ready_seconds_sum", lane="interactive")


def test_metrics_page_is_prometheus_text_with_process_metrics(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    page = samples(answer.text)
    assert value(page, "process_resident_memory_bytes") > 0
    assert [value(page, "inkdex_up", {"part": p}) for p in ("postgres", "redis", "ollama")] == [
        1.0
    ] * 3
    assert value(page, "inkdex_workers") == 1
    assert {each.labels["lane"] for each in page if each.name == "inkdex_jobs_pending"} == set(Lane)


def test_metrics_are_served_while_all_other_servers_are_down() -> None:
    nowhere = f"127.0.0.1:{ports.free_port()}"
    settings = Settings(
        database_url=SecretStr(f"postgresql://{nowhere}/none"),
        redis_url=SecretStr(f"redis://{nowhere}/0"),
        ollama_host=f"http://{nowhere}",
    )
    with in_process.client(settings) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    page = samples(answer.text)
    up = {each.labels["part"]: each.value for each in page if each.name == "inkdex_up"}
    assert up == {"postgres": 0.0, "redis": 0.0, "ollama": 0.0, "worker": 0.0}
    assert not [each for each in page if each.name == "inkdex_jobs_pending"]


MIGRATIONS = """
INSERT INTO model_migrations
    (collection, from_model_id, to_model_id, cutover, rollback_hours, state, progress)
SELECT 'm' || n, %s, %s, 'auto', 24, CASE WHEN n = 2 THEN 'done' ELSE 'filling' END,
    CASE WHEN n = 1 THEN '{"embedded": 3, "pending": 2, "failed": 1, "total": 6}' ELSE '{}' END
        ::jsonb
FROM generate_series(1, 120) AS n
"""


def test_running_migrations_are_shown_with_their_documents(
    settings: Settings, database: Database
) -> None:
    with database.connection() as connection:
        former = embedding_models.adopt(connection, ModelIdentity("former")).id
        new = embedding_models.register(connection, DEFAULT_TENANT, ModelIdentity("new"))
        connection.execute(MIGRATIONS, (former, new))
    with in_process.client(settings) as client:
        page = samples(client.get("/metrics").text)
    states = {
        each.labels["collection"]: each.labels["state"]
        for each in page
        if each.name == "inkdex_migration_state"
    }
    assert states == {f"m{n}": "filling" for n in range(1, 102) if n != 2}
    documents = {
        (each.labels["collection"], each.labels["state"]): each.value
        for each in page
        if each.name == "inkdex_migration_documents"
    }
    assert documents == {("m1", "embedded"): 3, ("m1", "pending"): 2, ("m1", "failed"): 1}
