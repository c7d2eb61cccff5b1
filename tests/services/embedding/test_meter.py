"""What a batch reports to the meter."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.ports.meters import WorkerMeter
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import (
    POISON,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio


@dataclass
class RecordedMeter(WorkerMeter):
    """Records what batches report."""

    waits: list[float] = field(default_factory=list)
    taken_over: int = 0
    took: list[float] = field(default_factory=list)
    unchanged: int = 0
    chunks: list[tuple[int, int]] = field(default_factory=list)
    failures: list[tuple[str, bool]] = field(default_factory=list)

    def claimed(
        self,
        lane: Lane,  # noqa: ARG002
        waited: Sequence[float],
        taken_over: int,
        seconds: float,  # noqa: ARG002
    ) -> None:
        self.waits += waited
        self.taken_over += taken_over

    def embedded(self, made: int, reused: int) -> None:
        self.chunks.append((made, reused))

    def stored(
        self,
        lane: Lane,  # noqa: ARG002
        took: Sequence[float],
        unchanged: int,
        seconds: float,  # noqa: ARG002
    ) -> None:
        self.took += took
        self.unchanged += unchanged

    def rejected(self, code: str, *, final: bool) -> None:
        self.failures.append((code, final))


@pytest.fixture
def meter() -> RecordedMeter:
    return RecordedMeter()


@pytest.fixture
def harness(
    settings: Settings, database: Database, wake_ups: RecordedWakeUps, meter: RecordedMeter
) -> WorkerHarness:
    return make_harness(settings, database, FakeEmbedder(), wake_ups, meter=meter)


async def test_batch_is_timed_from_the_write_to_the_stored_vector(
    documents: DocumentService, harness: WorkerHarness, meter: RecordedMeter
) -> None:
    for id_, content in (("a", "one text"), ("b", "one text"), ("c", "another")):
        await documents.put(new(id_, content))
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    assert len(meter.waits) == len(meter.took) == 3
    assert all(0 <= wait <= took for wait, took in zip(meter.waits, meter.took, strict=True))
    assert meter.chunks == [(2, 1)]
    assert meter.unchanged == 0


async def test_restored_text_counts_as_unchanged(
    documents: DocumentService, harness: WorkerHarness, meter: RecordedMeter
) -> None:
    await documents.put(new("a", "the text"))
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    await documents.put(new("a", "another"))
    await documents.put(new("a", "the text"))
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    assert meter.unchanged == 1
    assert meter.chunks == [(1, 0), (0, 1)]


async def test_every_failed_attempt_is_recorded_and_the_last_is_final(
    documents: DocumentService, harness: WorkerHarness, meter: RecordedMeter, database: Database
) -> None:
    await documents.put(new("bad", POISON))
    for _ in range(3):
        with database.connection() as connection:
            connection.execute("UPDATE jobs SET available_at = now()")
        harness.embedding.embed_batch(Lane.INTERACTIVE)
    code = "rejected_by_model"
    assert meter.failures == [(code, False), (code, False), (code, True)]


async def test_jobs_of_an_expired_lease_count_as_taken_over(
    documents: DocumentService, harness: WorkerHarness, meter: RecordedMeter, database: Database
) -> None:
    await documents.put(new("a"))
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    assert meter.taken_over == 0
    await documents.put(new("a", "changed"))
    with database.connection() as connection:
        connection.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 second',"
            " lease_token = gen_random_uuid()"
        )
    harness.embedding.embed_batch(Lane.INTERACTIVE)
    assert meter.taken_over == 1
