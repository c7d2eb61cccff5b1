from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.ports.meters import Unmetered
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import POISON, WorkerHarness, new

pytestmark = pytest.mark.anyio


@dataclass
class Noted(Unmetered):
    """What a worker's batches told their meter."""

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
def noted(harness: WorkerHarness) -> Noted:
    noted = Noted()
    harness.embed.meter = noted
    return noted


async def test_a_batch_is_measured_from_the_write_to_the_store(
    documents: DocumentService, harness: WorkerHarness, noted: Noted
) -> None:
    for id_, content in (("a", "one text"), ("b", "one text"), ("c", "another")):
        await documents.put(new(id_, content))
    harness.embed.embed_batch(Lane.INTERACTIVE)
    assert len(noted.waits) == len(noted.took) == 3
    assert all(0 <= wait <= took for wait, took in zip(noted.waits, noted.took, strict=True))
    assert noted.chunks == [(2, 1)]
    assert noted.unchanged == 0


async def test_a_text_that_is_put_back_is_unchanged(
    documents: DocumentService, harness: WorkerHarness, noted: Noted
) -> None:
    await documents.put(new("a", "the text"))
    harness.embed.embed_batch(Lane.INTERACTIVE)
    await documents.put(new("a", "another"))
    await documents.put(new("a", "the text"))
    harness.embed.embed_batch(Lane.INTERACTIVE)
    assert noted.unchanged == 1
    assert noted.chunks == [(1, 0), (0, 1)]


async def test_each_failed_attempt_is_told_and_which_was_the_last(
    documents: DocumentService, harness: WorkerHarness, noted: Noted, database: Database
) -> None:
    await documents.put(new("bad", POISON))
    for _ in range(3):
        with database.connection() as connection:
            connection.execute("UPDATE jobs SET available_at = now()")
        harness.embed.embed_batch(Lane.INTERACTIVE)
    code = "rejected_by_model"
    assert noted.failures == [(code, False), (code, False), (code, True)]


async def test_jobs_of_an_expired_lease_are_told_apart(
    documents: DocumentService, harness: WorkerHarness, noted: Noted, database: Database
) -> None:
    await documents.put(new("a"))
    harness.embed.embed_batch(Lane.INTERACTIVE)
    assert noted.taken_over == 0
    await documents.put(new("a", "changed"))
    with database.connection() as connection:
        connection.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 second',"
            " lease_token = gen_random_uuid()"
        )
    harness.embed.embed_batch(Lane.INTERACTIVE)
    assert noted.taken_over == 1
