"""The API's client of Ollama."""

import ollama

from shared.adapters.http.bounded_transport import AsyncBoundedTransport
from shared.adapters.ollama.client import client_options, one_vector_each
from shared.adapters.ollama.failures import CLIENT_ERRORS, server_failure, translate
from shared.adapters.ollama.model_card import digest_of
from shared.config import Settings
from shared.domain.embedding.vectors import Vector

QUERY_TIMEOUT_SECONDS = 8.0
"""Long enough for a model to be loaded meanwhile."""


class OllamaQueryEmbedder:
    """The API's client."""

    def __init__(self, settings: Settings) -> None:
        # Nobody waits for a query much longer than its budget, and a late one holds up the slot.
        seconds = max(QUERY_TIMEOUT_SECONDS, 2 * settings.query_embed_budget_seconds)
        self._client = ollama.AsyncClient(
            settings.ollama_query_host,
            transport=AsyncBoundedTransport(seconds),
            **client_options(seconds),
        )

    async def embed_query(self, model: str, text: str) -> Vector:
        """Return the vector of a query."""
        try:
            answer = await self._client.embed(model, [text])
        except CLIENT_ERRORS as error:
            raise translate(error, model) from error
        return one_vector_each(answer.embeddings, [text])[0]

    async def digest(self, model: str) -> str:
        """Return the digest that the server lists for the model."""
        try:
            listed = (await self._client.list()).models
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return digest_of(model, listed)

    async def check(self) -> None:
        """Raise unless the server answers; which model it has is the worker's question."""
        try:
            await self._client.list()
        except CLIENT_ERRORS as error:
            raise translate(error, "") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]
