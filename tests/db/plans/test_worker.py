"""The statements of a worker read by index."""

from shared.db.embedding import chunks, claims, jobs, shares
from shared.db.events.telling import TELL
from shared.db.kit.pool import Connection
from shared.db.operations import repairs
from shared.db.webhooks import deliveries
from shared.domain.documents.document import Lane
from shared.domain.embedding.fair_shares import Share
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import ClaimLimits, FailedAttempt, NewChunk
from shared.domain.reasons import RejectionCode
from shared.domain.webhooks.delivery import Slots
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, indexes, scanned


def test_jobs_are_claimed_and_stored_by_index(worker: Connection, plans: Plans) -> None:
    flows = FlowTurns().next_ranges(Lane.BULK, LENGTHS[Lane.BULK][-1])
    for _ in range(RUNS):
        claim = claims.claim(worker, 1, Lane.BULK, ClaimLimits(8, 10**6, flows), 10)
        assert len(claim.jobs) == 8
        chunk = NewChunk(0, 1, b"h" * 32, [1.0] * 8)
        done = [(job, [chunk]) for job in claim.jobs[:4]]
        failed = [
            FailedAttempt(job, RejectionCode.MODEL_FAILED, "x", 1.0) for job in claim.jobs[4:6]
        ]
        assert len(jobs.store(worker, claim, done)) == 4
        jobs.fail(worker, claim, failed)
        assert claims.renew(worker, claim, 10)
        jobs.release(worker, claim)
        keys = [job.key for job in claim.jobs]
        assert len(chunks.stored(worker, 1, keys)) == 4
        assert chunks.vectors(worker, 1, {b"h" * 32}).keys() == {b"h" * 32}
        jobs.stalled_lanes(worker)
        assert shares.due(worker, Lane.BULK)
        shares.begin(worker, Share(), Lane.BULK, 10.0)
        shares.end(worker, Share(), Lane.BULK, 10.0, 5.0)
    assert scanned(plans.nodes()) == set()


def test_what_was_told_meanwhile_is_not_joined_with_what_is_told(
    worker: Connection, plans: Plans
) -> None:
    changed = "WITH changed AS (SELECT 'c' AS collection, '1' AS id, 1 AS version)"
    told = TELL.format(changed="changed", status="'ready'")
    with worker.transaction(force_rollback=True):
        worker.execute(f"{changed} {told}")
    nodes = plans.nodes()
    kinds = {node["Node Type"] for node in nodes}
    assert "Append" in kinds
    assert not kinds & {"Nested Loop", "Hash Join", "Merge Join"}
    assert "events_pkey" in indexes(nodes)


def test_repairs_look_for_wrong_times_by_index(worker: Connection, plans: Plans) -> None:
    for _ in range(RUNS):
        assert not repairs.adopt_restored_events(worker)
        assert repairs.end_impossible_waits_of_jobs(worker, list(Lane), 60, 60) == 0
        assert repairs.end_impossible_waits_of_webhooks(worker, 300, 300) == 0
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"jobs_due", "jobs_leased", "events_pkey"} <= indexes(nodes)


def test_webhooks_find_undelivered_events_by_index(worker: Connection, plans: Plans) -> None:
    for _ in range(RUNS):
        (due,) = deliveries.claim(worker, Slots(16, 16, 16), 10)
        assert due.collection == named("c")
        events = deliveries.undelivered(worker, due, 100)
        assert len(events) == 100
        deliveries.delivered(worker, due, events[-1].position, "answered 200", 0.1)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"events_told", "imports_told"} <= indexes(nodes)
