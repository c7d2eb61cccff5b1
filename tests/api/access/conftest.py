"""Two APIs with a worker and a key of the settings, and a client for each key that a test makes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import ports
from shared.domain.access.keys import new_key
from tests.support import chat_server, loopback
from tests.support.chat_server import ChatServer, said
from tests.support.databases import create_database
from tests.support.processes import answers, api_and_worker, eventually, process

ADMIN_KEY = new_key().text
Key = dict[str, Any]


@dataclass(frozen=True)
class Apis:
    """Two APIs on one database."""

    urls: tuple[str, str]
    database_url: str
    log: Path
    """What the second API has logged."""


@pytest.fixture(scope="session")
def slow_chat() -> Iterator[ChatServer]:
    """A chat model that would write its answer for a minute."""
    with chat_server.running() as server:
        server.answer = lambda _: said("drying " * 600)
        server.seconds_a_record = 0.1
        yield server


@pytest.fixture(scope="session")
def apis(
    postgres_url: str,
    template: str,
    redis_url: str,
    ollama_url: str,
    slow_chat: ChatServer,
    servers_dir: Path,
) -> Iterator[Apis]:
    folder = servers_dir / "keyed"
    folder.mkdir()
    port = ports.free_port()
    env = {
        "DATABASE_URL": create_database(postgres_url, "inkdex_keyed", template),
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_API_PROCESSES": "1",
        "INKDEX_WORKER_METRICS_PORT": "0",
        "INKDEX_ADMIN_KEY": ADMIN_KEY,
        "OLLAMA_CHAT_HOST": slow_chat.url,
        "CHAT_MODEL": "chat",
    }
    with ExitStack() as stack:
        first = stack.enter_context(api_and_worker(env, folder))
        log = folder / "second.log"
        stack.enter_context(process(["-m", "api"], log, {**env, "API_PORT": str(port)}))
        second = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{second}/readyz"), "the second API is ready", log=log)
        yield Apis((first, second), env["DATABASE_URL"], log)


@pytest.fixture
def connect(apis: Apis) -> Iterator[Callable[..., httpx.Client]]:
    """Return a function that makes a client with a key, of the first or the second API."""
    with ExitStack() as stack:

        def connect(key: str | None, api: int = 0) -> httpx.Client:
            client = stack.enter_context(loopback.client(apis.urls[api]))
            if key is not None:
                client.headers["Authorization"] = f"Bearer {key}"
            return client

        yield connect


@pytest.fixture
def admin(connect: Callable[..., httpx.Client]) -> httpx.Client:
    return connect(ADMIN_KEY)


@pytest.fixture
def make_key(admin: httpx.Client) -> Callable[..., Key]:
    """Return a function that makes a key of all actions, or of those named."""

    def make_key(
        *actions: str,
        collections: tuple[str, ...] = ("*",),
        by: httpx.Client = admin,
        **fields: Any,  # noqa: ANN401 - any JSON
    ) -> Key:
        scopes = [{"actions": list(actions) or ["*"], "collections": list(collections)}]
        made = by.post("/v1/keys", json={"name": "a test", "scopes": scopes, **fields})
        assert made.status_code == 201, made.text
        key: Key = made.json()
        return key

    return make_key
