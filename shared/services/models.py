"""The active model: the configured one or the one that the data was embedded with, verified."""

import threading
import time

import structlog

from shared.db import embedding_models
from shared.db.embedding_models import EmbeddingModel
from shared.db.pool import Database
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.vectors import SAME_MODEL_SIMILARITY, Vector, check_vector, cosine_similarity
from shared.ports import Embedder

log = structlog.get_logger()

FINGERPRINT_TEXT = "Documents are searchable as soon as the ink is dry."
VERIFY_EVERY_SECONDS = 30.0


class ActiveModel:
    """Knows the active model and that the server's is still the one that made its vectors.

    A model is what it does: where its digest differs from the recorded one, the vector of
    a fixed sentence decides whether it is the same model in other bytes.
    """

    def __init__(self, database: Database, embedder: Embedder, configured: str) -> None:
        self._database = database
        self._embedder = embedder
        self._configured = configured
        self._lock = threading.Lock()
        self._model: EmbeddingModel | None = None
        self._adopted = False
        self._verified_at = float("-inf")

    def verified(self) -> tuple[int, str, int]:
        """Return the active model's id, name and dimensions; raises ModelUnavailable."""
        with self._lock:
            if time.monotonic() - self._verified_at > VERIFY_EVERY_SECONDS:
                self._model = self._verify()
                self._verified_at = time.monotonic()
            model = self._model
        assert model is not None
        assert model.dimensions is not None
        return model.id, model.name, model.dimensions

    def probe(self) -> None:
        """Have the server embed one small thing, verified anew; raises ModelUnavailable."""
        with self._lock:
            self._verified_at = float("-inf")
        self.verified()
        assert self._model is not None
        self._fingerprint(self._model)

    def embeds(self) -> bool:
        """Return whether the server can embed a harmless text now."""
        try:
            self.probe()
        except ModelUnavailable:
            return False
        return True

    def adopt(self) -> EmbeddingModel:
        """Return the active model, after making the configured one active if nothing forbids it."""
        with self._database.connection() as connection:
            known = embedding_models.active(connection) if self._adopted else None
            model = known or embedding_models.adopt(connection, self._configured)
        self._adopted = True
        if model.name != self._configured:
            log.error(
                "model.setting_ignored",
                configured=self._configured,
                active=model.name,
                detail="Documents are embedded with the active model already; they keep it. Set "
                "EMBEDDING_MODEL to it, or start with an empty database to use another.",
            )
        return model

    def _verify(self) -> EmbeddingModel:
        model = self.adopt()
        digest = self._embedder.digest(model.name)
        if digest == model.digest and model.dimensions is not None:
            return model
        fingerprint = self._fingerprint(model)
        if model.fingerprint is not None:
            _require_same(model, cosine_similarity(model.fingerprint, fingerprint))
        with self._database.connection() as connection:
            embedding_models.learn(connection, model, digest, fingerprint)
        log.info("model.learned", model=model.name, digest=digest, dimensions=len(fingerprint))
        return self.adopt()

    def _fingerprint(self, model: EmbeddingModel) -> Vector:
        fingerprint = self._embedder.embed(model.name, [FINGERPRINT_TEXT])[0]
        try:
            check_vector(fingerprint, model.dimensions or len(fingerprint))
        except TextRejected as error:
            reason = "model_changed" if error.code == "wrong_dimensions" else "bad_answer"
            raise ModelUnavailable(reason, error.message) from error
        return fingerprint


def _require_same(model: EmbeddingModel, similarity: float) -> None:
    if similarity < SAME_MODEL_SIMILARITY:
        raise ModelUnavailable(
            "model_changed",
            f"The model server's {model.name!r} is another model than the one that embedded these "
            f"documents (similarity {similarity:.3f}). Serve the former one again.",
        )
