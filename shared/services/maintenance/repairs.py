"""Repairs after a restored dump, and after a clock that was set back."""

import structlog

from shared.db.kit.pool import Database
from shared.db.operations import repairs
from shared.domain.documents.document import Lane
from shared.domain.resilience.retry import RetryPolicy
from shared.domain.webhooks.delivery import LEASE_SECONDS, RETRY

log = structlog.get_logger()

LEASES = 10
"""Workers may have different settings. So a lease counts as wrong from this many of ours on."""


class Repairs:
    """Looks for impossible times and positions. A look costs a few entries of indexes."""

    def __init__(self, database: Database, retry: RetryPolicy, lease_seconds: float) -> None:
        self._database = database
        self._retry = retry
        self._lease_seconds = lease_seconds

    def repair(self) -> None:
        with self._database.connection() as connection:
            if repairs.adopt_restored_events(connection):
                log.warning("repairs.restored_events_adopted")
            jobs = repairs.end_impossible_waits_of_jobs(
                connection, list(Lane), self._retry.cap_seconds, LEASES * self._lease_seconds
            )
            webhooks = repairs.end_impossible_waits_of_webhooks(
                connection, RETRY.cap_seconds, LEASES * LEASE_SECONDS
            )
        if jobs or webhooks:
            log.warning("repairs.clock_was_set_back", jobs=jobs, webhooks=webhooks)
