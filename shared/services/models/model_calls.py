"""Turns texts into vectors by short requests to the model server, and isolates bad texts."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.domain.embedding.fair_shares import Share
from shared.domain.embedding.throughput import Throughput
from shared.domain.embedding.tokens import SPECIAL_TOKENS, estimate_tokens
from shared.domain.embedding.vectors import Embeddings, Vector, check_vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.identity import ModelIdentity
from shared.domain.operations.durations import RecentDurations
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.ports.model import Embedder
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_check import ModelCheck
from shared.services.models.model_scheduler import ModelScheduler, Work
from shared.services.models.served_model import VerifiedModel

Outcome = Vector | TextRejected

MAYBE_THE_TEXTS = frozenset(
    {
        UnavailableReason.SERVER_ERROR,
        UnavailableReason.TIMEOUT,
        UnavailableReason.UNREACHABLE,
        UnavailableReason.BAD_ANSWER,
    }
)
"""Failures that a single text can cause, for example by crashing the model's process."""
BAD_VECTORS = frozenset(
    {
        RejectionCode.WRONG_DIMENSIONS,
        RejectionCode.VECTOR_NOT_FINITE,
        RejectionCode.VECTOR_ZERO,
    }
)
ONLY_THIS_TEXT = "It fails on this text only. Change the text or the model, then retry it."


@dataclass(frozen=True, slots=True)
class _SizedText:
    """A text as it is sent, and its estimated number of tokens."""

    text: str
    tokens: int


class ModelCalls:
    """Calls the model server, one short request at a time. Safe to share between threads."""

    def __init__(
        self,
        embedder: Embedder,
        check: ModelCheck,
        scheduler: ModelScheduler,
        throughput: Throughput,
        durations: RecentDurations,
        breaker: ModelBreaker,
    ) -> None:
        self._embedder = embedder
        self._check = check
        self._scheduler = scheduler
        self.throughput = throughput
        self._durations = durations
        self._breaker = breaker

    def begin(self, length: int, share: Share) -> Work:
        """Begin the requests of a claim. Those of a smaller `length` go first."""
        return self._scheduler.begin(length, share)

    def embed(
        self, model: VerifiedModel, work: Work, texts: Sequence[str], check: Callable[[], None]
    ) -> list[Outcome]:
        """Return each text's vector, or why it has none.

        `check` runs before each request and may raise. Raises ModelUnavailable.
        """
        work.check = check
        sized = [_sized(model.identity.document_prefix + text) for text in texts]
        # Texts of similar length share a request: servers pad all to the longest.
        order = sorted(range(len(texts)), key=lambda index: sized[index].tokens)
        outcomes: dict[int, Outcome] = {}
        while left := order[len(outcomes) :]:
            sizes = [sized[index].tokens for index in left]
            together = left[: self.throughput.next_request_texts(sizes)]
            batch = self._embed_batch(model.identity, work, [sized[index] for index in together])
            outcomes |= zip(together, batch, strict=True)
        return self._validated([outcomes[index] for index in range(len(texts))], model.dimensions)

    def _embed_batch(
        self, model: ModelIdentity, work: Work, texts: Sequence[_SizedText]
    ) -> list[Outcome]:
        """Embed texts. Halving isolates a bad one, so that the others lose nothing."""
        try:
            return list(self._ask(model, work, texts).vectors)
        except TextRejected as error:
            rejected = error
        except ModelUnavailable as error:
            rejected = self._blame(error)
        if len(texts) == 1:
            return [self._embed_suspect(model, work, texts[0], rejected)]
        half = len(texts) // 2
        left = self._embed_batch(model, work, texts[:half])
        return left + self._embed_batch(model, work, texts[half:])

    def _embed_suspect(
        self, model: ModelIdentity, work: Work, text: _SizedText, rejected: TextRejected
    ) -> Outcome:
        """Return a lone text's outcome. Retry it if the server may have just recovered.

        Raises ModelUnavailable if the server rejects every other text too.
        """
        if rejected.code is RejectionCode.TOO_LONG:
            return rejected
        if rejected.code is not RejectionCode.MODEL_FAILED:
            self._check.probe()  # raises if the server rejects everything
            return rejected
        try:
            return self._ask(model, work, [text]).vectors[0]
        except TextRejected as error:
            return error
        except ModelUnavailable as error:
            return self._blame(error)

    def _ask(self, model: ModelIdentity, work: Work, texts: Sequence[_SizedText]) -> Embeddings:
        with self._scheduler.turn(work):
            work.check()
            started = time.monotonic()
            try:
                answer = self._embedder.embed(
                    model.name, [each.text for each in texts], model.dimensions
                )
            except TextRejected:
                work.model_seconds += time.monotonic() - started
                raise
            except ModelUnavailable as error:
                self._breaker.failed(error)  # before another claim has its turn
                raise
            seconds = time.monotonic() - started
        embedding = max(0.0, seconds - answer.load_seconds)
        work.model_seconds += embedding
        self._durations.record(seconds * 1000)
        self.throughput.record(sum(each.tokens for each in texts), embedding)
        return answer

    def _validated(self, outcomes: Sequence[Outcome], dimensions: int) -> list[Outcome]:
        """Return the outcomes, with a reason instead of each vector that cannot be searched.

        Raises ModelUnavailable if the server makes such vectors of every text.
        """
        checked = [_checked(outcome, dimensions) for outcome in outcomes]
        if any(isinstance(each, TextRejected) and each.code in BAD_VECTORS for each in checked):
            self._check.probe()
        return checked

    def _blame(self, error: ModelUnavailable) -> TextRejected:
        """Blame the text if the server still embeds a harmless one; else raise the error."""
        if error.reason not in MAYBE_THE_TEXTS or not self._check.embeds():
            raise error
        self._breaker.succeeded()
        return TextRejected(RejectionCode.MODEL_FAILED, f"{error.message} {ONLY_THIS_TEXT}")


def _sized(text: str) -> _SizedText:
    return _SizedText(text, estimate_tokens(text) + SPECIAL_TOKENS)


def _checked(outcome: Outcome, dimensions: int) -> Outcome:
    if isinstance(outcome, TextRejected):
        return outcome
    try:
        check_vector(outcome, dimensions)
    except TextRejected as error:
        return error
    return outcome
