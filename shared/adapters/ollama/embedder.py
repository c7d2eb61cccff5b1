"""Ollama: embeddings, and what its many ways to fail mean."""

import time
from collections.abc import Sequence

import httpx

from shared.adapters.http.bounded_transport import BoundedTransport
from shared.adapters.ollama.client import Client, client_options, one_vector_each
from shared.adapters.ollama.failures import CLIENT_ERRORS, server_failure, translate
from shared.adapters.ollama.model_card import context_tokens, digest_of, wordpiece_vocabulary
from shared.config import Settings
from shared.domain.embedding.vectors import Embeddings
from shared.domain.models.identity import ModelCard
from shared.domain.resilience.time_limit import TimeLimit

LIMITS = (5.0, 30.0)
"""Time limits of quicker servers than the setting allows for, in seconds."""


_NANOSECOND = 1e-9


class OllamaEmbedder:
    """The worker's client: one a process for each time limit, for building one takes long."""

    def __init__(self, settings: Settings) -> None:
        longest = settings.embed_timeout_seconds
        self._limit = TimeLimit(tuple(sorted({min(each, longest) for each in (*LIMITS, longest)})))
        self._clients = {
            seconds: Client(
                settings.ollama_host, transport=BoundedTransport(seconds), **client_options(seconds)
            )
            for seconds in self._limit.limits
        }

    def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """Return a vector a text; see `shared.ports.Embedder`."""
        started = time.monotonic()
        try:
            answer = self._client.embed(model, list(texts), truncate=False)
        except CLIENT_ERRORS as error:
            if isinstance(error, httpx.TimeoutException):
                self._limit.timed_out()
            raise translate(error, model) from error
        self._limit.succeeded(time.monotonic() - started)
        return Embeddings(
            one_vector_each(answer.embeddings, texts),
            load_seconds=(answer.load_duration or 0) * _NANOSECOND,
            total_seconds=(answer.total_duration or 0) * _NANOSECOND,
            tokens=answer.prompt_eval_count or 0,
        )

    def digest(self, model: str) -> str:
        """Return the digest that the server lists for the model."""
        try:
            listed = self._clients[self._limit.limits[0]].list().models
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return digest_of(model, listed)

    def card(self, model: str) -> ModelCard:
        """Return the context that the server gives the model, and its vocabulary if WordPiece."""
        try:
            shown = self._clients[self._limit.limits[-1]].show_all(model)
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return ModelCard(context_tokens(shown), wordpiece_vocabulary(shown))

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()  # type: ignore[no-untyped-call]

    @property
    def _client(self) -> "Client":
        return self._clients[self._limit.seconds]
