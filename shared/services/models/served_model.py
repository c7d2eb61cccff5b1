"""A model, and the check that the model server still serves it."""

import threading
import time
from dataclasses import dataclass

import structlog

from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.embedding.tokens import CountTokens
from shared.domain.embedding.vectors import Vector, check_vector, cosine_similarity
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.chunk_size import chunk_room, token_counter
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    REJECTS_EVERYTHING,
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    require_same,
)
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.ports.model import Embedder
from shared.services.models.model_scheduler import ModelScheduler

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model that the server was checked to serve, and the most tokens of a chunk."""

    id: int
    identity: ModelIdentity
    dimensions: int
    chunk_tokens: int
    count_tokens: CountTokens


class ServedModel:
    """Verifies that the model server still serves the model that embedded the documents.

    If the digest changed, the vector of a fixed sentence tells whether the new file holds the same
    model. Requests for digest and card take no turn, because they do not use the model.
    Safe to share between threads.
    """

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        scheduler: ModelScheduler,
        model: EmbeddingModel,
        default_chunk_tokens: int,
    ) -> None:
        self.id = model.id
        self.name = model.identity.name
        self._database = database
        self._embedder = embedder
        self._scheduler = scheduler
        self._chunk_tokens = model.identity.chunk_tokens or default_chunk_tokens
        self._lock = threading.Lock()
        self._model: VerifiedModel | None = None
        self._digest: str | None = None
        self._verified_at = float("-inf")

    def verified(self) -> VerifiedModel:
        """Return the model, verified at most VERIFY_EVERY_SECONDS ago.

        Raises ModelUnavailable.
        """
        with self._lock:
            if self._model is None or self._is_old():
                self._model = self._verify()
                self._verified_at = time.monotonic()
            return self._model

    def probe(self) -> None:
        """Verify now and have the server embed a sentence; raises ModelUnavailable."""
        with self._lock:
            self._verified_at = float("-inf")
        model = self.verified()
        self._fingerprint(model.identity, model.dimensions)

    def embeds(self) -> bool:
        """Return whether the server can embed a harmless text now."""
        try:
            self.probe()
        except ModelUnavailable:
            return False
        return True

    def _is_old(self) -> bool:
        return time.monotonic() - self._verified_at > VERIFY_EVERY_SECONDS

    def _verify(self) -> VerifiedModel:
        model = self._read()
        digest = self._embedder.digest(self.name)
        if digest != model.digest or model.dimensions is None:
            self._learn(model, digest)
            model = self._read()
        if self._model is None or self._digest != digest:
            usable = self._usable(model)
            self._digest = digest
            return usable
        return self._model

    def _read(self) -> EmbeddingModel:
        with self._database.connection() as connection:
            model = embedding_models.read(connection, self.id)
        if model is None:
            raise ModelUnavailable(
                UnavailableReason.MODEL_MISSING, f"The database no longer has {self.name!r}."
            )
        return model

    def _learn(self, model: EmbeddingModel, digest: str) -> None:
        fingerprint = self._fingerprint(model.identity, model.dimensions)
        if model.fingerprint is not None:
            require_same(model, cosine_similarity(model.fingerprint, fingerprint))
        with self._database.connection() as connection:
            embedding_models.learn(connection, model, digest, fingerprint)
        log.info("model.learned", model=self.name, digest=digest, dimensions=len(fingerprint))

    def _usable(self, model: EmbeddingModel) -> VerifiedModel:
        assert model.dimensions is not None
        card = self._embedder.card(model.identity.name)
        count = token_counter(card)
        room = chunk_room(self._chunk_tokens, card, model.identity.document_prefix, count)
        return VerifiedModel(model.id, model.identity, model.dimensions, room, count)

    def _fingerprint(self, identity: ModelIdentity, dimensions: int | None) -> Vector:
        text = identity.document_prefix + FINGERPRINT_TEXT
        try:
            with self._scheduler.turn(self._scheduler.begin()):
                fingerprint = self._embedder.embed(
                    identity.name, [text], identity.dimensions
                ).vectors[0]
            check_vector(fingerprint, dimensions or len(fingerprint))
        except TextRejected as error:
            if error.code is RejectionCode.WRONG_DIMENSIONS:
                raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, error.message) from error
            raise ModelUnavailable(
                UnavailableReason.BAD_ANSWER, f"{REJECTS_EVERYTHING} {error.message}"
            ) from error
        return fingerprint
