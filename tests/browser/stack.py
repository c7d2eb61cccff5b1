"""The processes behind the page: an API, a worker, a broker and models that tests can break."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from local import ports
from tests.support import chat_server
from tests.support import proxy as proxies
from tests.support.chat_server import ChatServer
from tests.support.processes import answers, eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Process, Redis

SHORT_WAITS = {
    "EMBEDDING_MODEL": "all-minilm",
    "INKDEX_QUERY_EMBED_BUDGET_SECONDS": "5",
    "INKDEX_JOB_MAX_ATTEMPTS": "2",
    "INKDEX_JOB_RETRY_BASE_SECONDS": "0.1",
    "INKDEX_SWEEP_INTERVAL_SECONDS": "0.3",
    "INKDEX_SEARCH_P50_TARGET_MS": "60000",
    "INKDEX_SEARCH_P99_TARGET_MS": "60000",
    "INKDEX_FIRST_TOKEN_TARGET_MS": "60000",
}
"""Settings that shorten outages and retries, and do not depend on the speed of this machine."""

CALM_CHAT = {"status": 200, "seconds_a_record": 0.0, "models": (chat_server.MODEL,)}

PENDING = """
SELECT count(*) FROM documents d
WHERE NOT EXISTS (SELECT FROM embeddings e
                  WHERE e.document_key = d.key AND e.content_hash = d.content_hash)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.document_key = d.key AND j.failed_at IS NOT NULL)
"""


@dataclass
class Stack:
    """The processes, with shortcuts for tests to read and change data without the page."""

    url: str
    database_url: str
    api: Process
    broker: Redis
    proxy: Proxy
    chat: ChatServer

    def stats(self) -> dict[str, Any]:
        """Return the statistics of the API."""
        answer = httpx.get(f"{self.url}/v1/stats", timeout=10, trust_env=False)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def write(self, *documents: dict[str, Any], collection: str) -> None:
        """Import documents as another client of the API."""
        query = {"collection": collection}
        answer = httpx.post(
            f"{self.url}/v1/documents/bulk", params=query, json=documents, trust_env=False
        )
        assert answer.raise_for_status().json()["rejected"] == []

    def wait_until_embedded(self) -> None:
        """Return when no document is pending. Asks the database, as statistics lag a second."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            eventually(
                lambda: connection.execute(PENDING).fetchone() == (0,),
                "all documents are embedded",
                30,
            )

    def clear(self) -> None:
        """Delete all documents."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("TRUNCATE documents CASCADE")

    def repair(self) -> None:
        """Restart and reconnect everything that a test broke."""
        self.proxy.heal()
        vars(self.chat).update(CALM_CHAT)
        if not self.broker.alive:
            self.broker.start()
        if not self.api.alive:
            self.api.start()
        eventually(self.is_ready, "all components answer", log=self.api.log)

    def is_ready(self) -> bool:
        """Return whether every component answers."""
        if not answers(f"{self.url}/readyz"):
            return False
        components = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).json()
        return all(components[name]["ok"] for name in ("postgres", "redis", "ollama", "worker"))


@contextmanager
def running(folder: Path, database_url: str, ollama_url: str) -> Iterator[Stack]:
    """Start all processes. The model server is behind a proxy that can simulate faults."""
    port = ports.free_port()
    broker = Redis(folder)
    broker.start()
    with proxies.running(ollama_url) as proxy, chat_server.running() as chat:
        env = {
            **os.environ,
            **SHORT_WAITS,
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": database_url,
            "REDIS_URL": broker.url,
            "OLLAMA_HOST": proxy.url,
            "OLLAMA_CHAT_HOST": chat.url,
            "CHAT_MODEL": chat_server.MODEL,
            "API_PORT": str(port),
        }
        api = Process("api", [sys.executable, "-m", "api"], folder, env)
        worker = Process("worker", [sys.executable, "-m", "worker"], folder, env)
        try:
            api.start()
            worker.start()
            stack = Stack(f"http://127.0.0.1:{port}", database_url, api, broker, proxy, chat)
            stack.repair()
            yield stack
        finally:
            proxy.heal()
            for process in (api, worker, broker):
                process.stop()
