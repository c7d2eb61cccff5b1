"""Turns a claim's documents into chunks with vectors. Text that was embedded before is reused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.db.documents import sent_vectors
from shared.db.embedding import chunks
from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.embedding.chunks import SMALLEST_TOKENS, Chunk, chunks_of
from shared.domain.embedding.jobs import ChunkKey, Job, NewChunk
from shared.domain.embedding.sent_vectors import SentVectors
from shared.domain.embedding.tokens import CountTokens
from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import TextRejected
from shared.domain.models.embedding_model import is_same_model
from shared.domain.reasons import RejectionCode
from shared.services.models.model_calls import Outcome
from shared.services.models.served_model import VerifiedModel

Embedded = list[NewChunk] | TextRejected
"""A document's chunks, or why one of them cannot be embedded."""

Plan = Mapping[bytes, Chunk]
"""A document's chunks in order, by the hash of their text. Equal texts are one chunk."""

Ask = Callable[[Sequence[str]], Sequence[Outcome]]
"""Asks the model for the vectors of texts; may raise ModelUnavailable."""


@dataclass(slots=True)
class Reuse:
    """How many chunks of a claim got a new vector, and how many reused one."""

    made: int = 0
    reused: int = 0


class DocumentEmbedding:
    """Cuts documents, looks up known vectors and asks the model. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def embed(
        self, jobs: Sequence[Job], model: VerifiedModel, ask: Ask
    ) -> tuple[dict[Job, Embedded], Reuse]:
        """Return the outcome of each document, and how much of it was new.

        A document whose text is too long for the model is cut into smaller chunks.
        """
        reuse = Reuse()
        sent = self._sent(jobs, model.id)
        outcomes: dict[Job, Embedded] = {}
        found: dict[bytes, Outcome] = {}
        max_tokens = model.chunk_tokens
        while jobs:
            plans = {job: _plan(job, max_tokens, model.count_tokens) for job in jobs}
            outcomes |= self._embed(plans, sent, model.id, ask, found, reuse)
            max_tokens //= 2
            jobs = [job for job in jobs if _can_be_cut(outcomes[job], max_tokens)]
        return outcomes, reuse

    def _embed(
        self,
        plans: Mapping[Job, Plan],
        sent_vectors: Mapping[Job, SentVectors],
        model_id: int,
        ask: Ask,
        found: dict[bytes, Outcome],
        reuse: Reuse,
    ) -> dict[Job, Embedded]:
        stored, known = self._look_up(model_id, plans)
        found |= known
        sent = _of_chunks(sent_vectors, plans, stored, known)
        had = stored | sent.keys()
        wanted = {
            digest: chunk.text
            for job, plan in plans.items()
            for digest, chunk in plan.items()
            if (job.key, digest) not in had and digest not in found
        }
        found |= zip(wanted, ask(list(wanted.values())), strict=True)
        reuse.made += len(wanted)
        reuse.reused += sum(map(len, plans.values())) - len(wanted)
        return {job: _embedded(job, plan, stored, sent, found) for job, plan in plans.items()}

    def _sent(self, jobs: Sequence[Job], model_id: int) -> dict[Job, SentVectors]:
        """Return the vectors that came with documents, if the same model made them."""
        hashes = {job.key: job.content_hash for job in jobs if job.has_vectors}
        if not hashes:
            return {}
        with self._database.connection() as connection:
            found = sent_vectors.read(connection, hashes)
            model = embedding_models.read(connection, model_id)
        fingerprint = model.fingerprint if model else None
        if fingerprint is None:
            return {}
        return {
            job: found[job.key]
            for job in jobs
            if job.key in found and is_same_model(found[job.key].model_fingerprint, fingerprint)
        }

    def _look_up(
        self, model_id: int, plans: Mapping[Job, Plan]
    ) -> tuple[set[ChunkKey], dict[bytes, Vector]]:
        """Return the documents' stored chunks, and vectors of equal texts in other documents."""
        edited = [job.key for job in plans if job.has_chunks]
        with self._database.connection() as connection:
            stored = chunks.stored(connection, model_id, edited) if edited else set()
            unknown = {
                digest
                for job, plan in plans.items()
                for digest in plan
                if (job.key, digest) not in stored
            }
            known = chunks.vectors(connection, model_id, unknown) if unknown else {}
        return stored, known


def _plan(job: Job, max_tokens: int, count: CountTokens) -> Plan:
    plan: dict[bytes, Chunk] = {}
    for chunk in chunks_of(job.title, job.content, max_tokens, count):
        plan.setdefault(chunk.text_hash, chunk)
    return plan


def _of_chunks(
    sent: Mapping[Job, SentVectors],
    plans: Mapping[Job, Plan],
    stored: set[ChunkKey],
    known: Mapping[bytes, Vector],
) -> dict[ChunkKey, Vector]:
    """Return the vectors that came with documents, of the chunks that have none of the model."""
    return {
        (job.key, digest): vector
        for job, vectors in sent.items()
        if job in plans
        for digest, vector in vectors.of_chunks(plans[job]).items()
        if digest not in known and (job.key, digest) not in stored
    }


def _embedded(
    job: Job,
    plan: Plan,
    stored: set[ChunkKey],
    sent: Mapping[ChunkKey, Vector],
    found: Mapping[bytes, Outcome],
) -> Embedded:
    """Return a document's chunks, or why it cannot be embedded."""
    outcomes: dict[bytes, Outcome | None] = {}
    for digest in plan:
        key = (job.key, digest)
        outcomes[digest] = None if key in stored else sent.get(key) or found[digest]
    rejected = _worst(outcomes.values())
    if rejected:
        return rejected
    return [
        NewChunk(chunk.start, chunk.end, digest, vector, sent=(job.key, digest) in sent)
        for (digest, chunk), vector in zip(plan.items(), outcomes.values(), strict=True)
        if not isinstance(vector, TextRejected)
    ]


def _worst(outcomes: Iterable[Outcome | None]) -> TextRejected | None:
    """Return a rejection. One that is not about length comes first: cutting does not help it."""
    rejected = [outcome for outcome in outcomes if isinstance(outcome, TextRejected)]
    return min(rejected, key=lambda error: error.code is RejectionCode.TOO_LONG, default=None)


def _can_be_cut(embedded: Embedded, max_tokens: int) -> bool:
    is_too_long = isinstance(embedded, TextRejected) and embedded.code is RejectionCode.TOO_LONG
    return is_too_long and max_tokens >= SMALLEST_TOKENS
