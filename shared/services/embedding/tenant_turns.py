"""Whose batch is next: that of the tenant which used the least of the model."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from structlog.contextvars import bound_contextvars

from shared.db.embedding import jobs, shares
from shared.domain.database_errors import WritesRefused
from shared.domain.documents.document import Lane
from shared.domain.embedding.fair_shares import DueTenant, Share
from shared.domain.refs import Tenant
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.model_batches import BatchTools, LaneWork, ModelBatches
from shared.services.embedding.storage_pause import StoragePause
from shared.services.models.model_server import ModelServers, TenantModel

LOOK_SHARE = 0.1
"""A task spends about this share of its time on finding out whose turn it is, at most."""


class TenantBatches:
    """Embeds a tenant's batches, model after model. Safe to share between threads."""

    def __init__(
        self,
        servers: ModelServers,
        storage: StoragePause,
        tools: BatchTools,
        stopping: Callable[[], bool],
    ) -> None:
        self.servers = servers
        self.tools = tools
        self._storage = storage
        self._stopping = stopping
        self._batches: dict[int, ModelBatches] = {}

    def embed(self, due: DueTenant, work: LaneWork) -> Iterator[BatchReport]:
        """Embed batches under each of a tenant's models, so that the server need not change often.

        A model does not overtake those that go first.
        """
        most = self.tools.policy.documents
        for model in self.servers.of_tenant(due.share.tenant, due.model_ids):
            own = BatchReport()
            for batch in self._embed_under(model, due.share, work, most):
                own = own.followed_by(batch)
                yield batch
            if self.servers.goes_first(model.id) and not own.paused:
                if not own.documents and self._is_busy(model, work.lane):
                    break
                most = min(most, own.documents or most)

    def is_over(self, work: LaneWork) -> bool:
        return time.monotonic() >= work.until or self._stopping()

    def _is_busy(self, model: TenantModel, lane: Lane) -> bool:
        """Return whether others embed the rest of the lane. They go on with the next model."""
        with self.tools.database.connection() as connection:
            return jobs.are_leased(connection, model.id, lane)

    def _embed_under(
        self, model: TenantModel, share: Share, work: LaneWork, most: int
    ) -> Iterator[BatchReport]:
        is_limited = most < self.tools.policy.documents
        more = True
        while more:
            batch = self._embed_batch(model, share, work, most)
            more = batch.more and not (is_limited or self.is_over(work))
            yield batch

    def _embed_batch(
        self, model: TenantModel, share: Share, work: LaneWork, most: int
    ) -> BatchReport:
        """Embed a batch. While PostgreSQL refuses writes, the work could not be stored."""
        if not self._storage.is_over():
            return BatchReport(paused=self._storage.reason)
        try:
            with bound_contextvars(tenant=share.tenant.name):
                return self._of(model).embed(share, work, most)
        except WritesRefused as error:
            self._storage.begin(error)
            return BatchReport(paused=error.reason)

    def _of(self, model: TenantModel) -> ModelBatches:
        return self._batches.setdefault(model.id, ModelBatches(model, self.tools))


class TenantTurns:
    """The turns of the tenants in one task.

    Each batch is that of the tenant which used the least of the model, of those with due work.
    """

    def __init__(self, batches: TenantBatches, work: LaneWork) -> None:
        self._batches = batches
        self._work = work
        self._begun: dict[Tenant, Iterator[BatchReport]] = {}
        self._without_work: set[Tenant] = set()
        self._report = BatchReport()
        self._look_again_at = 0.0

    def embed(self) -> BatchReport:
        """Embed at least one batch if there is one."""
        more, waiting = False, self._due()
        while waiting:
            batch = self._embed_batch(waiting.pop(0))
            if batch and self._batches.is_over(self._work):
                more = self._end_begun() or batch.more or bool(waiting)
                break
            if batch and (not waiting or time.monotonic() > self._look_again_at):
                waiting = self._due()
        return replace(self._report, more=more)

    def _due(self) -> list[DueTenant]:
        """Return the tenants in the order of their turns."""
        started = time.monotonic()
        due = self._find_due()
        ended = time.monotonic()
        self._look_again_at = ended + (ended - started) / LOOK_SHARE
        return due

    def _find_due(self) -> list[DueTenant]:
        servers = self._batches.servers
        servers.in_use()  # the first worker adopts a model, and its jobs may replace others
        with self._batches.tools.database.connection() as connection:
            due = shares.due(connection, self._work.lane)
        servers.by_id([model_id for each in due for model_id in each.model_ids])
        return [each for each in due if each.share.tenant not in self._without_work]

    def _embed_batch(self, due: DueTenant) -> BatchReport | None:
        """Embed the next batch of a tenant, if there is one."""
        tenant = due.share.tenant
        batch = self._next(self._begun.get(tenant, iter(())))
        if batch is None:
            self._begun[tenant] = self._batches.embed(due, self._work)
            batch = self._next(self._begun[tenant])
        if batch is None:
            self._without_work.add(tenant)
        return batch

    def _next(self, batches: Iterator[BatchReport]) -> BatchReport | None:
        for batch in batches:
            self._report = self._report.beside(batch)
            if batch.documents or batch.more:
                return batch
        return None

    def _end_begun(self) -> bool:
        """Embed one batch under each other model of the tenants. Return whether more is due."""
        more = False
        for batches in self._begun.values():
            while batch := self._next(batches):
                more |= batch.more
        return more
