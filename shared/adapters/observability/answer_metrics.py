"""The Prometheus metrics of answers. No label holds a question, a text or a model's name."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.domain.answers.events import CacheUse, CitationCounts, Done, Failed, Finish
from shared.domain.answers.figures import written
from shared.domain.model_errors import PromptCut

ANSWER_SECONDS = (
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0,
    120.0, 300.0,
)  # fmt: skip
TOKENS_PER_SECOND = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 500.0)
FAILED = "failed"


class AnswerMetrics:
    """The metrics of the answers of one API process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._seconds = Histogram(
            "inkdex_answer_duration_seconds",
            "Duration of answers by use of the cache, and of their parts: retrieve, rerank, queue,"
            " load, prefill, first_token, decode and total.",
            ["part", "cache"],
            buckets=ANSWER_SECONDS,
            registry=registry,
        )
        self._speed = Histogram(
            "inkdex_answer_tokens_per_second",
            "Tokens that the chat model writes per second, of each answer that it wrote.",
            buckets=TOKENS_PER_SECOND,
            registry=registry,
        )
        self._answers = self._counter(
            "inkdex_answers",
            "Answers by the reason of their end, and by use of the cache.",
            ["finish", "cache"],
        )
        self._cancelled = self._counter(
            "inkdex_answers_cancelled", "Questions whose client left before the end of the answer."
        )
        self._cut = self._counter(
            "inkdex_prompts_cut",
            "Answers that are errors because the chat model's server read a part of the prompt.",
        )
        self._citations = self._counter(
            "inkdex_answer_citations",
            "Citations: references, quotations, unverified quotations, removed numbers.",
            ["kind"],
        )
        self._tokens = self._counter(
            "inkdex_chat_tokens",
            "Tokens of the chat model by kind: prompt or answer.",
            ["kind"],
        )
        self._questions = Gauge(
            "inkdex_questions",
            "Questions whose answer is being written, and that wait for a slot.",
            ["state"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._begin_at_zero()

    def answered(self, end: Done | Failed) -> None:
        if isinstance(end, Failed):
            self._answers.labels(FAILED, CacheUse.MISS).inc()
            self._cut.inc(isinstance(end.error, PromptCut))
            return
        self._answers.labels(end.finish, end.cache).inc()
        for part, seconds in end.seconds.items():
            if seconds > 0:  # a step that an answer does not need takes no time
                self._seconds.labels(part, end.cache).observe(seconds)
        self._count_citations(end.citations)
        self._count_tokens(end)

    def cancelled(self) -> None:
        self._cancelled.inc()

    def questions_changed(self, *, running: int, waiting: int) -> None:
        self._questions.labels("running").set(running)
        self._questions.labels("waiting").set(waiting)

    def _count_citations(self, counts: CitationCounts) -> None:
        self._citations.labels("reference").inc(counts.references)
        self._citations.labels("quotation").inc(counts.quotations)
        self._citations.labels("unverified").inc(counts.unverified)
        self._citations.labels("removed").inc(counts.removed)

    def _count_tokens(self, end: Done) -> None:
        tokens, seconds = written(end)
        if end.end is None or not tokens:
            return
        self._tokens.labels("prompt").inc(end.end.prompt_tokens)
        self._tokens.labels("answer").inc(tokens)
        if seconds:
            self._speed.observe(tokens / seconds)

    def _begin_at_zero(self) -> None:
        """Show what alerts read before it happens. `rate` would miss the first increase."""
        for finish in (*Finish, FAILED):
            self._answers.labels(finish, CacheUse.MISS)
        self._answers.labels(Finish.QUOTATIONS, CacheUse.OFF)
        self.questions_changed(running=0, waiting=0)

    def _counter(self, name: str, help_: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, help_, labels, registry=self._registry)
