"""A model server's client that embeds each text as a query."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from shared.domain.embedding.vectors import Embeddings, Vector


class EmbedsQueries(ABC):
    """Implements what is left of `shared.ports.model.QueryEmbedder` but the digest."""

    @abstractmethod
    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector: ...

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        return Embeddings([await self.embed_query(model, text, dimensions) for text in texts])
