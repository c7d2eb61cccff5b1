"""Queries are embedded by the model that embedded the documents, or not at all."""

import asyncio
import time
from functools import partial

from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    require_same,
)
from shared.domain.reasons import UnavailableReason
from shared.ports.model import QueryEmbedder
from shared.services.operations.shared_request import SharedRequest

PATIENCE_SECONDS = 0.1
"""A server that left one request without an answer may answer the next one."""
REPLACED = "The model was replaced on its server. It is compared with that of the documents."
NOT_LEARNED = "The workers have not yet compared this model with the one of the documents."


class QueryModelCheck:
    """Checks that the query server's model is the one that embedded the documents.

    Workers check their own server; queries may have another. Vectors of two different models
    can be compared, but the result means nothing, and nobody would notice. Queries that run at the
    same time share the requests.
    """

    def __init__(self, embedder: QueryEmbedder) -> None:
        self._embedder = embedder
        self._verified: dict[int, tuple[EmbeddingModel, float]] = {}
        self._verifying: dict[int, tuple[EmbeddingModel, SharedRequest[None]]] = {}
        self._digests: dict[int, str] = {}
        self._asked: dict[str, SharedRequest[str]] = {}

    async def require(self, model: EmbeddingModel) -> None:
        """Return if the server serves `model`, checked periodically; raises ModelUnavailable."""
        if not self._is_verified(model):
            await asyncio.shield(self._verification(model).asked())

    async def confirm(self, model: EmbeddingModel) -> None:
        """Raise ModelUnavailable unless the server still has the file that was verified.

        Asked after an answer, this proves that the file was not replaced before it. A vector of
        other weights would stay in the cache of queries.
        """
        if await self._digest(model.identity.name) != self._digests.get(model.id):
            self._verified.pop(model.id, None)
            raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, REPLACED)

    def _is_verified(self, model: EmbeddingModel) -> bool:
        verified, until = self._verified.get(model.id, (None, 0.0))
        return model == verified and time.monotonic() < until

    def _verification(self, model: EmbeddingModel) -> SharedRequest[None]:
        known, verification = self._verifying.get(model.id, (None, None))
        if verification is None or known != model:
            verification = SharedRequest(partial(self._verify, model), PATIENCE_SECONDS)
            self._verifying[model.id] = model, verification
        return verification

    async def _digest(self, name: str) -> str:
        """Return the digest of the model's file at a moment from now on."""
        asked = self._asked.setdefault(
            name, SharedRequest(lambda: self._embedder.digest(name), PATIENCE_SECONDS)
        )
        return await asyncio.shield(asked.asked())

    async def _verify(self, model: EmbeddingModel) -> None:
        if self._is_verified(model):  # by those who asked just before
            return
        self._verified.pop(model.id, None)
        digest = await self._digest(model.identity.name)
        if model.digest not in {None, digest}:
            await self._require_same(model)
        self._verified[model.id] = model, time.monotonic() + VERIFY_EVERY_SECONDS
        self._digests[model.id] = digest

    async def _require_same(self, model: EmbeddingModel) -> None:
        """Compare fingerprints: the same model may come in another file."""
        if model.fingerprint is None:
            raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, NOT_LEARNED)
        text = model.identity.document_prefix + FINGERPRINT_TEXT
        try:
            vector = await self._embedder.embed_query(
                model.identity.name, text, model.identity.dimensions
            )
            require_same(model, cosine_similarity(model.fingerprint, vector))
        except TextRejected as error:
            raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, str(error)) from error
