"""The model server, as workers and the API see it."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.models.identity import ModelCard


class Embedder(Protocol):
    """A model server as a worker sees it."""

    def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """Return a vector a text, in order; no text is cut.

        Raises TextRejected when the model refuses one of the texts, not saying which (with the
        code TOO_LONG where one is more than it can read), and ModelUnavailable when the server
        can't embed anything now.
        """

    def digest(self, model: str) -> str:
        """Return the digest of the model's weights; raises ModelUnavailable."""

    def card(self, model: str) -> ModelCard:
        """Return what the server tells of the model; raises ModelUnavailable."""


class QueryEmbedder(Protocol):
    """A model server as the API sees it."""

    async def embed_query(self, model: str, text: str) -> Vector:
        """Return a query's vector; raises TextRejected and ModelUnavailable."""

    async def digest(self, model: str) -> str:
        """Return the digest of the model's weights; raises ModelUnavailable."""


class QueryCache(Protocol):
    """Query vectors that outlive a process, or don't: nothing is lost with them."""

    async def get(self, key: bytes) -> Vector | None:
        """Return what was put under a hash, None where it isn't known at once; never raises."""

    async def put(self, key: bytes, vector: Vector) -> None:
        """Keep a vector for a while, if that is possible; never raises."""
