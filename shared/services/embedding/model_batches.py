"""Batches of a tenant's model: claim, embed, store, with no transaction during the model call."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog

from shared.db.embedding import claims, shares
from shared.db.kit.pool import Database
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.document import Lane
from shared.domain.embedding.fair_shares import Share
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import Claim, ClaimLimits
from shared.domain.errors import LeaseLost, ServerLeft
from shared.domain.model_errors import ModelNotLearned, ModelUnavailable
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.batch_writer import BatchWriter, EmbeddedBatch
from shared.services.embedding.document_embedding import DocumentEmbedding
from shared.services.embedding.leases import Leases
from shared.services.embedding.tenant_rooms import LendRoom, Room, TenantRooms
from shared.services.models.model_scheduler import Work
from shared.services.models.model_server import ModelServer, TenantModel
from shared.services.models.served_model import VerifiedModel

log = structlog.get_logger()

BYTES_PER_TOKEN = 4
"""In English. Other scripts have fewer, so a claim of theirs takes a little longer."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How much is claimed at a time, for how long, and how often it is retried.

    After `work_seconds` a task leaves further batches to another task.
    """

    documents: int
    requests: Mapping[Lane, int]
    lease_seconds: float
    work_seconds: float
    retry: RetryPolicy


@dataclass(frozen=True, slots=True)
class BatchTools:
    """What the batches of all models share."""

    database: Database
    documents: DocumentEmbedding
    writer: BatchWriter
    rooms: TenantRooms
    leases: Leases
    policy: BatchPolicy
    meter: WorkerMeter
    wake: Callable[[Iterable[Lane]], None]


@dataclass(frozen=True, slots=True)
class LaneWork:
    """A task's lane, and when it leaves further batches to another task.

    `on_more` is called right after a claim that left other due documents, if another task could
    embed them.
    """

    lane: Lane
    until: float
    on_more: Callable[[Lane], None]
    lend_room: LendRoom


@dataclass(slots=True)
class Charge:
    """What a claim costs its tenant in a lane, on the chosen server."""

    share: Share
    lane: Lane
    server: ModelServer
    expected_ms: float = 0.0


class ModelBatches:
    """Embeds due documents of a tenant under one model. Safe to share between threads."""

    def __init__(self, model: TenantModel, tools: BatchTools) -> None:
        self.model = model
        self._tools = tools
        self._turns = FlowTurns()

    def embed(self, share: Share, work: LaneWork, most: int) -> BatchReport:
        """Embed up to `most` documents of a lane. Cheap if nothing is due."""
        chosen = self._choose()
        if chosen is None:
            return self._left_to_others()
        server, model = chosen
        with work.lend_room(share.tenant, work.lane) as room:
            if room is None:
                return BatchReport()
            charge = Charge(share, work.lane, server)
            claim = self._claim(charge, room, most)
            if not claim.jobs:
                return BatchReport()
            if claim.more and self._tools.rooms.has_room(share.tenant, work.lane):
                work.on_more(work.lane)
            with self._tools.leases.holding(claim):
                return self._embed_claim(claim, model, charge)

    def _choose(self) -> tuple[ModelServer, VerifiedModel] | None:
        """Return the server that is expected to be done first, or None while all fail."""
        for each in self.model.working:
            try:
                return each.server, each.model.verified()
            except ModelNotLearned:
                continue
            except ModelUnavailable as error:
                each.server.breaker.failed(error)
        return None

    def _claim(self, charge: Charge, room: Room, most: int) -> Claim:
        """Claim documents, long ones only as far as there is room. Keep the room for them."""
        limits = self._claim_limits(charge, room.longest, most)
        started, lane = time.perf_counter(), charge.lane
        with self._tools.database.transaction() as connection:
            claim = claims.claim(
                connection, self.model.id, lane, limits, self._tools.policy.lease_seconds
            )
            if claim.jobs:
                charge.expected_ms = _expected_ms(claim, charge.server)
                shares.begin(connection, charge.share, lane, charge.expected_ms)
        self._tools.wake(room.keep(claim.length or LENGTHS[lane].start))
        if claim.last_flow is not None:
            self._turns.served(lane, claim.last_flow)
        if claim.jobs:
            waited = [job.waited_seconds for job in claim.jobs]
            self._tools.meter.claimed(lane, waited, claim.taken_over, time.perf_counter() - started)
        return claim

    def _claim_limits(self, charge: Charge, longest: int, most: int) -> ClaimLimits:
        requests = self._tools.policy.requests[charge.lane]
        tokens = charge.server.calls.throughput.request_tokens * requests
        flows = self._turns.next_ranges(charge.lane, longest)
        return ClaimLimits(most, BYTES_PER_TOKEN * tokens, flows)

    def _embed_claim(self, claim: Claim, model: VerifiedModel, charge: Charge) -> BatchReport:
        work = charge.server.calls.begin(claim.length or 0, charge.share)
        try:
            with charge.server.load.holding(charge.expected_ms / 1000):
                return self._embed_and_store(claim, model, work, charge)
        finally:
            self._settle(charge, work.model_seconds)

    def _embed_and_store(
        self, claim: Claim, model: VerifiedModel, work: Work, charge: Charge
    ) -> BatchReport:
        started, server = time.perf_counter(), charge.server
        try:
            outcomes, reuse = self._tools.documents.embed(
                claim.jobs,
                model,
                lambda texts: server.calls.embed(
                    model, work, texts, lambda: self._check(claim, server)
                ),
            )
            if reuse.made:
                server.check.confirm(model.digest)
                server.breaker.succeeded()
        except ModelUnavailable as error:
            server.breaker.failed(error)
            return self._given_back(claim)
        except ServerLeft:
            return self._given_back(claim)
        except LeaseLost:
            self._tools.writer.release(claim)
            return BatchReport(more=claim.more)
        return self._write(EmbeddedBatch(claim, charge.lane, outcomes, reuse, started), server)

    def _write(self, batch: EmbeddedBatch, server: ModelServer) -> BatchReport:
        report = self._tools.writer.write(batch)
        log.info(
            "batch.done",
            lane=batch.lane,
            **report.counts(),
            server=server.address,
            seconds=round(time.perf_counter() - batch.claimed_at, 4),
        )
        return report

    def _check(self, claim: Claim, server: ModelServer) -> None:
        """Raise LeaseLost, or ServerLeft if the server fails and another one works."""
        self._tools.leases.check(claim)
        if not server.breaker.closed and self.model.working:
            raise ServerLeft

    def _given_back(self, claim: Claim) -> BatchReport:
        self._tools.writer.release(claim)
        return self._left_to_others()

    def _settle(self, charge: Charge, seconds: float) -> None:
        """Charge the time that was used. It is not worth waiting for PostgreSQL."""
        self._tools.meter.model_used(charge.share.tenant.name, charge.lane, seconds)
        try:
            with self._tools.database.connection() as connection:
                shares.end(
                    connection, charge.share, charge.lane, charge.expected_ms, 1000 * seconds
                )
        except DatabaseUnavailable as error:
            log.info("share.not_charged", detail=str(error))

    def _left_to_others(self) -> BatchReport:
        """Another server takes over what one could not embed, if one works."""
        reason = self.model.paused_reason
        return BatchReport(paused=reason, more=reason is None)


def _expected_ms(claim: Claim, server: ModelServer) -> float:
    tokens = sum(len(job.content) for job in claim.jobs) // BYTES_PER_TOKEN
    return 1000 * server.calls.throughput.expected_seconds(tokens)
