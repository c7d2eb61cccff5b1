"""The worker's client of Ollama."""

import time
from collections.abc import Sequence

import httpx

from shared.adapters.http.bounded_transport import BoundedTransport
from shared.adapters.ollama.client import Client, client_options, embeddings
from shared.adapters.ollama.failures import CLIENT_ERRORS, server_failure, translate
from shared.adapters.ollama.model_card import (
    context_tokens,
    embedding_dimensions,
    listed_digest,
    wordpiece_vocabulary,
)
from shared.config import Settings
from shared.domain.embedding.vectors import Embeddings
from shared.domain.models.identity import ModelCard
from shared.domain.resilience.time_limit import TimeLimit

LIMITS = (5.0, 10.0, 30.0)
"""Shorter time limits than the setting's, in seconds, for servers that are quick."""


class OllamaEmbedder:
    """Implements `shared.ports.model.Embedder` with one client of a server per time limit."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.address = address
        longest = settings.embed_timeout_seconds
        self._limit = TimeLimit(
            tuple(sorted({min(limit, longest) for limit in (*LIMITS, longest)}))
        )
        self._clients = {
            seconds: Client(address, transport=BoundedTransport(seconds), **client_options(seconds))
            for seconds in self._limit.limits
        }

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        started = time.monotonic()
        try:
            answer = self._client.embed(model, list(texts), truncate=False, dimensions=dimensions)
        except CLIENT_ERRORS as error:
            if isinstance(error, httpx.TimeoutException):
                self._limit.timed_out()
            raise translate(error, model) from error
        self._limit.succeeded(time.monotonic() - started)
        return embeddings(answer, texts)

    def digest(self, model: str) -> str:
        try:
            listed = self._clients[self._limit.limits[0]].list().models
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return listed_digest(model, listed)

    def card(self, model: str) -> ModelCard:
        """Return the model's context size, dimensions and, if it uses WordPiece, vocabulary."""
        try:
            shown = self._clients[self._limit.limits[-1]].show_all(model)
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return ModelCard(
            context_tokens(shown), wordpiece_vocabulary(shown), embedding_dimensions(shown)
        )

    def close(self) -> None:
        for client in self._clients.values():
            client.close()  # type: ignore[no-untyped-call]

    @property
    def _client(self) -> Client:
        return self._clients[self._limit.seconds]
