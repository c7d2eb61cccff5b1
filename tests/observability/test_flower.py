import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flower.urls
import httpx
import pytest
import redis

from local import ports
from shared.domain.operations.security_headers import SECURITY_HEADERS
from tests.support.processes import eventually, process
from tests.support.server_processes import Redis
from tests.support.system_fixtures import StartSystem

LOGIN = ("inkdex", "pa55word")
OPEN = "/healthcheck"


def paths() -> list[str]:
    """Return a path for each route of Flower, and one without a route."""
    patterns = [getattr(each, "regex", None) or each[0] for each in flower.urls.handlers]
    raw = [getattr(each, "pattern", each) for each in patterns]
    plain = [str(each).rstrip("$").replace("/?", "") for each in raw]
    filled = [each.replace("(.+)", "x").replace("(.*)", "x") for each in plain]
    return sorted({each.replace(".*", "/y") for each in filled})


@pytest.fixture
def flower_url(broker: Redis, tmp_path: Path) -> Iterator[str]:
    port, log = ports.free_port(), tmp_path / "flower.log"
    env = {"REDIS_URL": broker.url, "FLOWER_BASIC_AUTH": ":".join(LOGIN), "FLOWER_PORT": str(port)}
    with process(["-m", "worker.flower", "--address=127.0.0.1"], log, env):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: serves(url), "Flower serves", log=log)
        yield url


def serves(url: str) -> bool:
    try:
        return httpx.get(url + OPEN, trust_env=False).text == "OK"
    except httpx.TransportError:
        return False


def test_flower_requires_the_password_for_every_path(flower_url: str) -> None:
    assert {"/", "/metrics", "/tasks", "/api/tasks", "/static/x", "/login", "/y"} <= set(paths())
    with httpx.Client(base_url=flower_url, trust_env=False) as client:
        for path in set(paths()) - {OPEN}:
            for login in (None, ("inkdex", "wrong"), ("", "")):
                answer = client.get(path, auth=login)
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"].startswith("Basic")
            for method in ("POST", "OPTIONS", "HEAD", "DELETE"):
                assert client.request(method, path).status_code == 401, (method, path)
        for path in ("/", "/tasks", "/metrics", "/static/css/flower.css"):
            assert client.get(path, auth=LOGIN).status_code == 200, path


EVIL = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
CONTROL = "/api/worker/shutdown/x"


def test_only_own_pages_reach_flower(flower_url: str) -> None:
    with httpx.Client(base_url=flower_url, auth=LOGIN, trust_env=False) as client:
        for path in {*paths(), OPEN}:
            assert client.get(path, headers={"Host": "evil.example"}).status_code == 421, path
            answer = client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403, path
        for headers in (EVIL, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "GET"):
                assert client.request(method, CONTROL, headers=headers).status_code == 403
        link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert client.get("/", headers={**link, "Sec-Fetch-Site": "same-site"}).status_code == 200
        own = {"Sec-Fetch-Site": "same-origin", "Origin": flower_url}
        assert client.get("/api/tasks", headers=own).status_code == 200


def test_flower_allows_no_frame(flower_url: str) -> None:
    with httpx.Client(base_url=flower_url, trust_env=False) as client:
        for path in ("/", OPEN, "/static/css/flower.css", "/y", "/metrics"):
            for login in (LOGIN, None):
                answer = client.get(path, auth=login)
                for name, value in SECURITY_HEADERS.items():
                    assert answer.headers[name] == value, (path, name)


def test_the_broker_page_shows_the_queues(flower_url: str, broker: Redis) -> None:
    with redis.Redis.from_url(broker.url) as queues:
        queues.lpush("bulk", *["x"] * 12_345)
    page = httpx.get(f"{flower_url}/broker", auth=LOGIN, trust_env=False)
    assert page.status_code == 200
    assert "interactive" in page.text
    assert "12345" in page.text
    assert str(broker.broker.port) in page.text
    assert broker.broker._password() not in page.text


def test_flower_does_not_start_without_a_password(broker: Redis, tmp_path: Path) -> None:
    log = tmp_path / "open.log"
    env = {"REDIS_URL": broker.url, "FLOWER_BASIC_AUTH": ""}
    argv = ["-m", "worker.flower", f"--port={ports.free_port()}"]
    with process(argv, log, env) as open_:
        assert open_.wait(60) != 0
    assert "FLOWER_BASIC_AUTH" in log.read_text()


def test_a_task_shows_its_documents_by_id(start_system: StartSystem, flower_url: str) -> None:
    system = start_system(env={"INKDEX_SWEEP_INTERVAL_SECONDS": "60"})
    with httpx.Client(base_url=flower_url, auth=LOGIN, trust_env=False) as client:
        seen = 'flower_worker_online{worker="'
        eventually(lambda: seen in client.get("/metrics").text, "Flower shows the worker", 30)
        system.put("shown", "canary7f3a of a text")
        assert system.get("shown", wait=20)["status"] == "ready"

        def tasks(field: str) -> list[dict[str, Any]]:
            """Return the tasks that have the document's id in this field."""
            known = client.get("/api/tasks").json().values()
            return [task for task in known if "'shown'" in str(task[field])]

        # A task that the start of the worker sent may have embedded the document.
        eventually(lambda: bool(tasks("args") and tasks("result")), "Flower shows the tasks", 20)
        sent, done = tasks("args")[0], tasks("result")[0]
        pages = [client.get(f"/task/{task['uuid']}").text for task in (sent, done)]
    assert sent["name"] == done["name"] == "inkdex.embed_documents"
    assert sent["args"] == "[['shown'], 'interactive']"
    assert sent["kwargs"] == "{}"
    assert "'ready': ['shown']" in done["result"]
    assert "canary7f3a" not in json.dumps([sent, done, pages])
