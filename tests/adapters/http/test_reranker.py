"""The client of rerankers, against a real HTTP server."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from shared.adapters.http.reranker import HttpReranker
from shared.config import Settings
from shared.domain.model_errors import RerankerUnavailable
from shared.domain.reasons import RerankFailure
from tests.support import rerank_server
from tests.support.rerank_server import RerankServer

pytestmark = pytest.mark.anyio

TEXTS = ["ink dries", "the ink dries fast", "a wombat"]


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with rerank_server.running() as server:
        yield server


def settings(url: str, **more: Any) -> Settings:  # noqa: ANN401
    return Settings(_env_file=None, rerank_url=url, **more)  # type: ignore[call-arg]


async def scores(settings: Settings) -> list[float]:
    reranker = HttpReranker(settings)
    try:
        return list(await reranker.scores("ink dries fast", TEXTS))
    finally:
        await reranker.close()


async def test_scores_come_in_the_order_of_the_texts(server: RerankServer) -> None:
    asked = settings(server.url, rerank_model="m", rerank_api_key=SecretStr("secret"))
    assert await scores(asked) == [2, 3, 0]
    assert server.bodies == [{"model": "m", "query": "ink dries fast", "documents": TEXTS}]
    assert server.keys == ["Bearer secret"]


async def test_a_server_that_takes_texts_is_asked_in_its_shape_from_then_on(
    server: RerankServer,
) -> None:
    server.behave = rerank_server.texts
    reranker = HttpReranker(settings(server.url))
    for _ in range(2):
        assert await reranker.scores("ink dries fast", TEXTS) == [2, 3, 0]
    await reranker.close()
    assert [sorted(body) for body in server.bodies] == [
        ["documents", "query"],
        ["query", "texts", "truncate"],
        ["query", "texts", "truncate"],
    ]
    assert server.keys == [None, None, None]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        "no",
        {"results": [{"index": 0, "relevance_score": 1.0}] * 3},
        {"results": [{"index": n, "relevance_score": 1.0} for n in range(4)]},
        {"results": [{"index": n, "relevance_score": None} for n in range(3)]},
        {"results": [{"index": n, "relevance_score": float("nan")} for n in range(3)]},
    ],
)
async def test_an_answer_needs_a_score_for_each_text(server: RerankServer, answer: object) -> None:
    server.behave = lambda _: (200, answer)
    with pytest.raises(RerankerUnavailable) as raised:
        await scores(settings(server.url))
    assert raised.value.reason is RerankFailure.BAD_ANSWER


@pytest.mark.parametrize("status", [302, 401, 404, 422, 500])
async def test_another_status_is_a_server_error(server: RerankServer, status: int) -> None:
    server.behave = lambda _: (status, {})
    with pytest.raises(RerankerUnavailable) as raised:
        await scores(settings(server.url))
    assert raised.value.reason is RerankFailure.SERVER_ERROR


async def test_a_server_that_hangs_is_given_up(server: RerankServer) -> None:
    server.behave = server.hang
    with pytest.raises(RerankerUnavailable) as raised:
        await scores(settings(server.url, rerank_seconds=0.1))
    assert raised.value.reason is RerankFailure.TIMEOUT


async def test_a_server_that_is_gone_is_unreachable() -> None:
    with rerank_server.running() as gone:
        url = gone.url
    with pytest.raises(RerankerUnavailable) as raised:
        await scores(settings(url))
    assert raised.value.reason is RerankFailure.UNREACHABLE
