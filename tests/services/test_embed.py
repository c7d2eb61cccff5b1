import asyncio
import math
import time

import pytest

from shared.db.pool import Database
from shared.domain.documents import Document, Lane, Status
from shared.domain.errors import DocumentNotFound, ModelUnavailable
from shared.services.documents import DocumentService
from tests.services.rig import POISON, RecordedWakeUps, Rig, new, vector_of

pytestmark = pytest.mark.anyio

OUTAGE = ModelUnavailable("unreachable", "Nobody there.")


async def work(rig: Rig, lane: Lane = Lane.INTERACTIVE) -> None:
    await asyncio.to_thread(rig.embed.work, lane)


async def work_until_settled(rig: Rig, documents: DocumentService, id_: str) -> Document:
    for _ in range(50):
        await work(rig)
        document = await documents.get("c", id_)
        if document.status is not Status.PENDING:
            return document
        await asyncio.sleep(0.02)
    raise AssertionError("never settled")


def stored_vector(database: Database, id_: str) -> list[float] | None:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT embedding::real[] AS v FROM chunks c JOIN documents d ON d.key = c.document_key"
            " WHERE d.id = %s",
            (id_,),
        ).fetchone()
    return None if row is None else row["v"]


def count(database: Database, table: str) -> int:
    with database.connection() as connection:
        row = connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
    assert row is not None
    return int(row["n"])


async def test_a_write_is_pending_then_ready_with_the_vector_of_its_text(
    rig: Rig, documents: DocumentService, database: Database, wake_ups: RecordedWakeUps
) -> None:
    rig.model.verified()
    created = await documents.create(new("a", "hello", title="T"))
    assert created.status is Status.PENDING
    assert wake_ups.sent == [(Lane.INTERACTIVE, ["a"])]
    await work(rig)
    ready = await documents.get("c", "a")
    assert ready.status is Status.READY
    assert ready.ready_at is not None
    assert ready.embedding is not None
    assert (ready.embedding.model, ready.embedding.dimensions) == ("all-minilm", 8)
    assert stored_vector(database, "a") == vector_of("T\n\nhello")


async def test_an_unchanged_write_owes_nothing(
    rig: Rig, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    await work(rig)
    wake_ups.sent.clear()
    again, created = await documents.put(new("a"))
    assert (again.status, again.version, created) == (Status.READY, 1, False)
    changed, _ = await documents.put(new("a", metadata={"k": 1}))
    assert (changed.status, changed.version) == (Status.READY, 2)
    assert changed.embedding is not None
    assert changed.embedding.version == 1
    assert wake_ups.sent == []


async def test_a_text_that_comes_back_is_not_embedded_again(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a", "first"))
    await work(rig)
    await documents.put(new("a", "second"))
    await documents.put(new("a", "first"))
    rig.embedder.calls.clear()
    await work(rig)
    assert (await documents.get("c", "a")).status is Status.READY
    assert rig.embedder.calls == []


async def test_documents_written_before_there_was_a_model_are_embedded(
    rig: Rig, documents: DocumentService
) -> None:
    assert (await documents.create(new("early"))).status is Status.PENDING
    await work(rig)
    assert (await documents.get("c", "early")).status is Status.READY


async def test_many_edits_are_one_job_and_the_last_text_wins(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    rig.model.verified()
    for n in range(50):
        await documents.put(new("a", f"text {n}"))
    assert count(database, "jobs") == 1
    await work(rig)
    assert stored_vector(database, "a") == vector_of("text 49")


async def test_an_edit_during_embedding_discards_the_older_vector(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    rig.model.verified()
    await documents.put(new("a", "old"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        rig.embedder.during = None
        asyncio.run_coroutine_threadsafe(documents.put(new("a", "new")), loop).result()

    rig.embedder.during = edit
    await work(rig)
    assert (await documents.get("c", "a")).status is Status.PENDING
    assert stored_vector(database, "a") is None
    await work(rig)
    assert stored_vector(database, "a") == vector_of("new")


async def test_an_edit_of_metadata_during_embedding_costs_nothing(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        rig.embedder.during = None
        changed = documents.put(new("a", metadata={"k": 1}))
        asyncio.run_coroutine_threadsafe(changed, loop).result()

    rig.embedder.during = edit
    await work(rig)
    ready = await documents.get("c", "a")
    assert (ready.status, ready.version) == (Status.READY, 2)


async def test_a_delete_during_embedding_leaves_no_orphan(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def delete() -> None:
        asyncio.run_coroutine_threadsafe(documents.delete("c", "a", None), loop).result()

    rig.embedder.during = delete
    await work(rig)
    with pytest.raises(DocumentNotFound):
        await documents.get("c", "a")
    assert [count(database, t) for t in ("chunks", "embeddings", "jobs", "document_texts")] == [
        0
    ] * 4


async def test_a_poison_document_fails_alone_with_a_reason(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    for n in range(8):
        await documents.put(new(f"d{n}", f"{POISON if n == 3 else 'good'} {n}"))
    await work(rig)
    statuses = [(await documents.get("c", f"d{n}")).status for n in range(8)]
    assert statuses == [Status.PENDING if n == 3 else Status.READY for n in range(8)]
    waiting = await documents.get("c", "d3")
    assert waiting.error is not None
    assert (waiting.error.attempts, waiting.error.code) == (1, "rejected_by_model")
    assert waiting.error.retry_at is not None
    failed = await work_until_settled(rig, documents, "d3")
    assert failed.status is Status.FAILED
    assert failed.error is not None
    assert (failed.error.attempts, failed.error.retry_at) == (3, None)
    assert POISON not in failed.error.message


async def test_a_retried_failure_keeps_its_reason_until_it_succeeds(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a", POISON))
    await work_until_settled(rig, documents, "a")
    retried = await documents.retry("c", "a")
    assert retried.status is Status.PENDING
    assert retried.error is not None
    assert await documents.retry_all("c") == 0
    fixed, _ = await documents.put(new("a", "harmless"))
    assert fixed.error is None
    assert (await work_until_settled(rig, documents, "a")).status is Status.READY


@pytest.mark.parametrize("vector", [[math.nan] * 8, [0.0] * 8, [1.0] * 7])
async def test_a_vector_that_cannot_be_searched_is_never_stored(
    rig: Rig, documents: DocumentService, database: Database, vector: list[float]
) -> None:
    rig.model.verified()
    await documents.put(new("good", "good"))
    await documents.put(new("bad", "bad"))
    rig.embedder.vector = lambda text: vector if text == "bad" else vector_of(text)
    failed = await work_until_settled(rig, documents, "bad")
    assert failed.status is Status.FAILED
    assert stored_vector(database, "bad") is None
    assert (await documents.get("c", "good")).status is Status.READY


async def test_an_outage_of_the_model_server_is_counted_against_nobody(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    rig.embedder.fault = OUTAGE
    await work(rig)
    assert rig.health.paused_reason == "unreachable"
    waiting = await documents.get("c", "a")
    assert (waiting.status, waiting.error) == (Status.PENDING, None)
    rig.embedder.fault = None
    await work(rig)
    assert rig.embedder.calls[1:] == []  # claims nothing before a probe
    rig.embed.probe()
    assert (await work_until_settled(rig, documents, "a")).status is Status.READY


async def test_a_model_that_changed_under_its_name_is_not_mixed_with_the_old(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    rig.embedder.weights = "the same in other bytes"
    rig.embed.probe()
    assert rig.health.closed
    rig.embedder.weights = "others"
    rig.embedder.vector = lambda text: [-x for x in vector_of(text)]
    rig.embed.probe()
    assert rig.health.paused_reason == "model_changed"
    await work(rig)
    assert (await documents.get("c", "a")).status is Status.PENDING


async def test_what_is_embedded_keeps_its_model_whatever_the_setting_says(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    from shared.services.models import ActiveModel  # noqa: PLC0415

    assert ActiveModel(database, rig.embedder, "a-guess").adopt().name == "a-guess"
    assert rig.model.adopt().name == "all-minilm"
    await documents.put(new("a"))
    await work(rig)
    assert ActiveModel(database, rig.embedder, "another").adopt().name == "all-minilm"


async def test_the_sweep_wakes_a_stalled_lane_and_then_drains_it(
    rig: Rig, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    wake_ups.sent.clear()
    rig.sweep.sweep()
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    assert (await documents.get("c", "a")).status is Status.PENDING
    rig.sweep.sweep()
    assert (await documents.get("c", "a")).status is Status.READY


async def test_without_a_broker_the_sweep_drains_at_once(
    rig: Rig, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    rig.model.verified()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.reachable = False
    rig.sweep.sweep()
    page = await documents.page("c", Status.PENDING, None, 50)
    assert page.documents == []


async def test_an_expired_lease_is_taken_over_and_its_late_result_refused(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    rig.model.verified()
    await documents.put(new("a"))

    def expire_and_let_another_work() -> None:
        rig.embedder.during = None
        with database.connection() as connection:
            connection.execute("UPDATE jobs SET lease_until = now() - interval '1 second'")
        assert rig.embed.embed_batch(Lane.INTERACTIVE).ready == ["a"]

    rig.embedder.during = expire_and_let_another_work
    late = await asyncio.to_thread(rig.embed.embed_batch, Lane.INTERACTIVE)
    assert (late.ready, late.left) == ([], 1)
    assert count(database, "chunks") == 1


async def test_no_transaction_is_open_while_the_model_works(
    rig: Rig, documents: DocumentService, database: Database
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    seen: list[int] = []

    def look() -> None:
        with database.connection() as connection:
            row = connection.execute(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            ).fetchone()
        assert row is not None
        seen.append(row["n"])

    rig.embedder.during = look
    await work(rig)
    assert seen == [0]


async def test_a_full_batch_wakes_the_next(
    rig: Rig, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    rig.model.verified()
    for n in range(9):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    await work(rig)
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    await work(rig)
    assert len(wake_ups.sent) == 1


async def test_a_wait_ends_when_the_document_is_ready_or_its_time_is_over(
    rig: Rig, documents: DocumentService
) -> None:
    rig.model.verified()
    await documents.put(new("a"))
    started = time.monotonic()
    assert (await documents.wait("c", "a", 0.2)).status is Status.PENDING
    assert 0.2 <= time.monotonic() - started < 5
    waiting = asyncio.create_task(documents.wait("c", "a", 20))
    await work(rig)
    assert (await waiting).status is Status.READY
