"""Queries are embedded by the model that embedded the documents, or not at all."""

import time

from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    require_same,
)
from shared.ports.model import QueryEmbedder


class QueryModelCheck:
    """Knows whether the query server's model is still the one that made the vectors.

    The workers know that of their server; queries may have another, and ask meanwhile. Vectors
    of two models can be compared, and mean nothing: nobody would notice.
    """

    def __init__(self, embedder: QueryEmbedder) -> None:
        self._embedder = embedder
        self._verified: EmbeddingModel | None = None
        self._verified_until = 0.0

    async def require(self, model: EmbeddingModel) -> None:
        """Return if the server serves `model`, asked now and then; raises ModelUnavailable."""
        if model == self._verified and time.monotonic() < self._verified_until:
            return
        self._verified = None
        digest = await self._embedder.digest(model.identity.name)
        if model.digest not in {None, digest}:
            await self._require_same(model)
        self._verified = model
        self._verified_until = time.monotonic() + VERIFY_EVERY_SECONDS

    async def _require_same(self, model: EmbeddingModel) -> None:
        """Compare what the model does: other bytes may be the same model."""
        assert model.fingerprint is not None
        text = model.identity.document_prefix + FINGERPRINT_TEXT
        try:
            vector = await self._embedder.embed_query(model.identity.name, text)
            require_same(model, cosine_similarity(model.fingerprint, vector))
        except TextRejected as error:
            raise ModelUnavailable("model_changed", str(error)) from error
