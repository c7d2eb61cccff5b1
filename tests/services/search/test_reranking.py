"""Reranking within a time budget."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.http.reranker import HttpReranker
from shared.adapters.ollama.chat_reranker import OllamaChatReranker
from shared.config import Settings
from shared.domain.errors import InvalidInput
from shared.domain.reasons import RerankFailure
from shared.domain.refs import DocumentRef
from shared.domain.search.fusion import Ranked
from shared.domain.search.query import Hit, HitPage, Passage, Query, Total
from shared.domain.search.reranking import Reranked, batch_size, reordered, widened
from shared.domain.search.snippets.near_words import NearWords
from shared.ports.meters import ApiMeter
from shared.services.search.reranking import Reranking
from tests.support import chat_answers, rerank_server
from tests.support.chat_answers import likely
from tests.support.collections import named
from tests.support.rerank_server import Answer, Body, RerankServer

NOW = datetime(2026, 11, 28, tzinfo=UTC)

pytestmark = pytest.mark.anyio

QUERY = Query("ink", None, by_words=True, limit=10)


class Outcomes(ApiMeter):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def search_reranked(self, outcome: str) -> None:
        self.seen.append(outcome)


def hit(number: int) -> Hit:
    ranked = Ranked(number, 1.0, word_score=1.0, text_rank=number)
    passage = Passage(f"ink {number}", "english", is_start=True, is_end=True)
    return Hit(
        DocumentRef(named("c"), str(number)), None, {}, "ready", 1, NOW, ranked, passage, None
    )


def page(hits: int) -> HitPage:
    return HitPage([hit(number) for number in range(hits)], Total(hits, is_exact=True))


def numbers(found: HitPage) -> list[int]:
    return [int(each.ref.id) for each in found.hits]


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with rerank_server.running() as server:
        yield server


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()


def settings(server: RerankServer, seconds: float) -> Settings:
    return Settings(_env_file=None, rerank_url=server.url, rerank_seconds=seconds)  # type: ignore[call-arg]


class Hanging:
    """Answers the first requests, and then no more."""

    def __init__(
        self,
        server: RerankServer,
        answered: int,
        behave: Callable[[Body], Answer] | None = None,
    ) -> None:
        self._server = server
        self._answered = answered
        self._behave = behave or by_number

    def __call__(self, body: Body) -> Answer:
        if len(self._server.bodies) > self._answered:
            return self._server.hang(body)
        return self._behave(body)


def by_number(body: Body) -> Answer:
    scores = [float(text.removeprefix("ink ")) for text in body["documents"]]
    return 200, {"results": [{"index": i, "relevance_score": s} for i, s in enumerate(scores)]}


async def rerank(server: RerankServer, outcomes: Outcomes, seconds: float) -> Any:  # noqa: ANN401
    client = HttpReranker(settings(server, seconds))
    try:
        found = page(20)
        return await Reranking(client, seconds, outcomes).rerank(QUERY, found, NearWords(found))
    finally:
        await client.close()


async def test_all_hits_are_scored_within_the_budget(
    server: RerankServer, outcomes: Outcomes
) -> None:
    server.behave = by_number
    found, reranked = await rerank(server, outcomes, seconds=30)
    assert numbers(found) == list(range(19, 9, -1))
    assert reranked == Reranked(20, 20)
    assert [len(body["documents"]) for body in server.bodies] == [4, 16]
    assert outcomes.seen == ["complete"]


async def test_what_was_scored_by_the_end_of_the_budget_counts(
    server: RerankServer, outcomes: Outcomes
) -> None:
    server.behave = Hanging(server, answered=1)
    found, reranked = await rerank(server, outcomes, seconds=1)
    assert numbers(found) == [3, 2, 1, 0, *range(4, 10)]
    assert reranked == Reranked(4, 20, RerankFailure.TIMEOUT)
    assert outcomes.seen == ["partial"]


def yes_by_number(body: Body) -> Answer:
    if not body["messages"]:
        return chat_answers.by_overlap(body)
    _, passage = chat_answers.question(body)
    return likely(("yes", float(passage.removeprefix("ink ")) - 30), ("no", -1.0))


async def chat_rerank(server: RerankServer, outcomes: Outcomes, seconds: float) -> Any:  # noqa: ANN401
    host = chat_answers.host(server)
    chosen = {"ollama_query_host": host, "rerank_chat_model": "chat", "rerank_url": ""}
    client = OllamaChatReranker(settings(server, seconds).model_copy(update=chosen))
    try:
        found = page(20)
        return await Reranking(client, seconds, outcomes).rerank(QUERY, found, NearWords(found))
    finally:
        await client.close()


async def test_a_chat_model_scores_the_best_ten_one_by_one(
    server: RerankServer, outcomes: Outcomes
) -> None:
    server.behave = yes_by_number
    found, reranked = await chat_rerank(server, outcomes, seconds=30)
    assert numbers(found) == list(range(9, -1, -1))
    assert reranked == Reranked(10, 10)
    assert [chat_answers.question(body)[1] for body in server.bodies] == [
        f"ink {number}" for number in range(10)
    ]


async def test_each_score_of_a_slow_chat_model_counts(
    server: RerankServer, outcomes: Outcomes
) -> None:
    server.behave = Hanging(server, answered=3, behave=yes_by_number)
    found, reranked = await chat_rerank(server, outcomes, seconds=1)
    assert numbers(found) == [2, 1, 0, *range(3, 10)]
    assert reranked == Reranked(3, 10, RerankFailure.TIMEOUT)
    assert outcomes.seen == ["partial"]


async def test_only_the_first_search_of_an_outage_waits(
    server: RerankServer, outcomes: Outcomes
) -> None:
    server.behave = server.hang
    client = HttpReranker(settings(server, 0.1))
    reranking = Reranking(client, 0.1, outcomes)
    for _ in range(2):
        found, reranked = await reranking.rerank(QUERY, page(20), NearWords(page(20)))
        assert numbers(found) == list(range(10))
        assert reranked == Reranked(0, 20, RerankFailure.TIMEOUT)
    assert len(server.bodies) == 1
    assert outcomes.seen == ["timeout"]
    await client.close()


def test_without_a_reranker_the_setting_is_named(outcomes: Outcomes) -> None:
    with pytest.raises(
        InvalidInput, match="rerank: needs a reranker; set RERANK_URL or RERANK_CHAT_MODEL"
    ):
        Reranking(None, 1, outcomes).require()


def test_batches_fit_the_time_that_is_left() -> None:
    assert batch_size(0, 0, 2) == 4
    assert batch_size(0.04, 4, 1.96) == 98
    assert batch_size(0.79, 4, 1.2) == 3
    assert batch_size(1.9, 4, 0.1) == 1


def test_a_query_is_widened_only_to_rerank_what_its_page_needs() -> None:
    assert (widened(QUERY, 20).offset, widened(QUERY, 20).limit) == (0, 20)
    deep = Query("ink", None, by_words=True, limit=10, offset=15)
    assert (widened(deep, 20).offset, widened(deep, 20).limit) == (0, 25)
    behind = Query("ink", None, by_words=True, limit=10, offset=20)
    assert widened(behind, 20) is behind


def test_hits_of_the_same_score_keep_their_order() -> None:
    hits = page(4).hits
    assert [each.ref.id for each in reordered(hits, [0.5, 0.9, 0.5])] == ["1", "0", "2", "3"]
