"""The check that the model server still serves a model, for all tenants that embed under it."""

import threading
import time
from dataclasses import dataclass, replace

from shared.domain.embedding.tokens import CountTokens
from shared.domain.embedding.vectors import Vector, check_vector, cosine_similarity
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.chunk_size import token_counter
from shared.domain.models.embedding_model import (
    FINGERPRINT_TEXT,
    REJECTS_EVERYTHING,
    VERIFY_EVERY_SECONDS,
    EmbeddingModel,
    is_same_model,
    require_same,
)
from shared.domain.models.identity import ModelCard, ModelIdentity
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.ports.model import Embedder
from shared.services.models.model_scheduler import ModelScheduler

REPLACED = "The model was replaced on its server. It is compared with the former one."


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A model as the server serves it now."""

    digest: str
    card: ModelCard
    count_tokens: CountTokens


class ModelCheck:
    """Asks the model server about a model, once for all tenants.

    If the digest changed, the vector of a fixed sentence tells whether the new file holds the same
    model. Requests for digest and card take no turn, because they do not use the model.
    Safe to share between threads.
    """

    def __init__(
        self, embedder: Embedder, scheduler: ModelScheduler, model: EmbeddingModel
    ) -> None:
        """`model` is that of one of the tenants."""
        self.name = model.identity.name
        self._embedder = embedder
        self._scheduler = scheduler
        self._known = model
        self._served: Served | None = None
        self._failed: tuple[float, ModelUnavailable] | None = None
        self._served_lock = threading.Lock()
        self._verified_at = float("-inf")
        self._fingerprint: tuple[str, Vector] | None = None
        self._fingerprint_lock = threading.Lock()

    def is_of(self, model: EmbeddingModel) -> bool:
        """Return whether a tenant's model is this one, by the vectors that it is known to make."""
        known = self._known
        if _without_chunk_size(model.identity) != _without_chunk_size(known.identity):
            return False
        if model.fingerprint is None:
            return known.fingerprint is None or self._is_served(known)
        return known.fingerprint is not None and is_same_model(model.fingerprint, known.fingerprint)

    def served(self) -> Served:
        """Return what the server serves, asked at most VERIFY_EVERY_SECONDS ago.

        Raises ModelUnavailable.
        """
        asked_at = time.monotonic()
        with self._served_lock:
            if self._failed and self._failed[0] >= asked_at:
                raise self._failed[1]  # another thread has asked meanwhile
            is_old = time.monotonic() - self._verified_at > VERIFY_EVERY_SECONDS
            if self._served is None or is_old:
                self._served = self._ask(self._served)
                self._verified_at = time.monotonic()
            return self._served

    def fingerprint(self, served: Served) -> Vector:
        """Return the vector of the fixed sentence; raises ModelUnavailable."""
        with self._fingerprint_lock:
            if self._fingerprint is None or self._fingerprint[0] != served.digest:
                self._fingerprint = served.digest, self._embed_fingerprint()
            return self._fingerprint[1]

    def expect(self, model: EmbeddingModel) -> None:
        """Compare what the server serves with a tenant's model from now on."""
        self._known = model

    def confirm(self, digest: str) -> None:
        """Raise ModelUnavailable unless the server still has the file that was verified.

        Asked after a request, this proves that the file was not replaced before it.
        """
        if self._embedder.digest(self.name) != digest:
            self._verify_again()
            raise ModelUnavailable(UnavailableReason.MODEL_CHANGED, REPLACED)

    def probe(self) -> None:
        """Ask now, and have the server embed a sentence; raises ModelUnavailable."""
        self._verify_again()
        served = self.served()
        vector = self._embed_fingerprint()
        with self._fingerprint_lock:
            self._fingerprint = served.digest, vector
        known = self._known
        if known.fingerprint is not None and known.digest != served.digest:
            require_same(known, cosine_similarity(known.fingerprint, vector))

    def embeds(self) -> bool:
        """Return whether the server can embed a harmless text now."""
        try:
            self.probe()
        except ModelUnavailable:
            return False
        return True

    def _verify_again(self) -> None:
        with self._served_lock:
            self._verified_at = float("-inf")

    def _is_served(self, model: EmbeddingModel) -> bool:
        return self._served is not None and self._served.digest == model.digest

    def _ask(self, before: Served | None) -> Served:
        try:
            digest = self._embedder.digest(self.name)
            if before and before.digest == digest:
                return before
            card = self._embedder.card(self.name)
        except ModelUnavailable as error:
            self._failed = time.monotonic(), error
            raise
        return Served(digest, card, token_counter(card))

    def _embed_fingerprint(self) -> Vector:
        identity, dimensions = self._known.identity, self._known.dimensions
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


def _without_chunk_size(identity: ModelIdentity) -> ModelIdentity:
    return replace(identity, chunk_tokens=None)
