import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support import model_faults as faults
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.server_processes import Process, Redis
from tests.support.system import System
from tests.support.system_fixtures import StartSystem

CANARY = "canary7f3a"
PASSWORD = "pa55word9c1e"
CELERY_SHUTDOWN = {"", "worker: Warm shutdown (MainProcess)"}


def lines(process: Process) -> list[dict[str, Any]]:
    """Parse the log of a process; each line must be a JSON object.

    Only Celery's last message, which goes to standard output, is none.
    """
    log = process.log.read_text().splitlines()
    return [json.loads(line) for line in log if line not in CELERY_SHUTDOWN]


def events(process: Process, name: str, **fields: object) -> list[dict[str, Any]]:
    wanted = {"event": name, **fields}.items()
    return [line for line in lines(process) if wanted <= line.items()]


def until_logged(process: Process, name: str) -> None:
    eventually(lambda: bool(events(process, name)), f"{process.name}: {name}", 30, process.log)


@contextmanager
def monitored(broker: Redis) -> Iterator[list[str]]:
    """Record every command that the broker receives."""
    commands: list[str] = []
    url = urlsplit(broker.url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(f"AUTH {url.password}\r\nMONITOR\r\n".encode())
        output = connection.makefile(errors="replace")

        def listen() -> None:
            commands.extend(output)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield commands
        finally:
            connection.shutdown(socket.SHUT_RDWR)
            thread.join()


def until_a_task_failed(system: System) -> None:
    """Write again and again: the sweep may find a job before its message reaches the worker."""
    worker = system.workers[0]

    def write_until_logged() -> bool:
        system.put("six", f"{CANARY} {time.monotonic()}")
        return bool(events(worker, "task.failed"))

    eventually(write_until_logged, f"{worker.name}: task.failed", 60, worker.log)


def write_and_search_in_every_way(client: httpx.Client) -> None:
    """Send the canary in every place for a text, well-formed and malformed."""
    documents, text = "/v1/documents", f"{CANARY} text"
    client.post(documents, json={"id": "one", "title": CANARY, "content": text})
    client.post(documents, json={"id": "one", "content": text})
    client.put(f"{documents}/two", json={"content": text, "metadata": {"about": CANARY}})
    client.patch(f"{documents}/two", json={"content": f"{text} patched"})
    client.put(f"{documents}/two", json={"content": text}, headers={"if-match": '"99"'})
    client.put(f"{documents}/bad", json={"content": f"{CANARY}\0"})
    client.put(f"{documents}/bad", content=f'{{"content": "{CANARY}\\ud800"}}', headers=JSON)
    client.put(f"{documents}/bad", json={"content": [CANARY], CANARY: CANARY})
    client.put(f"{documents}/big", json={"content": CANARY * 200_000})
    client.put(f"{documents}/bad", content=f'{{"content": "{CANARY}', headers=JSON)
    client.put(f"{documents}/bad", json={"content": "a", "metadata": {CANARY: "x" * 100_000}})
    lines = [json.dumps({"id": "three", "content": text}), f"{CANARY} no json", "{}"]
    client.post(f"{documents}/bulk", content="\n".join(lines), headers=NDJSON)
    for mode in ("hybrid", "semantic", "text"):
        client.get("/v1/search", params={"q": CANARY, "mode": mode, "filter": f'{{"{CANARY}": 1}}'})
    client.get("/v1/search", params={"q": CANARY, "filter": CANARY})
    client.post("/v1/search", json={"q": CANARY, "mode": CANARY})
    client.get(f"/nowhere?q={CANARY}")


JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.mark.timeout(180)
def test_logs_messages_and_metrics_hold_no_text(
    start_system: StartSystem, broker: Redis, proxy: Proxy
) -> None:
    system = start_system(env={"INKDEX_LOG_LEVEL": "DEBUG"})
    client = system.client()
    with monitored(broker) as commands:
        write_and_search_in_every_way(client)
        proxy.fault = faults.only_with(CANARY, faults.status(400, f"can't read: {CANARY}"))
        system.put("rejected", f"{CANARY} rejected")
        eventually(lambda: system.get("rejected")["status"] == "failed", "it failed", 40)
        proxy.fault = faults.only_embed(faults.status(500, f"broke on: {CANARY}"))
        client.get("/v1/search", params={"q": f"another {CANARY}"})
        system.put("late", f"{CANARY} late")
        system.until_paused()
        proxy.heal()
        eventually(lambda: system.get("late")["status"] == "ready", "it is ready", 40)
        with system.database.connect() as database:
            database.execute("ALTER TABLE events RENAME TO elsewhere")
        assert client.put("/v1/documents/five", json={"content": CANARY}).status_code == 500
        with system.database.connect() as database:
            database.execute("ALTER TABLE elsewhere RENAME TO events")
            database.execute("ALTER TABLE chunks RENAME TO elsewhere")
        until_a_task_failed(system)
        metrics = client.get("/metrics").text
    assert any("inkdex.embed_documents" in each for each in commands)
    assert not [each for each in commands if CANARY in each]
    assert CANARY not in metrics
    for process in (*system.apis, *system.workers):
        assert lines(process)
        assert [line for line in process.log.read_text().splitlines() if CANARY in line] == []


def test_the_request_id_of_a_write_reaches_its_task(start_system: StartSystem) -> None:
    system = start_system(env={"INKDEX_SWEEP_INTERVAL_SECONDS": "60"})
    headers = {"x-request-id": "my-id.1"}

    def batches() -> list[dict[str, Any]]:
        return events(system.workers[0], "batch.done", request_id="my-id.1")

    def write_until_logged() -> bool:
        """Write again: a worker that has just started may find the job before its message."""
        text = {"content": f"text of {time.monotonic()}"}
        answer = system.client().put("/v1/documents/followed", json=text, headers=headers)
        assert answer.headers["x-request-id"] == "my-id.1"
        assert system.get("followed", wait=20)["status"] == "ready"
        return bool(batches())

    eventually(write_until_logged, "a batch of this request", 30, system.workers[0].log)
    request, *_ = events(system.apis[0], "http.request", request_id="my-id.1")
    assert request["method"] == "PUT"
    assert request["route"] == "/v1/documents/{id}"
    assert request["status"] == 201
    assert batches()[0]["task_id"]


def test_invalid_request_ids_are_replaced(api: str) -> None:
    seen = set()
    for given in ("", "a b", "x" * 65, "<script>", "a\tb"):
        answer = httpx.get(f"{api}/v1/stats", headers={"x-request-id": given}, trust_env=False)
        id_ = answer.headers["x-request-id"]
        assert id_ != given
        assert len(id_) == 32
        seen.add(id_)
    assert len(seen) == 5


def test_every_line_is_an_event_with_a_constant_name(start_system: StartSystem) -> None:
    system = start_system()
    system.put_all({"one": "a text"})
    assert system.get("one", wait=20)["status"] == "ready"
    system.client().get("/livez")
    for process in (*system.apis, *system.workers):
        process.terminate()
        for line in lines(process):
            assert {"event", "level", "timestamp"} <= line.keys(), line
            assert (line["event"] == "library") == ("logger" in line), line
            assert line["event"].replace(".", "").replace("_", "").isalpha(), line
    paths = [line["path"] for line in events(system.apis[0], "http.request")]
    assert "/v1/documents/one" in paths
    assert not {"/livez", "/readyz"} & set(paths)


def test_no_secret_is_logged(start_system: StartSystem, database_url: str) -> None:
    password = urlsplit(database_url).password or ""
    no_database = {"DATABASE_URL": database_url.replace(password, PASSWORD)}
    no_broker = {"REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:9/0"}
    system = start_system(env={"INKDEX_LOG_LEVEL": "DEBUG"})
    processes = [
        system.add_api(env=no_broker),
        system.add_api(env=no_database),
        system.add_worker(env=no_broker),
        system.add_worker(env=no_database),
    ]
    system.until_answering()
    system.client(1).put("/v1/documents/one", json={"content": "a text"})
    assert system.client(2).get("/v1/stats").status_code == 503
    for process, event in zip(
        processes, ("broker.unreachable", "library", "library", "loop.failed"), strict=True
    ):
        until_logged(process, event)
        assert PASSWORD not in process.log.read_text()
