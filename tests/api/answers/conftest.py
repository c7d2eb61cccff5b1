"""An API whose chat model is a scripted server, with documents about ink."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest

from tests.support import chat_server, loopback
from tests.support.chat_server import ChatServer
from tests.support.databases import create_database
from tests.support.processes import api_and_worker

StartApi = Callable[..., AbstractContextManager[str]]
"""Runs an API with the given settings, and gives its URL."""

INK = (
    "Iron gall ink dries in three minutes on cotton paper. On coated paper it takes up to ten "
    "minutes.\n\nIt darkens within a day because iron oxidises."
)
DOCUMENTS = {
    "ink": INK,
    "oil": "Oil paint needs a week to dry. Linseed oil is the usual binder of such paint.",
    "invoice": "Invoice RE-2024-00173 of 12 March is about 40 bottles of sepia, 4.20 euros each.",
    "cat": "The office cat is called Minka. She sleeps on the printer and must not be fed tuna.",
}


@pytest.fixture(scope="session")
def scripted_chat() -> Iterator[ChatServer]:
    with chat_server.running() as server:
        yield server


@pytest.fixture(scope="session")
def start_api(
    postgres_url: str,
    template: str,
    redis_url: str,
    ollama_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> StartApi:
    """Return a function that runs an API and a worker on a database of their own."""

    @contextmanager
    def start(name: str, **settings: str) -> Iterator[str]:
        env = {
            "DATABASE_URL": create_database(postgres_url, f"inkdex_{name}", template),
            "REDIS_URL": redis_url,
            "OLLAMA_HOST": ollama_url,
            "EMBEDDING_MODEL": "all-minilm",
            "INKDEX_WORKER_METRICS_PORT": "0",
            "INKDEX_QUERY_EMBED_BUDGET_SECONDS": "20",
            **settings,
        }
        with api_and_worker(env, tmp_path_factory.mktemp(name)) as url:
            measure_similarities(url)
            yield url

    return start


@pytest.fixture(scope="session")
def answering_api(start_api: StartApi, scripted_chat: ChatServer) -> Iterator[str]:
    with start_api(
        "answers",
        OLLAMA_CHAT_HOST=scripted_chat.url,
        CHAT_MODEL="chat",
        INKDEX_CHAT_QUEUE_MAX="8",
        INKDEX_CHAT_CONTEXT_TOKENS="2048",
        INKDEX_CHAT_TOKEN_SECONDS="2",
    ) as url:
        yield url


def measure_similarities(url: str) -> None:
    """Have the API measure how similar texts are. Later, that would change sources in a test."""
    where = {"collection": "measured"}
    with loopback.client(url) as client:
        for n, content in enumerate([*DOCUMENTS.values(), "Trains are late.", "Tea is hot."]):
            client.put(f"/v1/documents/{n}", params=where, json={"content": content})
            client.get(f"/v1/documents/{n}", params={**where, "wait": 20})
        asked = {**where, "q": "tea", "mode": "semantic"}
        found = client.get("/v1/search", params=asked).raise_for_status().json()
        assert found["hits"][0]["relevance"]


@pytest.fixture
def chat(scripted_chat: ChatServer) -> ChatServer:
    """Return the server as if it were new."""
    fresh = ChatServer(scripted_chat.url)
    for name in vars(fresh):
        if name != "lock":
            setattr(scripted_chat, name, getattr(fresh, name))
    return scripted_chat


@pytest.fixture
def client(answering_api: str, chat: ChatServer) -> Iterator[httpx.Client]:  # noqa: ARG001
    with loopback.client(answering_api) as client:
        yield client


@pytest.fixture
def ink(put: Callable[..., object], collection: str) -> str:
    """Return a collection with documents."""
    for id_, content in DOCUMENTS.items():
        put(id_, content, title=id_.title())
    return collection
