"""The models that a worker embeds under, each with its own calls, pace and breaker."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelIdentity
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls
from shared.services.models.served_model import ServedModel

REFRESH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ModelServer:
    """One model as the model server serves it."""

    model: ServedModel
    calls: ModelCalls
    breaker: ModelBreaker

    def probe(self) -> None:
        """Ask a failed model server for one small embedding. Resume if it succeeds."""
        try:
            self.model.probe()
        except ModelUnavailable as error:
            self.breaker.failed(error)
        else:
            self.breaker.succeeded()


class ModelServers:
    """The models in use, as the database has them. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        make: Callable[[EmbeddingModel], ModelServer],
        configured: ModelIdentity,
    ) -> None:
        """`make` builds what serves a model. `configured` is the model of new collections."""
        self._database = database
        self._make = make
        self._configured = configured
        self._lock = threading.Lock()
        self._servers: dict[int, ModelServer] = {}
        self._first: set[int] = set()
        self._has_adopted = False
        self._refresh_at = float("-inf")

    def in_use(self) -> Sequence[ModelServer]:
        """Return the models in the order of their turns; raises DatabaseUnavailable."""
        with self._lock:
            if time.monotonic() >= self._refresh_at:
                self._refresh()
                self._refresh_at = time.monotonic() + REFRESH_SECONDS
            return list(self._servers.values())

    def goes_first(self, server: ModelServer) -> bool:
        """Return whether documents are embedded under this model before the others."""
        return server.model.id in self._first

    @property
    def paused(self) -> Mapping[int, str]:
        """Why documents are not embedded under a model, by the model's id."""
        known = list(self._servers.values())
        reasons = {server.model.id: server.breaker.paused_reason for server in known}
        return {model_id: reason for model_id, reason in reasons.items() if reason}

    @property
    def paused_reason(self) -> str | None:
        """Why documents are embedded under no model, or None."""
        paused = self.paused
        return next(iter(paused.values())) if paused and len(paused) == len(self._servers) else None

    def _refresh(self) -> None:
        with self._database.connection() as connection:
            models = embedding_models.in_use(connection)
            if not (models and self._has_adopted):
                embedding_models.adopt(connection, self._configured)
                self._has_adopted = True
                models = embedding_models.in_use(connection)
            self._first = embedding_models.go_first(connection)
        models.sort(key=lambda model: model.id not in self._first)
        self._servers = {
            model.id: self._servers.get(model.id) or self._make(model) for model in models
        }
