"""Several model servers: each takes part with the same weights only, at its own pace."""

import asyncio
import threading
import time

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.documents.document import Lane, Status
from shared.domain.model_errors import ModelNotLearned
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.models.model_server import ModelServer
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.tenants import add_tenant
from tests.support.worker_harness import (
    OUTAGE,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio

OTHER_WEIGHTS = "the digest of other weights"


@pytest.fixture
def second() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def two(
    settings: Settings, database: Database, wake_ups: RecordedWakeUps, second: FakeEmbedder
) -> WorkerHarness:
    """A worker with two model servers."""
    return make_harness(settings, database, FakeEmbedder(), wake_ups, threads=4, others=(second,))


def servers(two: WorkerHarness) -> list[ModelServer]:
    return [each.server for each in two.servers.in_use()[0].served_by]


def verify(two: WorkerHarness) -> None:
    for number in range(2):
        two.watch(number)


def set_pace(server: ModelServer, tokens_per_second: float) -> None:
    server.calls.throughput.record(int(100 * tokens_per_second), 100)


def embedded(embedder: FakeEmbedder, text: str) -> bool:
    return any(text in sent for call in embedder.calls for sent in call)


async def status(documents: DocumentService, id_: str) -> Status:
    return (await documents.get(DocumentRef(named("c"), id_))).status


def fail() -> None:
    raise OUTAGE


def negated(text: str) -> list[float]:
    return [-x for x in vector_of(text)]


async def test_a_document_goes_where_it_is_expected_to_be_done_first(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    verify(two)
    slow, quick = servers(two)
    set_pace(slow, 100)
    set_pace(quick, 10_000)
    await documents.put(new("a", "to the quick one"))
    await two.work()
    assert embedded(second, "to the quick one")
    with quick.load.holding(1000):
        await documents.put(new("b", "to the free one"))
        await two.work()
    assert embedded(two.embedder, "to the free one")


async def test_a_dead_server_leaves_its_documents_to_another(
    two: WorkerHarness, documents: DocumentService
) -> None:
    verify(two)
    dead, living = servers(two)
    set_pace(dead, 10_000)
    set_pace(living, 100)
    two.embedder.on_embed = fail
    for n in range(20):
        await documents.put(new(f"d{n}", f"document {n}"))
    for _ in range(4):
        assert (await two.work()).paused is None
    assert {await status(documents, f"d{n}") for n in range(20)} == {Status.READY}
    assert dead.breaker.paused_reason == "unreachable"
    assert two.servers.paused == {}
    two.embedder.on_embed = None
    eventually(dead.breaker.probe_is_due, "the breaker lets a probe through")
    verify(two)
    assert dead.breaker.closed


async def test_nothing_is_claimed_while_all_servers_are_dead(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    two.embedder.fault = second.fault = OUTAGE
    verify(two)
    await documents.put(new("a"))
    assert (await two.work()).paused == two.servers.paused_reason == "unreachable"
    assert await status(documents, "a") is Status.PENDING


async def test_a_server_with_other_weights_embeds_nothing(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    second.weights, second.vector = OTHER_WEIGHTS, negated
    verify(two)
    right, wrong = servers(two)
    assert right.breaker.closed
    assert wrong.breaker.paused_reason == "model_changed"
    set_pace(right, 1)
    set_pace(wrong, 10_000)
    await documents.put(new("a", "only by the right one"))
    await two.work()
    assert await status(documents, "a") is Status.READY
    two.embedder.on_embed = fail
    await documents.put(new("b", "only by the right one, too"))
    await two.work()
    assert await status(documents, "b") is Status.PENDING
    assert not embedded(second, "only by the right one")


async def test_the_first_server_has_no_privilege_over_what_is_stored(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    verify(two)
    await documents.put(new("a"))
    await two.work()
    two.embedder.weights, two.embedder.vector = OTHER_WEIGHTS, negated
    servers(two)[0].probe()
    assert servers(two)[0].breaker.paused_reason == "model_changed"
    await documents.put(new("b", "by the second"))
    await two.work()
    assert embedded(second, "by the second")


async def test_the_first_server_shows_what_a_new_model_is(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    second.weights, second.vector = OTHER_WEIGHTS, negated
    two.embedder.fault = OUTAGE
    verify(two)
    await documents.put(new("a", "not by the second"))
    assert (await two.work()).paused == "unreachable"
    two.embedder.fault = None
    leading, other = servers(two)
    eventually(leading.breaker.probe_is_due, "the breaker lets a probe through")
    verify(two)
    assert leading.breaker.closed
    verify(two)
    assert other.breaker.paused_reason == "model_changed"
    await two.work()
    assert not embedded(second, "not by the second")
    assert await status(documents, "a") is Status.READY


async def test_another_file_of_the_same_model_takes_part(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService, database: Database
) -> None:
    second.weights = "the same weights in another file"
    verify(two)
    assert all(each.breaker.closed for each in servers(two))
    set_pace(servers(two)[1], 100_000)
    await documents.put(new("a", "by the second"))
    await two.work()
    assert embedded(second, "by the second")
    with database.connection() as connection:
        model = embedding_models.read(connection, two.model.id)
    assert model is not None
    assert model.digest == two.embedder.weights


async def test_a_server_that_hangs_holds_up_its_own_batch_only(
    two: WorkerHarness, documents: DocumentService
) -> None:
    verify(two)
    set_pace(servers(two)[0], 20_000)
    set_pace(servers(two)[1], 10_000)
    hangs, released = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        released.wait(20)
        fail()

    two.embedder.on_embed = hang
    await documents.put(new("held"))
    hung = asyncio.create_task(two.work(Lane.INTERACTIVE))
    await asyncio.to_thread(hangs.wait, 10)
    await asyncio.sleep(0.3)
    await documents.put(new("other", "another text"))
    await two.work(Lane.INTERACTIVE)
    assert await status(documents, "other") is Status.READY
    released.set()
    await hung
    assert (await two.work_until_settled(documents, "held")).status is Status.READY


async def test_a_claim_that_waits_for_a_hung_server_goes_to_another(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService
) -> None:
    verify(two)
    hung, other = servers(two)
    set_pace(hung, 10_000)
    hangs, released = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        released.wait(20)
        fail()

    two.embedder.on_embed = hang
    running = []
    for n in range(3):  # the server takes two at a time, so that one waits
        await documents.put(new(f"d{n}", f"text {n}"))
        with other.load.holding(1000):
            running.append(asyncio.create_task(two.work()))
            await asyncio.sleep(0.2)
    assert hangs.is_set()
    released.set()
    await asyncio.gather(*running)
    for n in range(3):
        assert (await two.work_until_settled(documents, f"d{n}")).status is Status.READY
        assert embedded(second, f"text {n}")
    assert sum("text" in text for call in two.embedder.calls for text in call) <= 2


async def test_a_server_that_was_slow_is_tried_again(
    two: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(two)
    quick, slow = servers(two)
    set_pace(quick, 1000)
    set_pace(slow, 5)
    model = two.servers.in_use()[0]
    assert model.working[0].server is quick
    later = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with quick.load.holding(0.01):
        assert model.working[0].server is slow


async def test_a_new_tenant_pauses_no_server_of_others(
    two: WorkerHarness, second: FakeEmbedder, documents: DocumentService, database: Database
) -> None:
    verify(two)
    await documents.put(new("a"))
    await two.work()
    late = add_tenant(database, "late")
    with database.connection() as connection:
        connection.execute(
            "UPDATE embedding_models SET digest = NULL, dimensions = NULL, fingerprint = NULL"
            " WHERE tenant = 'late'"
        )
        theirs = embedding_models.default(connection, late)
    assert theirs is not None
    assert theirs.fingerprint is None
    two.embedder.fault = OUTAGE
    servers(two)[0].breaker.failed(OUTAGE)
    (their,) = two.servers.by_id([theirs.id])
    follower = next(each for each in their.served_by if each.server is servers(two)[1])
    with pytest.raises(ModelNotLearned):
        follower.model.verified()
    for _ in range(3):
        verify(two)
    assert servers(two)[1].breaker.closed
    await documents.put(new("b", "by the second"))
    await two.work()
    assert embedded(second, "by the second")


async def test_a_server_with_other_weights_stays_left_out(
    two: WorkerHarness, second: FakeEmbedder
) -> None:
    second.weights, second.vector = OTHER_WEIGHTS, negated
    wrong = servers(two)[1]
    for _ in range(3):
        verify(two)
        assert wrong.breaker.paused_reason == "model_changed" or not two.servers.at(wrong.address)
        eventually(wrong.breaker.probe_is_due, "the breaker lets a probe through")
    assert wrong.breaker._breaker.failures >= 3
