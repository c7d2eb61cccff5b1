"""What recent questions came to."""

import pytest

from shared.domain.answers.chat import ChatEnd, EndReason
from shared.domain.answers.events import CacheUse, CitationCounts, Done, Failed, Finish
from shared.domain.answers.figures import Outcome, RecentAnswers
from shared.domain.model_errors import PromptCut
from shared.domain.operations.durations import Percentiles
from shared.domain.operations.recent_rows import RecentRows
from shared.domain.refs import DEFAULT_TENANT

END = ChatEnd(EndReason.STOP, prompt_tokens=500, answer_tokens=40, decode_seconds=2.0)


@pytest.fixture
def recent() -> RecentAnswers:
    return RecentAnswers(RecentRows(100, 600))


def done(
    cache: CacheUse, seconds: float, finish: Finish = Finish.STOP, end: ChatEnd | None = END
) -> Done:
    timings = {"first_token": seconds, "total": 2 * seconds}
    return Done(finish, CitationCounts(unverified=1), cache=cache, end=end, seconds=timings)


def test_nothing_was_asked(recent: RecentAnswers) -> None:
    figures = recent.figures(DEFAULT_TENANT)
    assert figures.answered == 0
    assert figures.by_cache == dict.fromkeys(CacheUse, 0)
    assert figures.first_token == figures.total == Percentiles(0)
    assert figures.tokens_per_second is None


def test_answers_are_counted_by_what_they_came_to(recent: RecentAnswers) -> None:
    for cache in CacheUse:
        recent.record(DEFAULT_TENANT, done(cache, 1.0))
    for finish in (Finish.REFUSED, Finish.QUOTATIONS):
        recent.record(DEFAULT_TENANT, done(CacheUse.OFF, 0.1, finish, end=None))
    recent.record(DEFAULT_TENANT, done(CacheUse.MISS, 1.0, Finish.INTERRUPTED, end=None))
    recent.record(DEFAULT_TENANT, done(CacheUse.MISS, 1.0, Finish.NOT_IN_DOCUMENTS))
    recent.record(DEFAULT_TENANT, Failed(PromptCut()))
    recent.record_cancelled(DEFAULT_TENANT)
    figures = recent.figures(DEFAULT_TENANT)
    assert figures.by_outcome == {each: 2 if each == Outcome.MISS else 1 for each in Outcome}
    assert figures.by_cache == {use: 2 if use is CacheUse.MISS else 1 for use in CacheUse}
    assert figures.answered == len(CacheUse) + 4
    assert figures.unverified == figures.answered


def test_latencies_are_those_of_answers_that_were_not_cached(recent: RecentAnswers) -> None:
    recent.record(DEFAULT_TENANT, done(CacheUse.MISS, 1.0))
    recent.record(DEFAULT_TENANT, done(CacheUse.EXACT, 0.001, end=None))
    recent.record(DEFAULT_TENANT, done(CacheUse.OFF, 0.002, Finish.REFUSED, end=None))
    figures = recent.figures(DEFAULT_TENANT)
    assert figures.first_token == Percentiles(1, 1000.0, 1000.0, 1000.0)
    assert figures.total == Percentiles(1, 2000.0, 2000.0, 2000.0)


def test_tokens_that_several_clients_read_are_counted_once(recent: RecentAnswers) -> None:
    recent.record(DEFAULT_TENANT, done(CacheUse.MISS, 1.0))
    for _ in range(3):
        recent.record(DEFAULT_TENANT, done(CacheUse.SHARED, 1.0))
    assert recent.figures(DEFAULT_TENANT).tokens_per_second == 20.0
    assert recent.figures(DEFAULT_TENANT).first_token.count == 4
