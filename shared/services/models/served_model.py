"""A tenant's model, and the check that the model server still serves it."""

import threading
import time
from dataclasses import dataclass

import structlog

from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.embedding.tokens import CountTokens
from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.model_errors import ModelNotLearned, ModelUnavailable
from shared.domain.models.chunk_size import chunk_room
from shared.domain.models.embedding_model import (
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    require_same,
)
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import UnavailableReason
from shared.services.models.model_check import ModelCheck, Served

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model that the server was checked to serve, and the most tokens of a chunk."""

    id: int
    identity: ModelIdentity
    digest: str
    dimensions: int
    chunk_tokens: int
    count_tokens: CountTokens


class ServedModel:
    """Verifies that the model server still serves the model that embedded a tenant's documents.

    What the server says is shared by all tenants. Safe to share between threads.
    """

    def __init__(
        self,
        database: Database,
        check: ModelCheck,
        model: EmbeddingModel,
        default_chunk_tokens: int,
        *,
        leads: bool,
    ) -> None:
        """Let the server that `leads` decide which digest the database has.

        Others may serve the same model as another file.
        """
        self.id = model.id
        self.name = model.identity.name
        self._database = database
        self._check = check
        self._leads = leads
        self._chunk_tokens = model.identity.chunk_tokens or default_chunk_tokens
        self._lock = threading.Lock()
        self._model: VerifiedModel | None = None
        self._served: Served | None = None
        self._read_at = float("-inf")
        self.waits = False
        """Whether the server that leads must show first what the model is."""

    def verified(self) -> VerifiedModel:
        """Return the model, verified at most VERIFY_EVERY_SECONDS ago.

        Raises ModelUnavailable, and ModelNotLearned while the server that leads has shown nothing.
        """
        served = self._check.served()
        with self._lock:
            is_old = time.monotonic() - self._read_at > VERIFY_EVERY_SECONDS
            if self._model is None or self._served is not served or is_old:
                self._model = self._verify(served)
                self._served, self._read_at = served, time.monotonic()
            self.waits = False
            return self._model

    def _verify(self, served: Served) -> VerifiedModel:
        model = self._read()
        if model.fingerprint is None:
            self._learn(model, served)
            model = self._read()
        self._check.expect(model)
        if served.digest != model.digest:
            model = self._compared(model, served)
            self._check.expect(model)
        if self._model is None or self._served is not served:
            return self._usable(model, served)
        return self._model

    def _read(self) -> EmbeddingModel:
        with self._database.connection() as connection:
            model = embedding_models.read(connection, self.id)
        if model is None:
            raise ModelUnavailable(
                UnavailableReason.MODEL_MISSING, f"The database no longer has {self.name!r}."
            )
        return model

    def _compared(self, model: EmbeddingModel, served: Served) -> EmbeddingModel:
        """Return the model if another file of it is served; raises ModelUnavailable if not."""
        assert model.fingerprint is not None
        require_same(model, cosine_similarity(model.fingerprint, self._check.fingerprint(served)))
        if not self._leads:
            return model
        with self._database.connection() as connection:
            embedding_models.learn_digest(connection, model, served.digest)
        return self._read()

    def _learn(self, model: EmbeddingModel, served: Served) -> None:
        """Record what makes the model, unless another worker was first."""
        if not self._leads:
            self.waits = True
            raise ModelNotLearned(f"The first server has not yet shown what {self.name!r} is.")
        fingerprint = self._check.fingerprint(served)
        with self._database.connection() as connection:
            embedding_models.learn(connection, model, served.digest, fingerprint)
        log.info(
            "model.learned", model=self.name, digest=served.digest, dimensions=len(fingerprint)
        )

    def _usable(self, model: EmbeddingModel, served: Served) -> VerifiedModel:
        assert model.dimensions is not None
        prefix, count = model.identity.document_prefix, served.count_tokens
        room = chunk_room(self._chunk_tokens, served.card, prefix, count)
        return VerifiedModel(model.id, model.identity, served.digest, model.dimensions, room, count)
