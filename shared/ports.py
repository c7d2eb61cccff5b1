"""What the services need of the outside world; fakes stand here only to inject faults."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.documents import Lane
from shared.domain.embedding_models import ModelCard
from shared.domain.errors import InkdexError
from shared.domain.vectors import Embeddings, Vector


class BrokerUnavailable(InkdexError):
    """The broker took no message within its time box."""


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


class WakeUps(Protocol):
    """The way to tell workers that a lane has work."""

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Send one message naming documents; raises BrokerUnavailable."""


class Part(Protocol):
    """A server that Inkdex depends on and can do without for a while."""

    async def check(self) -> None:
        """Return if it answers; raises an error whose text says what is wrong."""
