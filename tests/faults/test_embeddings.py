"""Embeddings for applications while clients leave, searches run and the model server fails."""

import threading
from collections.abc import Sequence

import httpx
import pytest

from tests.support import model_faults as p
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import System

MANY = [f"passage {number}" for number in range(400)]


def post(system: System, texts: Sequence[str], seconds: float = 60) -> httpx.Response:
    body = {"model": "all-minilm", "input": texts}
    return system.client().post("/v1/embeddings", json=body, timeout=seconds)


def embedded(proxy: Proxy) -> int:
    """Return how many of the passages the model server was asked for."""
    return sum("passage" in text for text in proxy.texts)


def until_served(system: System) -> None:
    """Wait until a worker knows the model."""
    eventually(lambda: post(system, ["text"]).status_code == 200, "texts are embedded", 30)


def test_a_client_that_leaves_ends_its_request(system: System, proxy: Proxy) -> None:
    until_served(system)
    proxy.fault = p.only_embed(p.slow(0.3))
    with pytest.raises(httpx.ReadTimeout):
        post(system, MANY, seconds=0.5)
    proxy.heal()
    post(system, ["after"]).raise_for_status()
    before = embedded(proxy)
    post(system, ["later"]).raise_for_status()
    post(system, ["at last"]).raise_for_status()
    assert embedded(proxy) == before < len(MANY)


def test_a_search_waits_for_no_more_than_a_short_call(system: System, proxy: Proxy) -> None:
    until_served(system)
    answers: list[int] = []
    proxy.fault = p.only_embed(p.slow(0.1))
    embedding = threading.Thread(
        target=lambda: answers.append(post(system, MANY).status_code), name="embedding"
    )
    embedding.start()
    eventually(lambda: embedded(proxy) > 0, "the first passages are embedded")
    eventually(lambda: not system.search("fast drying ink")["degraded"], "a query is embedded", 30)
    at_search = embedded(proxy)
    assert at_search < len(MANY)
    embedding.join(60)
    assert answers == [200]
    assert embedded(proxy) == len(MANY)


def test_an_outage_is_a_503_and_ends(system: System, proxy: Proxy) -> None:
    until_served(system)
    proxy.refuse()
    for _ in range(2):
        answer = post(system, ["text"])
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:inkdex:model-unavailable"
        assert answer.headers["Retry-After"]
    proxy.heal()
    until_served(system)
