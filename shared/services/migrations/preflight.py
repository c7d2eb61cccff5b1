"""What a migration will take, measured and estimated before it starts."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from shared.db.kit.pool import AsyncDatabase
from shared.db.migrations import samples
from shared.db.migrations.samples import SampledDocument
from shared.db.models.index_kinds import wanted_kind
from shared.domain.embedding.chunks import SMALLEST_TOKENS, Chunk, chunks_of
from shared.domain.embedding.vectors import Vector, check_vector
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.chunk_size import chunk_room, token_counter
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    INDEXED_DIMENSIONS_MAX,
    REJECTS_EVERYTHING,
)
from shared.domain.models.identity import ModelCard, ModelIdentity
from shared.domain.models.known_models import assumption, check_cut
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import Collection
from shared.ports.model import Embedder

MEASURED_CHUNKS = 8
BYTES_OF_A_ROW = 90
"""A chunk's row in the table besides its vector."""
BYTES_OF_A_DIMENSION = 2


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a migration will take, about. Sizes are in bytes."""

    documents: int
    chunks: int
    tokens: int
    chunks_per_second: float | None
    seconds: float | None
    dimensions: int
    context_tokens: int | None
    table_bytes: int
    index_bytes: int
    assumed: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class PreflightService:
    """Asks the model server about a model, and tries it on a sample of the documents."""

    def __init__(
        self, database: AsyncDatabase, embedder: Embedder, binary_index_chunks: int
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._binary_index_chunks = binary_index_chunks

    async def measure(
        self, collection: Collection, identity: ModelIdentity
    ) -> tuple[Preflight, Vector]:
        """Return what a migration to a model will take, and the model's fingerprint.

        Raises InvalidInput if the server has no such model or it cannot be indexed, and
        ModelUnavailable.
        """
        card, fingerprint = await self._checked(identity)
        async with self._database.connection() as connection:
            documents = await samples.count(connection, collection)
            sample = await samples.sample(connection, collection)
        if not documents:
            raise InvalidInput(FieldError(("path", "collection"), "has no documents"))
        estimate = await asyncio.to_thread(
            self._estimate, identity, card, len(fingerprint), documents, sample
        )
        return estimate, fingerprint

    async def fingerprint(self, identity: ModelIdentity) -> Vector:
        """Return the fingerprint of a model that documents can be embedded under.

        Raises InvalidInput and ModelUnavailable.
        """
        _, fingerprint = await self._checked(identity)
        return fingerprint

    async def _checked(self, identity: ModelIdentity) -> tuple[ModelCard, Vector]:
        if identity.dimensions is not None:
            check_cut(identity.name, identity.dimensions)
        card, fingerprint = await asyncio.to_thread(self._meet, identity)
        _check_dimensions(identity, len(fingerprint))
        return card, fingerprint

    def _meet(self, identity: ModelIdentity) -> tuple[ModelCard, Vector]:
        """Have the server load the model. Return what it says, and the model's fingerprint."""
        try:
            self._embedder.digest(identity.name)
            card = self._embedder.card(identity.name)
            text = identity.document_prefix + FINGERPRINT_TEXT
            vector = self._embedder.embed(identity.name, [text], identity.dimensions).vectors[0]
            check_vector(vector, len(vector))
        except ModelUnavailable as error:
            if error.reason in {
                UnavailableReason.MODEL_MISSING,
                UnavailableReason.WRONG_KIND_OF_MODEL,
            }:
                raise InvalidInput(FieldError(("model",), error.message)) from error
            raise
        except TextRejected as error:
            raise ModelUnavailable(UnavailableReason.BAD_ANSWER, REJECTS_EVERYTHING) from error
        return card, vector

    def _estimate(
        self,
        identity: ModelIdentity,
        card: ModelCard,
        dimensions: int,
        documents: int,
        sample: Sequence[SampledDocument],
    ) -> Preflight:
        count = token_counter(card)
        wanted = identity.chunk_tokens or SMALLEST_TOKENS
        room = chunk_room(wanted, card, identity.document_prefix, count)
        chunked = [list(chunks_of(each.title, each.content, room, count)) for each in sample]
        chunks = round(documents * _mean(sample, [len(found) for found in chunked]))
        tokens = [
            sum(count(identity.document_prefix + chunk.text) for chunk in found)
            for found in chunked
        ]
        rate = self._rate(identity, [chunk for found in chunked for chunk in found])
        kind = wanted_kind(dimensions, chunks, self._binary_index_chunks, has_bits=False)
        return Preflight(
            documents=documents,
            chunks=chunks,
            tokens=round(documents * _mean(sample, tokens)),
            chunks_per_second=rate and round(rate, 1),
            seconds=rate and round(chunks / rate, 1),
            dimensions=dimensions,
            context_tokens=card.context_tokens,
            table_bytes=chunks * (BYTES_OF_A_DIMENSION * dimensions + BYTES_OF_A_ROW),
            index_bytes=round(chunks * kind.bytes_of_a_chunk(dimensions)),
            assumed=assumption(identity.name),
        )

    def _rate(self, identity: ModelIdentity, chunks: Sequence[Chunk]) -> float | None:
        """Return the chunks per second of one request, or None without documents."""
        step = max(1, len(chunks) // MEASURED_CHUNKS)
        texts = [identity.document_prefix + chunk.text for chunk in islice(chunks, 0, None, step)]
        if not texts:
            return None
        started = time.monotonic()
        try:
            self._embedder.embed(identity.name, texts[:MEASURED_CHUNKS], identity.dimensions)
        except TextRejected:
            return None
        return len(texts[:MEASURED_CHUNKS]) / max(1e-6, time.monotonic() - started)


def _check_dimensions(identity: ModelIdentity, dimensions: int) -> None:
    """Raise InvalidInput if the server ignores the cut or the vectors cannot be indexed."""
    if identity.dimensions not in (None, dimensions):
        raise InvalidInput(
            FieldError(
                ("dimensions",),
                f"the server returned {dimensions} dimensions, so the model cannot be cut",
            )
        )
    if dimensions > INDEXED_DIMENSIONS_MAX:
        raise InvalidInput(
            FieldError(
                ("dimensions",),
                f"the vectors have {dimensions:,} dimensions, and an index takes "
                f"{INDEXED_DIMENSIONS_MAX:,} at most. Ask for fewer if the model allows it.",
            )
        )


def _mean(sample: Sequence[SampledDocument], numbers: Sequence[int]) -> float:
    """Return the mean of a number of each document. One that was read in part has more of it."""
    if not sample:
        return 0.0
    estimated = [
        number * max(1.0, each.characters / max(1, len(each.content)))
        for each, number in zip(sample, numbers, strict=True)
    ]
    return sum(estimated) / len(estimated)
