"""What each process measures. The base classes measure nothing; the Prometheus adapters do.

Durations are in seconds.
"""

from collections.abc import Mapping, Sequence

from shared.domain.answers.events import Done, Failed
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings
from shared.domain.operations.pool_use import PoolUse
from shared.domain.refs import Collection, Tenant


class ApiMeter:
    """What an API process measures."""

    def request_answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request. `route` is its template, None for unknown paths."""

    def tenant_served(self, tenant: Tenant, method: str, route: str | None, status: int) -> None:
        """Count a request of a tenant."""

    def search_answered(self, mode: str, seconds: Mapping[str, float], *, degraded: bool) -> None:
        """Count a search with the duration of each part of it."""

    def search_routed(self, database: str) -> None:
        """Count a search by its database: `primary` or `replica-1`, if there are replicas."""

    def replica_seen(self, number: int, lag_seconds: float, *, is_used: bool) -> None:
        """Record how far a replica is behind the primary, and whether it gets searches."""

    def search_reranked(self, outcome: str) -> None:
        """Count a use of the reranker: `complete`, `partial` or a RerankFailure."""

    def question_answered(self, tenant: Tenant, end: Done | Failed) -> None:
        """Count an answer by how it ended, with the duration of each part of it."""

    def question_cancelled(self, tenant: Tenant) -> None:
        """Count a question whose client left before the end of the answer."""

    def questions_changed(self, *, running: int, waiting: int) -> None:
        """Record how many questions of this process have a slot, and how many wait for one."""

    def rate_limited(self, tenant: str, limit: str) -> None:
        """Count a request that was refused because its key has sent too much."""

    def quota_exceeded(self, tenant: str, quota: str) -> None:
        """Count a request or an import that ended because its tenant has too much."""

    def documents_written(self, lane: Lane, *, owed: int, unchanged: int) -> None:
        """Count accepted documents by whether they now wait for an embedding."""

    def query_vector_found(self, source: str) -> None:
        """Count a query vector by its source: `process`, `redis` or `miss`."""

    def query_breaker_changed(self, *, is_open: bool) -> None:
        """Record whether searches do without the model server."""

    def pool_used(self, use: PoolUse) -> None:
        """Record how much of the pool of connections is in use."""

    def listeners_changed(self, listeners: int) -> None:
        """Record how many clients read the event stream."""


class WorkerMeter:
    """What a worker process measures."""

    def claimed(self, lane: Lane, waited: Sequence[float], taken_over: int, seconds: float) -> None:
        """Count claimed jobs, with how long each has waited since its write.

        `taken_over` of them had a lease that expired.
        """

    def called(self, texts: int, answer: Embeddings, seconds: float) -> None:
        """Count an answer of the model server."""

    def model_used(self, tenant: str, lane: Lane, seconds: float) -> None:
        """Count the model's time for a tenant's documents."""

    def call_failed(self, reason: str) -> None:
        """Count a failed call by its UnavailableReason or RejectionCode."""

    def embedded(self, made: int, reused: int) -> None:
        """Count chunks whose vector the model made, and those that reused an equal text's."""

    def stored(self, lane: Lane, took: Sequence[float], unchanged: int, seconds: float) -> None:
        """Count documents that became ready, with the time since each one's write.

        `unchanged` of them already had the vectors of their text.
        """

    def became_ready(self, collection: Collection, took: float) -> None:
        """Count a document that searches find from now on, with the time since its write.

        What a migration prepares is not counted.
        """

    def gave_up(self, collection: Collection) -> None:
        """Count a document that failed for good, unless a migration prepares it."""

    def rejected(self, code: str, *, final: bool) -> None:
        """Count a failed attempt. Unless it is final, a retry follows."""

    def webhook_sent(self, seconds: float, *, delivered: bool) -> None:
        """Count a message to a webhook."""
