"""What is measured."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings


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
