"""The API's client of Ollama."""

from collections.abc import Sequence

from shared.adapters.http.bounded_transport import AsyncBoundedTransport
from shared.adapters.ollama.client import AsyncClient, checked_vectors, client_options, embeddings
from shared.adapters.ollama.failures import CLIENT_ERRORS, server_failure, translate
from shared.adapters.ollama.model_card import listed_digest
from shared.config import Settings
from shared.domain.embedding.vectors import Embeddings, Vector

QUERY_TIMEOUT_SECONDS = 8.0
"""Long enough for Ollama to load the model."""


class OllamaQueryEmbedder:
    """Implements `shared.ports.model.QueryEmbedder` and `HealthCheck`."""

    def __init__(self, settings: Settings, address: str) -> None:
        # Searches stop waiting after their budget, and a slow request blocks the next one.
        seconds = max(QUERY_TIMEOUT_SECONDS, 2 * settings.query_embed_budget_seconds)
        self._client = AsyncClient(
            address,
            transport=AsyncBoundedTransport(seconds),
            **client_options(seconds),
        )

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:
        try:
            answer = await self._client.embed(model, [text], dimensions=dimensions)
        except CLIENT_ERRORS as error:
            raise translate(error, model) from error
        return checked_vectors(answer.embeddings, [text])[0]

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        try:
            answer = await self._client.embed(
                model, list(texts), truncate=False, dimensions=dimensions
            )
        except CLIENT_ERRORS as error:
            raise translate(error, model) from error
        return embeddings(answer, texts)

    async def digest(self, model: str) -> str:
        try:
            listed = (await self._client.list()).models
        except CLIENT_ERRORS as error:
            raise server_failure(error, model) from error
        return listed_digest(model, listed)

    async def check(self) -> None:
        """Raise unless the server answers. The workers check its model."""
        try:
            await self._client.list()
        except CLIENT_ERRORS as error:
            raise server_failure(error, "") from error

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]
