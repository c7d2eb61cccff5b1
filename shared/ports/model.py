"""The model server, as workers and the API see it."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.models.identity import ModelCard


class Embedder(Protocol):
    """A worker's client of a model server."""

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        """Return one vector per text, in order. The server cuts no text.

        `dimensions` cuts each vector to its first numbers and normalises it.

        Raises TextRejected if the model rejects one of the texts, without saying which. Its code
        is TOO_LONG for a text that is longer than the model reads. Raises ModelUnavailable.
        """

    def digest(self, model: str) -> str:
        """Return the digest of the model's weights; raises ModelUnavailable."""

    def card(self, model: str) -> ModelCard:
        """Return what the server reports about the model; raises ModelUnavailable."""


class QueryEmbedder(Protocol):
    """The API's client of a model server."""

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:
        """Return a query's vector, cut to `dimensions` if given.

        Raises TextRejected and ModelUnavailable.
        """

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        """Return one vector per text of an application, as `Embedder.embed` does."""

    async def digest(self, model: str) -> str:
        """Return the digest of the model's weights; raises ModelUnavailable."""


class QueryCache(Protocol):
    """A cache of query vectors, shared by processes. Nothing is lost if it is empty."""

    async def get(self, key: bytes) -> Vector | None:
        """Return the vector of a hash, or None if it is not found at once; never raises."""

    async def put(self, key: bytes, vector: Vector) -> None:
        """Keep a vector for a while if possible; never raises."""
