"""Queries are embedded by the model that embedded the documents, or not at all."""

import time

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

NOT_LEARNED = "The workers have not yet compared this model with the one of the documents."


class QueryModelCheck:
    """Checks that the query server's model is the one that embedded the documents.

    Workers check their own server; queries may have another. Vectors of two different models
    can be compared, but the result means nothing, and nobody would notice.
    """

    def __init__(self, embedder: QueryEmbedder) -> None:
        self._embedder = embedder
        self._verified: dict[int, tuple[EmbeddingModel, float]] = {}

    async def require(self, model: EmbeddingModel) -> None:
        """Return if the server serves `model`, checked periodically; raises ModelUnavailable."""
        verified, until = self._verified.get(model.id, (None, 0.0))
        if model == verified and time.monotonic() < until:
            return
        self._verified.pop(model.id, None)
        digest = await self._embedder.digest(model.identity.name)
        if model.digest not in {None, digest}:
            await self._require_same(model)
        self._verified[model.id] = model, time.monotonic() + VERIFY_EVERY_SECONDS

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
