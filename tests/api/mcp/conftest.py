"""An API with keys, a worker and a chat model, and real clients of the protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Tool

from shared.domain.access.keys import new_key
from tests.support import chat_server, loopback
from tests.support.chat_server import ChatServer, said
from tests.support.databases import create_database
from tests.support.processes import api_and_worker

ADMIN_KEY = new_key().text
T = TypeVar("T")
MODES = ("auto", "legacy")
"""Messages of 2026 are one request each. Older ones begin with a handshake."""


@dataclass(frozen=True)
class Agent:
    """A client of the protocol with a key."""

    url: str
    key: str | None
    mode: str = "auto"
    headers: dict[str, str] = field(default_factory=dict)

    def tools(self) -> dict[str, Tool]:
        listed = self.within(lambda client: client.list_tools())
        return {each.name: each for each in listed.tools}

    def call(self, tool: str, **arguments: Any) -> CallToolResult:  # noqa: ANN401 - JSON
        return self.within(lambda client: client.call_tool(tool, arguments))

    def answer(self, tool: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Return the structured content of a call, which must succeed."""
        result = self.call(tool, **arguments)
        assert not result.is_error, result.content
        return result.structured_content

    def error(self, tool: str, **arguments: Any) -> str:  # noqa: ANN401 - JSON
        """Return the text of a call, which must fail."""
        result = self.call(tool, **arguments)
        assert result.is_error
        (content,) = result.content
        assert content.type == "text"
        return content.text

    def refusal(self, tool: str, **arguments: Any) -> str:  # noqa: ANN401 - JSON
        """Return the message of a call that the protocol refuses."""

        async def refused(client: Client) -> str:
            with pytest.raises(MCPError) as caught:
                await client.call_tool(tool, arguments)
            return caught.value.error.message

        return self.within(refused)

    def within(self, work: Callable[[Client], Awaitable[T]]) -> T:
        async def connected() -> T:
            headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
            async with (
                httpx2.AsyncClient(
                    headers=headers | self.headers, timeout=60, trust_env=False
                ) as http,
                Client(
                    streamable_http_client(f"{self.url}/mcp", http_client=http), mode=self.mode
                ) as client,
            ):
                return await work(client)

        return asyncio.run(connected())


@pytest.fixture(scope="session")
def mcp_chat() -> Iterator[ChatServer]:
    with chat_server.running() as server:
        server.answer = lambda _: said("Iron gall ink dries in three minutes. [1]")
        yield server


@pytest.fixture(scope="session")
def mcp_log(servers_dir: Path) -> Path:
    folder = servers_dir / "mcp"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def keyed_api(
    postgres_url: str,
    template: str,
    redis_url: str,
    ollama_url: str,
    mcp_chat: ChatServer,
    mcp_log: Path,
) -> Iterator[str]:
    env = {
        "DATABASE_URL": create_database(postgres_url, "inkdex_mcp", template),
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_API_PROCESSES": "1",
        "INKDEX_WORKER_METRICS_PORT": "0",
        "INKDEX_ADMIN_KEY": ADMIN_KEY,
        "OLLAMA_CHAT_HOST": mcp_chat.url,
        "CHAT_MODEL": "chat",
    }
    with api_and_worker(env, mcp_log) as url:
        yield url


@pytest.fixture
def admin(keyed_api: str) -> Iterator[httpx.Client]:
    with loopback.client(keyed_api) as client:
        client.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
        yield client


@pytest.fixture(params=MODES, ids=str)
def agent(keyed_api: str, request: pytest.FixtureRequest) -> Callable[..., Agent]:
    """Return a function that makes an agent with a key: one that may do all, unless given."""

    def agent(key: str | None = ADMIN_KEY, **headers: str) -> Agent:
        return Agent(keyed_api, key, request.param, headers)

    return agent


@pytest.fixture
def make_key(admin: httpx.Client) -> Callable[..., str]:
    """Return a function that makes a key of some actions."""

    def make_key(
        *actions: str,
        collections: tuple[str, ...] = ("*",),
        **fields: Any,  # noqa: ANN401 - JSON
    ) -> str:
        scopes = [{"actions": list(actions), "collections": list(collections)}]
        made = admin.post("/v1/keys", json={"name": "a test", "scopes": scopes, **fields})
        assert made.status_code == 201, made.text
        key: str = made.json()["key"]
        return key

    return make_key


@pytest.fixture
def put(admin: httpx.Client, collection: str) -> Callable[..., None]:
    """Return a function that puts a document and waits until it is ready."""

    def put(id_: str, content: str, **body: Any) -> None:  # noqa: ANN401 - JSON
        where = {"collection": collection}
        path = f"/v1/documents/{id_}"
        admin.put(path, params=where, json={"content": content, **body}).raise_for_status()
        found = admin.get(path, params={**where, "wait": 30}).raise_for_status().json()
        assert found["status"] == "ready"

    return put
