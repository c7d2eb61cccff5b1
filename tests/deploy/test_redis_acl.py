"""Redis with the ACL of docs/operations.md: what Inkdex, Celery and Flower need."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from pydantic import SecretStr

from local import ports
from shared.adapters.redis.health import RedisHealth
from shared.config import Settings
from shared.domain.errors import BrokerUnavailable
from tests.support import loopback
from tests.support.paths import ROOT
from tests.support.processes import api_and_worker, eventually, process
from tests.support.server_processes import Redis

DOCUMENTED = re.search(r"ACL SETUSER .*$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
LOGIN = ("inkdex", "pa55word")


def allow(broker: Redis, line: str) -> str:
    """Run an ACL line as the administrator; return the URL of its user."""
    with redis.Redis.from_url(broker.url) as admin:
        admin.execute_command(*line.split())
    return f"redis://inkdex:PASSWORD@{broker.url.partition('@')[2]}"


def documented() -> str:
    assert DOCUMENTED, "docs/operations.md has the ACL line"
    return DOCUMENTED[0]


def test_the_documented_rights_suffice(
    broker: Redis, database_url: str, ollama_url: str, tmp_path: Path
) -> None:
    port = ports.free_port()
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": allow(broker, documented()),
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "CHAT_MODEL": "none",
        "INKDEX_WORKER_METRICS_PORT": "0",
        "FLOWER_BASIC_AUTH": ":".join(LOGIN),
        "FLOWER_PORT": str(port),
    }
    with ExitStack() as running:
        log = tmp_path / "flower.log"
        running.enter_context(process(["-m", "worker.flower", "--address=127.0.0.1"], log, env))
        url = running.enter_context(api_and_worker(env, tmp_path))
        client = running.enter_context(loopback.client(url))
        assert client.get("/readyz").json()["redis"] == {
            "ok": True,
            "state": "works",
            "detail": "answers",
        }
        use_everything(client)
        eventually(lambda: len(workers(port)) == 1, "Flower sees the worker", log=log)
    assert refusals(broker) == []


def use_everything(client: httpx.Client) -> None:
    client.put("/v1/documents/a", json={"content": "How ink dries."}).raise_for_status()
    assert client.get("/v1/documents/a", params={"wait": 30}).json()["status"] == "ready"
    lines = "".join(f'{{"id": "b{n}", "content": "Line {n} of ink"}}\n' for n in range(50))
    headers = {"Content-Type": "application/x-ndjson"}
    client.post("/v1/documents/bulk", content=lines, headers=headers).raise_for_status()
    query: dict[str, str | int] = {"q": "drying ink", "cursor": "start", "limit": 1}
    found = client.get("/v1/search", params=query).raise_for_status().json()
    query["cursor"] = found["next_cursor"]
    client.get("/v1/search", params=query).raise_for_status()
    client.post("/v1/ask", json={"question": "How does ink dry?"}).raise_for_status()


def workers(port: int) -> dict[str, Any]:
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/workers",
            params={"refresh": "1"},
            auth=LOGIN,
            trust_env=False,
            timeout=20,
        )
    except httpx.TransportError:
        return {}
    found: dict[str, Any] = answer.json() if answer.is_success else {}
    return found


def refusals(broker: Redis) -> list[str]:
    with redis.Redis.from_url(broker.url, decode_responses=True) as admin:
        found = admin.execute_command("ACL", "LOG")
    return [f"{each['reason']}: {each['object']}" for each in found]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("~inkdex:*", "DEL or keys like inkdex:right"),
        ("~bulk*", "LTRIM or keys like bulk"),
        ("~unacked*", "HDEL or keys like unacked"),
        ("~*.celery.pidbox*", "keys like right.celery.pidbox"),
        ("+@scripting", "EVAL"),
        ("PASSWORD", "the user or the password"),
    ],
)
async def test_a_missing_right_is_named(broker: Redis, missing: str, named: str) -> None:
    url = allow(broker, documented().replace(missing, ""))
    health = RedisHealth(Settings(redis_url=SecretStr(url)))
    try:
        with pytest.raises(BrokerUnavailable, match=re.escape(named)):
            await health.check()
    finally:
        await health.close()
