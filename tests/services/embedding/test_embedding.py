import asyncio
import math
import time
from typing import Any

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Document, Lane, Status
from shared.domain.embedding.throughput import RequestLimits
from shared.domain.errors import DocumentNotFound, ModelUnavailable, TextRejected, UnavailableReason
from shared.domain.models.identity import ModelCard, ModelIdentity
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_scheduler import ModelScheduler
from tests.support.worker_harness import (
    POISON,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio

OUTAGE = ModelUnavailable(UnavailableReason.UNREACHABLE, "Nobody there.")


async def work(harness: WorkerHarness, lane: Lane = Lane.INTERACTIVE) -> None:
    await asyncio.to_thread(harness.embedding.work, lane)


async def work_until_settled(
    harness: WorkerHarness, documents: DocumentService, id_: str
) -> Document:
    for _ in range(50):
        await work(harness)
        document = await documents.get(DocumentRef("c", id_))
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
    harness: WorkerHarness,
    documents: DocumentService,
    database: Database,
    wake_ups: RecordedWakeUps,
) -> None:
    harness.model.verified()
    created = await documents.create(new("a", "hello", title="T"))
    assert created.status is Status.PENDING
    assert wake_ups.sent == [(Lane.INTERACTIVE, ["a"])]
    await work(harness)
    ready = await documents.get(DocumentRef("c", "a"))
    assert ready.status is Status.READY
    assert ready.ready_at is not None
    assert ready.embedding is not None
    assert (ready.embedding.model, ready.embedding.dimensions) == ("all-minilm", 8)
    assert stored_vector(database, "a") == vector_of("T\n\nhello")


async def test_an_unchanged_write_owes_nothing(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    await work(harness)
    wake_ups.sent.clear()
    again, created = await documents.put(new("a"))
    assert (again.status, again.version, created) == (Status.READY, 1, False)
    changed, _ = await documents.put(new("a", metadata={"k": 1}))
    assert (changed.status, changed.version) == (Status.READY, 2)
    assert changed.embedding is not None
    assert changed.embedding.version == 1
    assert wake_ups.sent == []


async def test_a_text_that_comes_back_is_not_embedded_again(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a", "first"))
    await work(harness)
    await documents.put(new("a", "second"))
    await documents.put(new("a", "first"))
    harness.embedder.calls.clear()
    await work(harness)
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.READY
    assert harness.embedder.calls == []


async def test_documents_written_before_there_was_a_model_are_embedded(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    assert (await documents.create(new("early"))).status is Status.PENDING
    await work(harness)
    assert (await documents.get(DocumentRef("c", "early"))).status is Status.READY


async def test_many_edits_are_one_job_and_the_last_text_wins(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    for n in range(50):
        await documents.put(new("a", f"text {n}"))
    assert count(database, "jobs") == 1
    await work(harness)
    assert stored_vector(database, "a") == vector_of("text 49")


async def test_an_edit_during_embedding_discards_the_older_vector(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a", "old"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        harness.embedder.during = None
        asyncio.run_coroutine_threadsafe(documents.put(new("a", "new")), loop).result()

    harness.embedder.during = edit
    await work(harness)
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.PENDING
    assert stored_vector(database, "a") is None
    await work(harness)
    assert stored_vector(database, "a") == vector_of("new")


async def test_an_edit_of_metadata_during_embedding_costs_nothing(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        harness.embedder.during = None
        changed = documents.put(new("a", metadata={"k": 1}))
        asyncio.run_coroutine_threadsafe(changed, loop).result()

    harness.embedder.during = edit
    await work(harness)
    ready = await documents.get(DocumentRef("c", "a"))
    assert (ready.status, ready.version) == (Status.READY, 2)


async def test_a_delete_during_embedding_leaves_no_orphan(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def delete() -> None:
        asyncio.run_coroutine_threadsafe(
            documents.delete(DocumentRef("c", "a"), None), loop
        ).result()

    harness.embedder.during = delete
    await work(harness)
    with pytest.raises(DocumentNotFound):
        await documents.get(DocumentRef("c", "a"))
    assert [count(database, t) for t in ("chunks", "embeddings", "jobs", "document_texts")] == [
        0
    ] * 4


async def test_a_poison_document_fails_alone_with_a_reason(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    for n in range(8):
        await documents.put(new(f"d{n}", f"{POISON if n == 3 else 'good'} {n}"))
    await work(harness)
    statuses = [(await documents.get(DocumentRef("c", f"d{n}"))).status for n in range(8)]
    assert statuses == [Status.PENDING if n == 3 else Status.READY for n in range(8)]
    waiting = await documents.get(DocumentRef("c", "d3"))
    assert waiting.error is not None
    assert (waiting.error.attempts, waiting.error.code) == (1, "rejected_by_model")
    assert waiting.error.retry_at is not None
    failed = await work_until_settled(harness, documents, "d3")
    assert failed.status is Status.FAILED
    assert failed.error is not None
    assert (failed.error.attempts, failed.error.retry_at) == (3, None)
    assert POISON not in failed.error.message


async def test_a_retried_failure_keeps_its_reason_until_it_succeeds(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a", POISON))
    await work_until_settled(harness, documents, "a")
    retried = await documents.retry(DocumentRef("c", "a"))
    assert retried.status is Status.PENDING
    assert retried.error is not None
    assert await documents.retry_all("c") == 0
    fixed, _ = await documents.put(new("a", "harmless"))
    assert fixed.error is None
    assert (await work_until_settled(harness, documents, "a")).status is Status.READY


@pytest.mark.parametrize("vector", [[math.nan] * 8, [0.0] * 8, [1.0] * 7])
async def test_a_vector_that_cannot_be_searched_is_never_stored(
    harness: WorkerHarness, documents: DocumentService, database: Database, vector: list[float]
) -> None:
    harness.model.verified()
    await documents.put(new("good", "good"))
    await documents.put(new("bad", "bad"))
    harness.embedder.vector = lambda text: vector if text == "bad" else vector_of(text)
    failed = await work_until_settled(harness, documents, "bad")
    assert failed.status is Status.FAILED
    assert stored_vector(database, "bad") is None
    assert (await documents.get(DocumentRef("c", "good"))).status is Status.READY


async def test_an_outage_of_the_model_server_is_counted_against_nobody(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    harness.embedder.fault = OUTAGE
    await work(harness)
    assert harness.breaker.paused_reason == "unreachable"
    waiting = await documents.get(DocumentRef("c", "a"))
    assert (waiting.status, waiting.error) == (Status.PENDING, None)
    harness.embedder.fault = None
    await work(harness)
    assert harness.embedder.calls[1:] == []  # claims nothing before a probe
    harness.embedding.probe()
    assert (await work_until_settled(harness, documents, "a")).status is Status.READY


async def test_a_model_that_changed_under_its_name_is_not_mixed_with_the_old(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    harness.embedder.weights = "the same in other bytes"
    harness.embedding.probe()
    assert harness.breaker.closed
    harness.embedder.weights = "others"
    harness.embedder.vector = lambda text: [-x for x in vector_of(text)]
    harness.embedding.probe()
    assert harness.breaker.paused_reason == "model_changed"
    await work(harness)
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.PENDING


async def test_what_a_model_tells_is_asked_again_until_it_is_known(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = harness.model.verified()

    def away(_: str) -> ModelCard:
        raise OUTAGE

    harness.embedder.weights = "the same in other bytes"
    with monkeypatch.context() as patch:
        patch.setattr(harness.embedder, "card", away)
        harness.embedding.probe()
        assert harness.breaker.paused_reason == "unreachable"
    monkeypatch.setattr(harness.embedder, "card", lambda _: ModelCard(context_tokens=32))
    harness.embedding.probe()
    assert harness.model.verified().chunk_tokens < before.chunk_tokens


async def test_what_is_embedded_keeps_its_model_whatever_the_setting_says(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    def adopted(name: str, prefix: str = "") -> ModelIdentity:
        identity = ModelIdentity(name, prefix, prefix)
        return (
            ActiveModel(database, harness.embedder, ModelScheduler(1), identity, 256)
            .adopt()
            .identity
        )

    assert adopted("a-guess").name == "a-guess"
    assert adopted("all-minilm", "prefix: ") == ModelIdentity("all-minilm", "prefix: ", "prefix: ")
    assert harness.model.adopt().identity == ModelIdentity("all-minilm")
    await documents.put(new("a"))
    await work(harness)
    assert adopted("another").name == "all-minilm"
    assert adopted("all-minilm", "prefix: ").document_prefix == ""


async def test_the_sweep_wakes_a_stalled_lane_and_then_drains_it(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    wake_ups.sent.clear()
    harness.sweep.sweep()
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.PENDING
    harness.sweep.sweep()
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.READY


async def test_without_a_broker_the_sweep_drains_at_once(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.reachable = False
    harness.sweep.sweep()
    page = await documents.page("c", Status.PENDING, None, 50)
    assert page.documents == []


async def test_an_expired_lease_is_taken_over_and_its_late_result_refused(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))

    def expire_and_let_another_work() -> None:
        harness.embedder.during = None
        with database.connection() as connection:
            connection.execute("UPDATE jobs SET lease_until = now() - interval '1 second'")
        assert harness.embedding.embed_batch(Lane.INTERACTIVE).ready == ["a"]

    harness.embedder.during = expire_and_let_another_work
    late = await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    assert (late.ready, late.left) == ([], 1)
    assert count(database, "chunks") == 1


async def test_no_transaction_is_open_while_the_model_works(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
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

    harness.embedder.during = look
    await work(harness)
    assert seen == [0]


async def test_a_full_batch_wakes_the_next(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    for n in range(9):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    await work(harness)
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    await work(harness)
    assert len(wake_ups.sent) == 1


async def test_a_task_goes_on_for_a_while_before_it_leaves_the_rest_to_a_message(
    settings: Settings, database: Database, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, work_seconds=60)
    harness.model.verified()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    report = await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert set(report.ready) == {f"d{n}" for n in range(20)}
    assert report.chunks_embedded + report.chunks_reused == 20
    assert not report.more
    assert not wake_ups.sent


async def test_a_task_of_a_worker_that_stops_leaves_the_rest_to_a_message_at_once(
    settings: Settings, database: Database, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, work_seconds=60)
    harness.model.verified()
    harness.stopping.set()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    report = await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert len(report.ready) == 8
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]


async def test_a_wait_ends_when_the_document_is_ready_or_its_time_is_over(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    started = time.monotonic()
    assert (await documents.wait(DocumentRef("c", "a"), 0.2)).status is Status.PENDING
    assert 0.2 <= time.monotonic() - started < 5
    waiting = asyncio.create_task(documents.wait(DocumentRef("c", "a"), 20))
    await work(harness)
    assert (await waiting).status is Status.READY


LONG = " ".join(f"Sentence number {n} tells of ink and paper." for n in range(60))


def chunk_rows(database: Database, id_: str) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(
            "SELECT start_offset, end_offset, embedding::real[] AS vector, c.ctid::text AS place"
            " FROM chunks c JOIN documents d ON d.key = c.document_key WHERE d.id = %s"
            " ORDER BY start_offset",
            (id_,),
        ).fetchall()


async def test_a_long_document_is_several_chunks_that_cover_it(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("long", LONG, title="T"))
    await work(harness)
    document = await documents.get(DocumentRef("c", "long"))
    rows = chunk_rows(database, "long")
    assert document.embedding is not None
    assert document.embedding.chunks == len(rows) > 5
    assert (rows[0]["start_offset"], rows[-1]["end_offset"]) == (0, len(LONG))
    for row in rows:
        text = LONG[row["start_offset"] : row["end_offset"]]
        assert row["vector"] == vector_of(f"T\n\n{text}")


async def test_an_edit_of_one_sentence_embeds_again_only_what_it_touched(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("long", LONG))
    await work(harness)
    before = chunk_rows(database, "long")
    harness.embedder.calls.clear()
    edited = LONG.replace("number 30 tells", "number thirty tells a longer tale")
    await documents.put(new("long", edited))
    await work(harness)
    assert 1 <= sum(map(len, harness.embedder.calls)) <= 3
    after = chunk_rows(database, "long")
    assert after[0] == before[0]
    for row in after:
        assert row["vector"] == vector_of(edited[row["start_offset"] : row["end_offset"]])


async def test_a_text_that_another_document_has_is_not_embedded_again(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a", "the same"))
    await work(harness)
    harness.embedder.calls.clear()
    await documents.put(new("b", "the same"))
    report = await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert harness.embedder.calls == []
    assert (report.chunks_embedded, report.chunks_reused) == (0, 1)
    assert stored_vector(database, "b") == vector_of("the same")
    await documents.delete(DocumentRef("c", "a"), None)
    assert stored_vector(database, "b") == vector_of("the same")


async def test_a_document_that_says_everything_twice_is_embedded_once(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    await documents.put(new("twice", (LONG + "\n\n") * 2))
    await work(harness)
    assert (await documents.get(DocumentRef("c", "twice"))).status is Status.READY
    texts = [text for call in harness.embedder.calls for text in call]
    assert len(texts) == len(set(texts))


async def test_what_a_model_finds_too_long_is_cut_smaller(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.embedder.longest = 120
    await documents.put(new("short", "a neighbour"))
    await documents.put(new("long", LONG))
    await work(harness)
    assert (await documents.get(DocumentRef("c", "short"))).status is Status.READY
    assert (await documents.get(DocumentRef("c", "long"))).status is Status.READY
    assert (
        max(row["end_offset"] - row["start_offset"] for row in chunk_rows(database, "long")) < 120
    )


async def test_a_word_that_no_model_can_read_fails_with_a_reason(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    harness.embedder.longest = 1
    await documents.put(new("a", "two"))
    failed = await work_until_settled(harness, documents, "a")
    assert failed.error is not None
    assert failed.error.code == "too_long"


async def test_a_claim_that_was_lost_asks_the_model_no_more(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    harness.calls.throughput.limits = RequestLimits(seconds=60, texts=1, tokens=10_000)
    await documents.put(new("long", LONG))

    def lose() -> None:
        for claim in harness.embedding.leases.held():
            harness.embedding.leases.lose(claim)

    harness.embedder.during = lose
    report = await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert report.ready == []
    assert len(harness.embedder.calls) == 2  # the fingerprint, and the request that was under way
    assert chunk_rows(database, "long") == []


async def test_documents_are_embedded_with_the_models_prefix(
    settings: Settings, database: Database, wake_ups: RecordedWakeUps, documents: DocumentService
) -> None:
    prefixed = settings.model_copy(update={"document_prefix": "passage: "})
    harness = make_harness(prefixed, database, FakeEmbedder(), wake_ups)
    await documents.put(new("a", "hello"))
    await work(harness)
    assert harness.embedder.calls[-1] == ["passage: hello"]
    assert stored_vector(database, "a") == vector_of("passage: hello")


async def test_requests_go_from_short_to_long_and_each_text_gets_its_own_outcome(
    harness: WorkerHarness,
) -> None:
    texts = ["word " * 9, "word", "word " * 5, f"{POISON} " * 7, "word " * 3]
    model = await asyncio.to_thread(harness.model.verified)
    outcomes = harness.calls.embed(model, Lane.BULK, texts, lambda: None)
    first = harness.embedder.calls[1]  # after the fingerprint
    assert first == [texts[place] for place in (1, 4, 2, 3, 0)]
    for text, outcome in zip(texts, outcomes, strict=True):
        if POISON in text:
            assert isinstance(outcome, TextRejected)
        else:
            assert outcome == vector_of(text)
