"""What the services need of the outside world; fakes stand here only to inject faults."""

from collections.abc import Mapping, Sequence
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

    async def digest(self, model: str) -> str:
        """Return the digest of the model's weights; raises ModelUnavailable."""


class QueryCache(Protocol):
    """Query vectors that outlive a process, or don't: nothing is lost with them."""

    async def get(self, key: bytes) -> Vector | None:
        """Return what was put under a hash, None where it isn't known at once; never raises."""

    async def put(self, key: bytes, vector: Vector) -> None:
        """Keep a vector for a while, if that is possible; never raises."""


class WakeUps(Protocol):
    """The way to tell workers that a lane has work."""

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Send one message naming documents; raises BrokerUnavailable."""


class Part(Protocol):
    """A server that Inkdex depends on and can do without for a while."""

    async def check(self) -> None:
        """Return if it answers; raises an error whose text says what is wrong."""


class WebhookRefused(InkdexError):
    """A message was not taken; the text says why, in words that hold no part of its URL."""


class WebhookSender(Protocol):
    """The way to a webhook's receiver."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message; return the status of the answer, or raise WebhookRefused."""


class EmbedMeter(Protocol):
    """What is measured of a worker's batches; times in seconds."""

    def claimed(self, lane: Lane, waited: Sequence[float], taken_over: int, seconds: float) -> None:
        """Count jobs that were claimed, `taken_over` of them under a lease that had expired.

        `waited` tells for each how long ago it was written.
        """

    def called(self, texts: int, answer: Embeddings, seconds: float) -> None:
        """Measure an answer of the model: its own account of its time, and how long it took."""

    def call_failed(self, reason: str) -> None:
        """Count a failure by its reason (ModelUnavailable) or code (TextRejected)."""

    def embedded(self, made: int, reused: int) -> None:
        """Count chunks by their vector: made by the model, or an equal text's."""

    def stored(self, lane: Lane, took: Sequence[float], unchanged: int, seconds: float) -> None:
        """Count documents that became ready; `took` is how long each was since its write.

        `unchanged` of the documents had the vectors of their text already.
        """

    def rejected(self, code: str, *, final: bool) -> None:
        """Count an attempt that failed; unless `final`, another follows."""


class Unmetered:
    """Measures nothing."""

    def claimed(self, lane: Lane, waited: Sequence[float], taken_over: int, seconds: float) -> None:
        """See EmbedMeter."""

    def called(self, texts: int, answer: Embeddings, seconds: float) -> None:
        """See EmbedMeter."""

    def call_failed(self, reason: str) -> None:
        """See EmbedMeter."""

    def embedded(self, made: int, reused: int) -> None:
        """See EmbedMeter."""

    def stored(self, lane: Lane, took: Sequence[float], unchanged: int, seconds: float) -> None:
        """See EmbedMeter."""

    def rejected(self, code: str, *, final: bool) -> None:
        """See EmbedMeter."""
