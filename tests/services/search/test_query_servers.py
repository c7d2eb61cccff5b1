"""Queries on several model servers: the quickest answers, and a bad one is left out."""

import asyncio
import time
from dataclasses import replace

import pytest

from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.ports.model import QueryEmbedder
from shared.services.operations.server_health import AnyServer
from shared.services.search.query_servers import QueryServers
from tests.services.search.test_query_embeddings import MODEL, VECTOR, FakeQueryEmbedder

pytestmark = pytest.mark.anyio

DOWN = ModelUnavailable(UnavailableReason.UNREACHABLE, "No connection.")
TOO_LONG = TextRejected(RejectionCode.TOO_LONG, "It is too long.")


def answering(**attributes: object) -> FakeQueryEmbedder:
    embedder = FakeQueryEmbedder(**attributes)  # type: ignore[arg-type]
    embedder.answering.set()
    return embedder


async def test_the_quickest_server_is_asked() -> None:
    slow, quick = answering(), answering()
    servers = QueryServers([slow, quick])
    servers._servers[0].pace.record(0.3)
    for n in range(5):
        assert await servers.embed(MODEL, f"query {n}") == VECTOR
    assert slow.texts == []
    assert len(quick.texts) == 5


async def test_another_server_is_asked_when_one_is_dead() -> None:
    dead, living = answering(fault=DOWN), answering()
    servers = QueryServers([dead, living])
    for n in range(5):
        assert await servers.embed(MODEL, f"query {n}") == VECTOR
    assert dead.texts == ["query 0"]


async def test_another_server_is_asked_when_one_is_late() -> None:
    hanging, living = FakeQueryEmbedder(), answering()
    servers = QueryServers([hanging, living])
    started = time.monotonic()
    assert await servers.embed(MODEL, "a query") == VECTOR
    assert time.monotonic() - started < 2
    assert await servers.embed(MODEL, "the next one") == VECTOR
    assert hanging.texts == ["a query"]


async def test_a_slow_server_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = answering(), answering()
    servers = QueryServers([first, second])
    servers._servers[0].pace.record(60)
    servers._servers[1].pace.record(0.1)
    await servers.embed(MODEL, "soon")
    later = time.monotonic() + 600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    servers._servers[1].pace.record(0.1)
    await servers.embed(MODEL, "later")
    assert (first.texts, second.texts) == (["later"], ["soon"])


async def test_a_server_with_other_weights_embeds_no_query() -> None:
    wrong, right = answering(weights="others", vector=[-0.5, 0.25]), answering()
    servers = QueryServers([wrong, right])
    servers._servers[1].pace.record(0.3)
    for n in range(3):
        assert await servers.embed(MODEL, f"query {n}") == VECTOR
    assert not any("query" in text for text in wrong.texts)


async def test_a_vector_of_a_model_that_was_just_replaced_is_not_used() -> None:
    replaced, right = answering(), answering()
    servers = QueryServers([replaced, right])
    servers._servers[1].pace.record(0.3)
    assert await servers.embed(MODEL, "a query") == VECTOR
    replaced.weights, replaced.vector = "others", [-0.5, 0.25]
    assert await servers.embed(MODEL, "the next one") == VECTOR
    assert right.texts == ["the next one"]
    with pytest.raises(ModelUnavailable, match="replaced"):
        await QueryServers([replaced]).call(replace(MODEL, digest="others"), _replacing)


async def _replacing(embedder: QueryEmbedder) -> Vector:
    """The model is replaced while a text is embedded."""
    assert isinstance(embedder, FakeQueryEmbedder)
    embedder.weights = "weights"
    return await _embedded(embedder)


async def test_the_error_is_that_of_a_server_if_all_fail() -> None:
    servers = QueryServers([answering(fault=DOWN), answering(fault=DOWN)])
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="No connection"):
            await servers.embed(MODEL, "a query")


async def test_a_text_that_the_model_rejects_is_sent_once() -> None:
    first, second = answering(fault=TOO_LONG), answering(fault=TOO_LONG)
    with pytest.raises(TextRejected):
        await QueryServers([first, second]).embed(MODEL, "a query")
    assert len(first.texts + second.texts) == 1


async def test_texts_are_embedded_by_a_server_that_works() -> None:
    dead, living = answering(fault=DOWN), answering()
    servers = QueryServers([dead, living])
    await servers.embed(MODEL, "a query")
    dead.vector = living.vector = [0.5, 0.25]
    assert await servers.call(MODEL, lambda each: each.digest("m")) == "weights"
    assert await servers.call(MODEL, _itself) is living
    fresh = QueryServers([dead, living])
    assert await fresh.call(MODEL, _embedded) == VECTOR


async def _itself(embedder: QueryEmbedder) -> QueryEmbedder:
    return embedder


async def _embedded(embedder: QueryEmbedder) -> Vector:
    return await embedder.embed_query("m", "a text")


async def test_an_answer_counts_although_another_server_fails_at_the_same_time() -> None:
    for _ in range(5):
        failing, answering_ = FakeQueryEmbedder(fault=DOWN), FakeQueryEmbedder()
        servers = QueryServers([failing, answering_])
        asked = asyncio.create_task(servers.embed(MODEL, "a query"))
        await asyncio.sleep(0.6)  # the first one is late
        assert failing.texts
        assert answering_.texts
        failing.answering.set()
        answering_.answering.set()
        assert await asked == VECTOR


async def test_a_server_that_rejects_what_another_accepts_is_left_out() -> None:
    broken, living = answering(vector=[float("nan"), 0.0]), answering()
    servers = QueryServers([broken, living])
    for n in range(4):
        assert await servers.embed(MODEL, f"query {n}") == VECTOR
    assert broken.texts == ["query 0"]


async def test_a_slow_server_is_late_within_the_budget_of_a_search() -> None:
    hanging, living = FakeQueryEmbedder(), answering()
    servers = QueryServers([hanging, living])
    for each in servers._servers:
        each.pace.record(10)
    servers._servers[1].pace.record(20)
    started = time.monotonic()
    assert await servers.embed(MODEL, "a query") == VECTOR
    assert time.monotonic() - started < 2


class Health:
    def __init__(self, error: Exception | None = None, seconds: float = 0) -> None:
        self._error = error
        self._seconds = seconds

    async def check(self) -> None:
        await asyncio.sleep(self._seconds)
        if self._error:
            raise self._error


async def test_the_servers_are_well_if_one_answers() -> None:
    started = time.monotonic()
    await AnyServer([Health(DOWN), Health(seconds=60), Health(seconds=0.01)]).check()
    assert time.monotonic() - started < 30
    with pytest.raises(ModelUnavailable):
        await AnyServer([Health(DOWN), Health(DOWN)]).check()


async def test_a_server_in_a_pause_is_asked_if_no_other_answers() -> None:
    first, second = answering(fault=DOWN), answering()
    servers = QueryServers([first, second])
    assert await servers.embed(MODEL, "before") == VECTOR
    first.fault, second.fault = None, DOWN
    assert await servers.embed(MODEL, "after") == VECTOR


async def test_a_long_text_of_an_application_pauses_no_server() -> None:
    late = ModelUnavailable(UnavailableReason.TIMEOUT, "Too late.")
    first, second = answering(fault=late), answering(fault=late)
    servers = QueryServers([first, second])
    with pytest.raises(ModelUnavailable):
        await servers.call(MODEL, _embedded)
    assert all(each.breakers[MODEL.id].closed for each in servers._servers)
