"""Who reaches the protocol, and what hostile requests come to."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from shared.config import Settings
from tests.api.mcp.conftest import ADMIN_KEY, Agent
from tests.support import in_process, loopback
from tests.support.chat_server import ChatServer, said
from tests.support.processes import eventually

HEADERS = {
    "Authorization": f"Bearer {ADMIN_KEY}",
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def post(url: str, body: Any, **headers: str) -> httpx.Response:  # noqa: ANN401 - JSON
    with loopback.client(url) as client:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post("/mcp", content=content, headers=HEADERS | headers)


def kind(answer: httpx.Response | httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:inkdex:")


def test_a_message_is_answered_without_a_session(keyed_api: str) -> None:
    answer = post(keyed_api, LIST)
    assert answer.status_code == 200
    assert len(answer.json()["result"]["tools"]) == 6
    assert "mcp-session-id" not in answer.headers


def test_without_a_key_nothing_is_answered(keyed_api: str) -> None:
    assert kind(post(keyed_api, LIST, Authorization="")) == (401, "key-missing")
    assert kind(post(keyed_api, LIST, Authorization="Bearer ink_no_key")) == (401, "key-invalid")


def test_other_machines_need_a_key_before_there_is_one(settings: Settings) -> None:
    with in_process.client(settings, "192.0.2.7") as client:
        assert kind(client.post("/mcp", json=LIST)) == (403, "no-keys-yet")
    with in_process.client(settings) as client:
        headers = {"Accept": HEADERS["Accept"]}
        assert client.post("/mcp", json=LIST, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "evil.example"}, (421, "misdirected-request")),
        ({"Origin": "https://evil.example"}, (403, "cross-site")),
        ({"Origin": "null"}, (403, "cross-site")),
        ({"Origin": "http://localhost:1"}, (403, "cross-site")),
        ({"Content-Type": "text/plain"}, (415, "unsupported-media-type")),
    ],
    ids=["host", "origin", "null-origin", "other-port", "form"],
)
def test_foreign_hosts_and_origins_are_refused(
    keyed_api: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert kind(post(keyed_api, LIST, **headers)) == expected


def test_the_own_origin_is_served(keyed_api: str) -> None:
    assert post(keyed_api, LIST, Origin=keyed_api).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_session_to_listen_to_or_to_end(keyed_api: str, method: str) -> None:
    with loopback.client(keyed_api) as client:
        answer = client.request(method, "/mcp", headers=HEADERS)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "text": b"ink",
    "half": b'{"jsonrpc": "2.0", "id": 1',
    "number": b"7",
    "batch": json.dumps([LIST] * 100).encode(),
    "deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no-method": b'{"jsonrpc": "2.0", "id": 1}',
    "nan": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"a": NaN}}',
    "surrogate": b'{"jsonrpc": "2.0", "id": 1, "method": "\\ud800"}',
    "unknown": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/delete-all"}',
    "no-name": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}',
    "other-tool": b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x"}}',
    "listen": b'{"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {}}',
    "too-long": b'{"jsonrpc": "2.0", "id": 1, "method": "' + b"x" * 3_000_000 + b'"}',
}


@pytest.mark.parametrize("version", ["", "2025-06-18", "2026-07-28", "9999-99-99"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused(keyed_api: str, name: str, version: str) -> None:
    headers = {"MCP-Protocol-Version": version} if version else {}
    answer = post(keyed_api, HOSTILE[name], **headers)
    assert answer.status_code < 500, answer.text
    assert answer.status_code >= 400 or "error" in answer.json()
    assert len(answer.content) < 5000


def test_a_megabyte_of_text_is_stored(agent: Callable[..., Agent], collection: str) -> None:
    where = {"id": "large", "collection": collection}
    assert agent().answer("put_document", **where, content="ink " * 262_144)["created"] is True
    found = agent().answer("get_document", **where)
    assert (len(found["content"]), found["total_characters"]) == (20_000, 1_048_576)
    assert "1,048,576" in agent().error("put_document", **where, content="x" * 1_048_577)


def test_a_megabyte_where_none_is_expected_is_refused(agent: Callable[..., Agent]) -> None:
    error = agent().error("search", query="ink " * 262_144)
    assert error.startswith("query: ")
    assert len(error) < 500


def test_the_work_ends_when_the_client_leaves(
    keyed_api: str, mcp_chat: ChatServer, put: Callable[..., None], collection: str
) -> None:
    put("one", "Iron gall ink dries in three minutes on cotton paper.")
    before = mcp_chat.answer
    mcp_chat.answer, mcp_chat.seconds_a_record = lambda _: said("drying " * 600), 0.1
    question = {"question": "How long does iron gall ink take to dry?", "collection": collection}

    def running() -> int:
        with loopback.client(keyed_api) as client:
            client.headers["Authorization"] = f"Bearer {ADMIN_KEY}"
            count: int = client.get("/v1/ask/status").json()["running"]
            return count

    async def leave() -> None:
        agent = Agent(keyed_api, ADMIN_KEY)
        asking = asyncio.create_task(
            asyncio.to_thread(agent.within, lambda client: _until_running(client, question))
        )
        await asking

    async def _until_running(client: Any, arguments: dict[str, Any]) -> None:  # noqa: ANN401
        call = asyncio.create_task(client.call_tool("ask", arguments))
        deadline = time.monotonic() + 20
        while not await asyncio.to_thread(running):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        call.cancel()
        await asyncio.wait({call})

    try:
        asyncio.run(leave())
        eventually(lambda: running() == 0, "the answer is given up", 10)
    finally:
        mcp_chat.answer, mcp_chat.seconds_a_record = before, 0.0


def test_limits_of_a_tenant_hold(
    admin: httpx.Client, make_key: Callable[..., str], keyed_api: str
) -> None:
    admin.post("/v1/tenants", json={"name": "limited"})
    key = make_key("*", tenant="limited")
    quotas = {"quotas": {"documents": 1}}
    admin.patch("/v1/tenants/limited", json=quotas).raise_for_status()
    writer = Agent(keyed_api, key)
    writer.answer("put_document", id="a", content="one")

    def refused() -> bool:
        result = writer.call("put_document", id="b", content="two")
        return result.is_error and "quota" in str(result.content)

    eventually(refused, "the quota counts", 10)
    limits = {"limits": {"requests_per_minute": 1}, "quotas": {"documents": None}}
    admin.patch("/v1/tenants/limited", json=limits).raise_for_status()
    bearer = {"Authorization": f"Bearer {key}"}
    eventually(lambda: post(keyed_api, LIST, **bearer).status_code == 429, "the limit counts", 10)


def test_no_text_reaches_the_log(
    keyed_api: str, mcp_log: Path, agent: Callable[..., Agent]
) -> None:
    agent().error("search", query="zqsecretzq", limt=1)
    agent().answer("search", query="zqsecretzq")
    post(keyed_api, b'{"jsonrpc": "2.0", "id": 1, "method": "zqsecretzq"}')
    post(keyed_api, b'{"jsonrpc": "2.0", "id": {"zqsecretzq": 1}, "method": 7}')
    written = b"".join(each.read_bytes() for each in mcp_log.glob("*.log"))
    assert written
    assert b"zqsecretzq" not in written
