"""Texts to vectors: in requests that keep the model for a short time only, and a bad text alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.domain.documents.document import Lane
from shared.domain.embedding.throughput import Throughput
from shared.domain.embedding.tokens import SPECIAL_TOKENS, estimate_tokens
from shared.domain.embedding.vectors import Embeddings, Vector, check_vector
from shared.domain.errors import TOO_LONG, ModelUnavailable, TextRejected
from shared.domain.models.identity import ModelIdentity
from shared.domain.operations.durations import RecentDurations
from shared.ports.model import Embedder
from shared.services.models.active_model import ActiveModel, VerifiedModel
from shared.services.models.model_scheduler import ModelScheduler, Work

Outcome = Vector | TextRejected

MAYBE_THE_TEXTS = frozenset({"server_error", "timeout", "unreachable", "bad_answer"})
MODEL_FAILED = "model_failed"
ON_THIS_TEXT = (
    "It does so on this text and not on others. Change the text, or the model, then retry it."
)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A text as it is sent, and about how many tokens it has."""

    text: str
    tokens: int


class ModelCalls:
    """Calls the model server, a short request at a time; safe to call from several threads."""

    def __init__(
        self,
        embedder: Embedder,
        model: ActiveModel,
        gate: ModelScheduler,
        pace: Throughput,
        durations: RecentDurations,
    ) -> None:
        self._embedder = embedder
        self._model = model
        self._gate = gate
        self.pace = pace
        self.durations = durations

    def embed(
        self, model: VerifiedModel, lane: Lane, texts: Sequence[str], check: Callable[[], None]
    ) -> list[Outcome]:
        """Return each text's vector or why it has none.

        `check` runs before each call and may raise. Raises ModelUnavailable.
        """
        sized = [_sized(model.identity.document_prefix + text) for text in texts]
        # Neighbours of like length: a server that embeds several at once pads them to the longest.
        places = sorted(range(len(texts)), key=lambda place: sized[place].tokens)
        outcomes: dict[int, Outcome] = {}
        work = self._gate.begin(lane)
        while left := places[len(outcomes) :]:
            check()
            together = left[: self.pace.leading([sized[place].tokens for place in left])]
            batch = self._embed_batch(model.identity, work, [sized[place] for place in together])
            outcomes |= zip(together, batch, strict=True)
        return [_validated(outcomes[place], model.dimensions) for place in range(len(texts))]

    def _embed_batch(
        self, model: ModelIdentity, work: Work, texts: Sequence[_Sized]
    ) -> list[Outcome]:
        """Embed texts; a bad one is found by halving, so that its neighbours lose nothing."""
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
        self, model: ModelIdentity, work: Work, text: _Sized, rejected: TextRejected
    ) -> Outcome:
        """Return a lone text's outcome, tried again where the server may just have come back.

        Raises ModelUnavailable where the server takes no other text either.
        """
        if rejected.code == TOO_LONG:
            return rejected
        if rejected.code != MODEL_FAILED:
            self._model.probe()  # raises where whatever is sent is rejected: not the text's fault
            return rejected
        try:
            return self._ask(model, work, [text]).vectors[0]
        except TextRejected as error:
            return error
        except ModelUnavailable as error:
            return self._blame(error)

    def _ask(self, model: ModelIdentity, work: Work, texts: Sequence[_Sized]) -> Embeddings:
        with self._gate.turn(work):
            started = time.monotonic()
            answer = self._embedder.embed(model.name, [each.text for each in texts])
            seconds = time.monotonic() - started
        tokens = sum(each.tokens for each in texts)
        self.durations.record(seconds * 1000)
        self.pace.record(tokens, max(0.0, seconds - answer.load_seconds))
        return answer

    def _blame(self, error: ModelUnavailable) -> TextRejected:
        """Return that a text is to blame if the server embeds a harmless one; else raise."""
        if error.reason not in MAYBE_THE_TEXTS or not self._model.embeds():
            raise error
        return TextRejected(MODEL_FAILED, f"{error.message} {ON_THIS_TEXT}")


def _sized(text: str) -> _Sized:
    return _Sized(text, estimate_tokens(text) + SPECIAL_TOKENS)


def _validated(outcome: Outcome, dimensions: int) -> Outcome:
    if isinstance(outcome, TextRejected):
        return outcome
    try:
        check_vector(outcome, dimensions)
    except TextRejected as error:
        return error
    return outcome
