"""Two installations: in one a tenant is alone, in the other it lives beside others with data."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from shared.domain.access.keys import new_key
from tests.support import chat_server, loopback, proxy
from tests.support.chat_server import ChatServer
from tests.support.databases import create_database
from tests.support.processes import api_and_worker, eventually
from tests.support.proxy import Proxy

ADMIN_KEY = new_key().text


_LOCK = "SELECT pg_advisory_lock(hashtext('inkdex text statistics'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('inkdex text statistics'))"
_REFRESHED = """
SELECT bool_and(EXISTS (
    SELECT FROM tenant_text_statistics s WHERE s.tenant = name AND s.changes = 0
        AND s.documents = (SELECT count(*) FROM documents WHERE tenant_of(collection) = name)))
FROM unnest(%s::text[]) AS name
"""


@dataclass
class World:
    """An API with a worker, a chat model, and a proxy that sees what is embedded."""

    url: str
    logs: Path
    chat: ChatServer
    model: Proxy
    database: psycopg.Connection[Any]
    """It keeps the worker from refreshing the statistics of words at different moments."""
    keys: dict[str, str] = field(default_factory=dict)
    clients: ExitStack = field(default_factory=ExitStack)

    def connect(self, secret: str | None) -> httpx.Client:
        client = self.clients.enter_context(loopback.client(self.url))
        if secret is not None:
            client.headers["Authorization"] = f"Bearer {secret}"
        return client

    @property
    def admin(self) -> httpx.Client:
        return self.connect(ADMIN_KEY)

    def add_tenant(self, name: str) -> None:
        """Create a tenant, unless it is there from the beginning, with a key for all it may do."""
        with loopback.client(self.url) as admin:
            admin.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
            if name != "default":
                _done(admin.post("/v1/tenants", json={"name": name}))
            scopes = [{"actions": ["*"], "collections": ["*"]}]
            body = {"name": "all", "scopes": scopes, "tenant": name}
            self.keys[name] = _done(admin.post("/v1/keys", json=body))["key"]

    def of(self, tenant: str) -> httpx.Client:
        return self.connect(self.keys[tenant])

    def refresh_statistics(self) -> None:
        """Let the worker refresh the statistics of words of all tenants, once."""
        self.database.execute(_UNLOCK)
        eventually(self._is_refreshed, "the statistics are those of all texts")
        self.database.execute(_LOCK)

    def _is_refreshed(self) -> bool:
        return self.database.execute(_REFRESHED, [list(self.keys)]).fetchone() == (True,)

    @property
    def log(self) -> str:
        return "".join(each.read_text() for each in sorted(self.logs.glob("*.log")))


def _done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made


@dataclass(frozen=True)
class Servers:
    """What installations are made on."""

    postgres_url: str
    template: str
    redis_url: str
    ollama_url: str
    folder: Path


@contextmanager
def running(servers: Servers, number: int, *tenants: str) -> Iterator[World]:
    """Run an installation with tenants, in a database and a Redis database of its own."""
    folder = servers.folder / f"apart-{number}"
    folder.mkdir()
    with (
        chat_server.running() as chat,
        proxy.running(servers.ollama_url) as model,
        ExitStack() as clients,
    ):
        url = create_database(servers.postgres_url, f"apart_{number}", servers.template)
        database = clients.enter_context(psycopg.connect(url, autocommit=True))
        database.execute(_LOCK)
        env = {
            "DATABASE_URL": url,
            "REDIS_URL": f"{servers.redis_url.rsplit('/', 1)[0]}/{number + 1}",
            "OLLAMA_HOST": model.url,
            "EMBEDDING_MODEL": "all-minilm",
            "INKDEX_API_PROCESSES": "1",
            "INKDEX_WORKER_METRICS_PORT": "0",
            "INKDEX_ADMIN_KEY": ADMIN_KEY,
            "OLLAMA_CHAT_HOST": chat.url,
            "CHAT_MODEL": "chat",
            "INKDEX_ANSWER_SEMANTIC_CACHE": "1",
            "INKDEX_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        with api_and_worker(env, folder) as api:
            world = World(api, folder, chat, model, database, clients=clients)
            for tenant in tenants:
                world.add_tenant(tenant)
            yield world
