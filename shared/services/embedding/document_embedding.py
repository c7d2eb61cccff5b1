"""A claim's documents to chunks with vectors; what was embedded before is not embedded again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.db.embedding import chunks
from shared.db.kit.pool import Database
from shared.domain.embedding.chunks import SMALLEST_TOKENS, Chunk, chunks_of
from shared.domain.embedding.jobs import ChunkKey, Job, NewChunk
from shared.domain.embedding.tokens import CountTokens
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import TOO_LONG, TextRejected
from shared.services.embedding.model_calls import Outcome
from shared.services.models.active_model import VerifiedModel

Embedded = list[NewChunk] | TextRejected
"""What became of a document: its chunks, or what the model has against one of them."""

Plan = Mapping[bytes, Chunk]
"""A document's chunks by the hash of their text, in order; of equal ones the first."""


@dataclass(slots=True)
class Reuse:
    """How many chunks of a claim the model made vectors of, and how many had theirs."""

    made: int = 0
    reused: int = 0


Ask = Callable[[Sequence[str]], Sequence[Outcome]]
"""From texts to their vectors by the model; may raise ModelUnavailable."""


class DocumentEmbedding:
    """Cuts, looks up and asks the model; safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def embed(
        self, jobs: Sequence[Job], model: VerifiedModel, ask: Ask
    ) -> tuple[dict[Job, Embedded], Reuse]:
        """Return what became of each document, and how much of it was new."""
        reuse = Reuse()
        outcomes: dict[Job, Embedded] = {}
        found: dict[bytes, Outcome] = {}
        max_tokens = model.chunk_tokens
        while jobs:
            plans = {job: _plan(job, max_tokens, model.count_tokens) for job in jobs}
            outcomes |= self._embed(plans, model.id, ask, found, reuse)
            max_tokens //= 2
            jobs = [job for job in jobs if _can_be_cut(outcomes[job], max_tokens)]
        return outcomes, reuse

    def _embed(
        self,
        plans: Mapping[Job, Plan],
        model_id: int,
        ask: Ask,
        found: dict[bytes, Outcome],
        reuse: Reuse,
    ) -> dict[Job, Embedded]:
        stored, known = self._look_up(model_id, plans)
        found |= known
        wanted = {
            digest: chunk.text
            for job, plan in plans.items()
            for digest, chunk in plan.items()
            if (job.key, digest) not in stored and digest not in found
        }
        found |= zip(wanted, ask(list(wanted.values())), strict=True)
        reuse.made += len(wanted)
        reuse.reused += sum(map(len, plans.values())) - len(wanted)
        return {job: _embedded(job, plan, stored, found) for job, plan in plans.items()}

    def _look_up(
        self, model_id: int, plans: Mapping[Job, Plan]
    ) -> tuple[set[ChunkKey], dict[bytes, Vector]]:
        """Return which chunks the documents have, and the vectors that others have of theirs."""
        edited = [job.key for job in plans if job.has_chunks]
        with self._database.connection() as connection:
            stored = chunks.stored(connection, model_id, edited) if edited else set()
            strange = {
                digest
                for job, plan in plans.items()
                for digest in plan
                if (job.key, digest) not in stored
            }
            known = chunks.vectors(connection, model_id, strange) if strange else {}
        return stored, known


def _plan(job: Job, max_tokens: int, count: CountTokens) -> Plan:
    plan: dict[bytes, Chunk] = {}
    for chunk in chunks_of(job.title, job.content, max_tokens, count):
        plan.setdefault(chunk.text_hash, chunk)
    return plan


def _embedded(
    job: Job, plan: Plan, stored: set[ChunkKey], found: Mapping[bytes, Outcome]
) -> Embedded:
    """Return a document's chunks, or its first rejection: too long goes last, it can be mended."""
    outcomes = {digest: None if (job.key, digest) in stored else found[digest] for digest in plan}
    rejected = _worst(outcomes.values())
    if rejected:
        return rejected
    return [
        NewChunk(chunk.start, chunk.end, digest, vector)
        for (digest, chunk), vector in zip(plan.items(), outcomes.values(), strict=True)
        if not isinstance(vector, TextRejected)
    ]


def _worst(outcomes: Iterable[Outcome | None]) -> TextRejected | None:
    rejected = [outcome for outcome in outcomes if isinstance(outcome, TextRejected)]
    return min(rejected, key=lambda error: error.code == TOO_LONG, default=None)


def _can_be_cut(embedded: Embedded, max_tokens: int) -> bool:
    is_too_long = isinstance(embedded, TextRejected) and embedded.code == TOO_LONG
    return is_too_long and max_tokens >= SMALLEST_TOKENS
