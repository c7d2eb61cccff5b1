"""What recent questions came to: counts, latencies and the speed of the chat model."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from shared.domain.answers.events import CacheUse, Done, Failed, Finish
from shared.domain.operations.durations import Percentiles, percentiles
from shared.domain.operations.recent_rows import Rows, tenant_number
from shared.domain.refs import Tenant

WINDOW_SECONDS = 600.0
KEPT = 500
"""The newest rows of each process are kept."""


class Outcome(StrEnum):
    """What a question came to. An answer of the chat model has that of the cache."""

    OFF = CacheUse.OFF.value
    MISS = CacheUse.MISS.value
    EXACT = CacheUse.EXACT.value
    SEMANTIC = CacheUse.SEMANTIC.value
    SHARED = CacheUse.SHARED.value
    REFUSED = Finish.REFUSED.value
    QUOTATIONS = Finish.QUOTATIONS.value
    INTERRUPTED = Finish.INTERRUPTED.value
    FAILED = "failed"
    CANCELLED = "cancelled"


_OUTCOMES = tuple(Outcome)
_NO_MODEL = frozenset({Finish.REFUSED, Finish.QUOTATIONS, Finish.INTERRUPTED})
_WRITTEN_NOW = frozenset({Outcome.OFF, Outcome.MISS, Outcome.SHARED})
"""The user waited for the chat model."""
_WRITTEN_ONCE = frozenset({Outcome.OFF, Outcome.MISS})


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """Figures of the questions of the last `WINDOW_SECONDS`.

    `first_token` and `total` are of the answers that the chat model wrote for a question, and so
    of none that was cached.
    """

    by_outcome: Mapping[Outcome, int]
    unverified: int
    first_token: Percentiles
    total: Percentiles
    tokens_per_second: float | None

    @property
    def by_cache(self) -> Mapping[CacheUse, int]:
        """The answers that the chat model wrote, now or earlier."""
        return {use: self.by_outcome[Outcome(use.value)] for use in CacheUse}

    @property
    def answered(self) -> int:
        lost = self.by_outcome[Outcome.FAILED] + self.by_outcome[Outcome.CANCELLED]
        return sum(self.by_outcome.values()) - lost


class _Row(NamedTuple):
    """One question, as numbers. `outcome` is a position in `_OUTCOMES`."""

    tenant: float
    outcome: float
    first_token_ms: float = 0.0
    total_ms: float = 0.0
    tokens: float = 0.0
    decode_seconds: float = 0.0
    unverified: float = 0.0

    @property
    def kind(self) -> Outcome:
        return _OUTCOMES[int(self.outcome)]


COLUMNS = len(_Row._fields)


class RecentAnswers:
    """Keeps a row for each question. The figures are those of one tenant."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def record(self, tenant: Tenant, end: Done | Failed) -> None:
        """Add a question that has its answer."""
        failed = _without(tenant, Outcome.FAILED)
        self._rows.record(*(_row(tenant, end) if isinstance(end, Done) else failed))

    def record_cancelled(self, tenant: Tenant) -> None:
        """Add a question whose client left."""
        self._rows.record(*_without(tenant, Outcome.CANCELLED))

    def figures(self, tenant: Tenant) -> AnswerFigures:
        number = tenant_number(tenant)
        rows = [row for row in map(_Row._make, self._rows.rows()) if row.tenant == number]
        waited = [row for row in rows if row.kind in _WRITTEN_NOW]
        return AnswerFigures(
            Counter(row.kind for row in rows),
            sum(int(row.unverified) for row in rows),
            percentiles([row.first_token_ms for row in waited]),
            percentiles([row.total_ms for row in waited]),
            _rate(sum(row.tokens for row in rows), sum(row.decode_seconds for row in rows)),
        )


def _row(tenant: Tenant, end: Done) -> _Row:
    return _Row(
        tenant_number(tenant),
        _OUTCOMES.index(outcome_of(end)),
        end.seconds.get("first_token", 0.0) * 1000,
        end.seconds.get("total", 0.0) * 1000,
        *written(end),
        end.citations.unverified,
    )


def _without(tenant: Tenant, outcome: Outcome) -> _Row:
    """Return the row of a question without a whole answer."""
    return _Row(tenant_number(tenant), _OUTCOMES.index(outcome))


def outcome_of(end: Done) -> Outcome:
    return Outcome((end.finish if end.finish in _NO_MODEL else end.cache).value)


def written(end: Done) -> tuple[int, float]:
    """Return the tokens that were generated for this question, and how many seconds that took."""
    if end.end is None or outcome_of(end) not in _WRITTEN_ONCE:
        return 0, 0.0
    return end.end.answer_tokens, end.end.decode_seconds


def _rate(tokens: float, seconds: float) -> float | None:
    return tokens / seconds if seconds else None
