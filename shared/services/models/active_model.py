"""The active model, and the check that the model server still serves it."""

import threading
import time
from dataclasses import dataclass

import structlog

from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.embedding.chunks import SMALLEST_TOKENS
from shared.domain.embedding.tokens import SPECIAL_TOKENS, CountTokens, estimate_tokens
from shared.domain.embedding.vectors import Vector, check_vector, cosine_similarity
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.errors import ModelUnavailable, RejectionCode, TextRejected, UnavailableReason
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    require_same,
)
from shared.domain.models.identity import ModelIdentity
from shared.ports.model import Embedder
from shared.services.models.model_scheduler import ModelScheduler

log = structlog.get_logger()

REJECTS_EVERYTHING = (
    "The model server rejects even a harmless sentence. Check which server answers at "
    "OLLAMA_HOST, and that the document prefix is shorter than the model's context."
)


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model that the server was checked to serve, and the most tokens of a chunk."""

    id: int
    identity: ModelIdentity
    dimensions: int
    chunk_tokens: int
    count_tokens: CountTokens


class ActiveModel:
    """Finds the active model and verifies that the server's model is the same.

    If the digest changed, the vector of a fixed sentence tells whether the new file holds the same
    model. Requests for digest and card take no turn, because they do not use the model.
    Safe to share between threads.
    """

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        scheduler: ModelScheduler,
        configured: ModelIdentity,
        chunk_tokens: int,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._scheduler = scheduler
        self._configured = configured
        self._chunk_tokens = chunk_tokens
        self._lock = threading.Lock()
        self._model: VerifiedModel | None = None
        self._adopted: EmbeddingModel | None = None
        self._digest: str | None = None
        self._verified_at = float("-inf")

    def verified(self) -> VerifiedModel:
        """Return the active model, verified at most VERIFY_EVERY_SECONDS ago.

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

    def adopt(self) -> EmbeddingModel:
        """Return the active model.

        The configured model replaces it unless documents are already embedded with it.
        """
        with self._database.connection() as connection:
            known = embedding_models.active(connection) if self._adopted else None
            model = known or embedding_models.adopt(connection, self._configured)
        if model.identity != self._configured and self._adopted != model:
            log.error(
                "model.setting_ignored",
                configured=self._configured.name,
                active=model.identity.name,
                detail="The documents are already embedded with the active model and its prefixes. "
                "Set EMBEDDING_MODEL, INKDEX_DOCUMENT_PREFIX and INKDEX_QUERY_PREFIX to those of "
                "the active model, or start with an empty database.",
            )
        self._adopted = model
        return model

    def _is_old(self) -> bool:
        return time.monotonic() - self._verified_at > VERIFY_EVERY_SECONDS

    def _verify(self) -> VerifiedModel:
        adopted = self.adopt()
        digest = self._embedder.digest(adopted.identity.name)
        if digest != adopted.digest or adopted.dimensions is None:
            adopted = self._learn(adopted, digest)
        if self._model is None or self._model.id != adopted.id or self._digest != digest:
            usable = self._usable(adopted)
            self._digest = digest
            return usable
        return self._model

    def _learn(self, model: EmbeddingModel, digest: str) -> EmbeddingModel:
        fingerprint = self._fingerprint(model.identity, model.dimensions)
        if model.fingerprint is not None:
            require_same(model, cosine_similarity(model.fingerprint, fingerprint))
        with self._database.connection() as connection:
            embedding_models.learn(connection, model, digest, fingerprint)
        name, dimensions = model.identity.name, len(fingerprint)
        log.info("model.learned", model=name, digest=digest, dimensions=dimensions)
        return self.adopt()

    def _usable(self, model: EmbeddingModel) -> VerifiedModel:
        assert model.dimensions is not None
        card = self._embedder.card(model.identity.name)
        count = read_vocabulary(card.vocabulary).count if card.vocabulary else estimate_tokens
        room = min(self._chunk_tokens, card.context_tokens or self._chunk_tokens)
        room -= SPECIAL_TOKENS + count(model.identity.document_prefix)
        room = max(SMALLEST_TOKENS, room)
        return VerifiedModel(model.id, model.identity, model.dimensions, room, count)

    def _fingerprint(self, identity: ModelIdentity, dimensions: int | None) -> Vector:
        text = identity.document_prefix + FINGERPRINT_TEXT
        try:
            with self._scheduler.turn(self._scheduler.begin()):
                fingerprint = self._embedder.embed(identity.name, [text]).vectors[0]
            check_vector(fingerprint, dimensions or len(fingerprint))
        except TextRejected as error:
            if error.code is RejectionCode.WRONG_DIMENSIONS:
                raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, error.message) from error
            raise ModelUnavailable(
                UnavailableReason.BAD_ANSWER, f"{REJECTS_EVERYTHING} {error.message}"
            ) from error
        return fingerprint
