"""How the settings shape a worker: batches, requests, lanes and the heartbeat."""

from shared.config import Settings
from shared.domain.documents.document import Lane
from shared.domain.embedding.throughput import RequestLimits
from shared.domain.models.identity import ModelIdentity, identify
from shared.domain.resilience.retry import RetryPolicy
from shared.services.embedding.model_batches import BatchPolicy

HEARTBEAT_SECONDS = 2.0
REQUESTS_IN_A_CLAIM = {Lane.INTERACTIVE: 1, Lane.BULK: 4, Lane.BACKFILL: 8}
"""A claim's documents become ready together, so an interactive claim is one request."""
WORK_SECONDS = 1.0
"""A message costs as much as several documents, so a task works for at least this long."""


def model_identity(settings: Settings) -> ModelIdentity:
    return identify(
        settings.embedding_model,
        settings.document_prefix,
        settings.query_prefix,
        chunk_tokens=settings.chunk_tokens,
    )


def request_limits(settings: Settings) -> RequestLimits:
    return RequestLimits(
        settings.embed_request_seconds,
        settings.embed_request_max_texts,
        settings.embed_request_max_tokens,
    )


def batch_policy(settings: Settings) -> BatchPolicy:
    retry = RetryPolicy(
        settings.job_max_attempts, settings.job_retry_base_seconds, settings.job_retry_cap_seconds
    )
    return BatchPolicy(
        documents=settings.claim_max_documents,
        requests=REQUESTS_IN_A_CLAIM,
        lease_seconds=settings.job_lease_seconds,
        work_seconds=WORK_SECONDS,
        retry=retry,
    )


def heartbeat_seconds(settings: Settings) -> float:
    """Return an interval well below the lease, and below the time that counts as absence."""
    return min(settings.job_lease_seconds / 5, HEARTBEAT_SECONDS)
