"""Webhooks: set, list, delete, deliver."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support import loopback
from tests.support import webhook_receiver as receivers
from tests.support.processes import eventually
from tests.support.server_processes import Process
from tests.support.system_fixtures import StartSystem
from tests.support.webhook_receiver import SECRET, Receiver, answer

HOOKS = "/v1/webhooks"
ELSEWHERE = "https://example.org/inkdex"


@pytest.fixture
def client(api: str) -> Iterator[httpx.Client]:
    with loopback.client(api) as client:
        yield client


def test_secret_is_shown_once(client: httpx.Client) -> None:
    created = client.put(f"{HOOKS}/once", json={"url": ELSEWHERE})
    assert created.status_code == 201
    secret = created.json()["secret"]
    assert secret.startswith("whsec_")
    again = client.put(f"{HOOKS}/once", json={"url": ELSEWHERE + "/moved"})
    assert again.status_code == 200
    for response in (again, client.get(f"{HOOKS}/once"), client.get(HOOKS)):
        assert secret not in response.text
    assert client.get(f"{HOOKS}/once").json()["url"] == ELSEWHERE + "/moved"
    replaced = client.put(f"{HOOKS}/once", json={"url": ELSEWHERE, "secret": SECRET})
    assert SECRET not in replaced.text


def test_webhook_is_listed_and_deleted(client: httpx.Client) -> None:
    client.put(f"{HOOKS}/a/b c", json={"url": ELSEWHERE}).raise_for_status()
    shown = next(it for it in client.get(HOOKS).json()["items"] if it["collection"] == "a/b c")
    assert shown["state"] == "active"
    assert (shown["waiting"], shown["failures"], shown["next_attempt_at"]) == (0, 0, None)
    assert client.delete(f"{HOOKS}/a/b c").status_code == 204
    assert client.delete(f"{HOOKS}/a/b c").status_code == 404
    assert client.get(f"{HOOKS}/a/b c").json()["type"] == "urn:inkdex:webhook-not-found"


def test_each_change_is_audited_without_the_path_of_the_url(client: httpx.Client) -> None:
    path = f"{HOOKS}/audited"
    for body in ({"url": f"{ELSEWHERE}?token=t0p"}, {"url": ELSEWHERE}):
        client.put(path, json=body).raise_for_status()
    client.put(path, json={"url": ELSEWHERE, "secret": SECRET}).raise_for_status()
    client.delete(path).raise_for_status()
    assert client.delete(path).status_code == 404
    entries = client.get("/v1/audit").json()["items"]
    done = [each for each in reversed(entries) if each["target"] == "audited"]
    assert [(each["action"], each["detail"]) for each in done] == [
        ("webhook.create", {"host": "example.org", "secret": "new"}),
        ("webhook.change", {"host": "example.org", "secret": "kept"}),
        ("webhook.change", {"host": "example.org", "secret": "new"}),
        ("webhook.delete", {}),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://127.0.0.1/"},
        {"url": "http://169.254.169.254/latest/meta-data"},
        {"url": "gopher://example.org"},
        {"url": "http://example.org/\0"},
        {"url": ELSEWHERE, "secret": "mine"},
        {"url": ELSEWHERE, "secret": "whsec_ä\0"},
        {"url": 1},
        {"url": ELSEWHERE, "unknown": 1},
        {},
    ],
)
def test_invalid_webhook_is_a_422(client: httpx.Client, body: dict[str, Any]) -> None:
    response = client.put(f"{HOOKS}/bad", json=body)
    assert response.status_code == 422, response.text
    assert response.json()["errors"]
    assert client.get(f"{HOOKS}/bad").status_code == 404


@pytest.mark.parametrize("collection", ["%00", "x" * 256])
def test_collection_name_is_validated(client: httpx.Client, collection: str) -> None:
    for send in (client.get, client.delete):
        assert send(f"{HOOKS}/{collection}").status_code in {404, 422, 405}
    assert client.put(f"{HOOKS}/%00", json={"url": ELSEWHERE}).status_code == 422


def test_webhook_receives_the_end_of_an_import(start_system: StartSystem) -> None:
    with receivers.running() as receiver:
        system = start_system(env={"INKDEX_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"})
        client = system.client()
        client.put(f"{HOOKS}/default", json={"url": receiver.url}).raise_for_status()
        body = [{"id": "a", "content": "ink"}, {"id": "b", "content": "paper"}]
        id_ = client.post("/v1/documents/bulk", json=body).json()["import"]
        eventually(lambda: "import.ended" in types(receiver), "its end is told", 40)
        shown = json.loads(receiver.messages[-1].body)["data"]["import"]
    assert set(receiver.received()) == {("a", "ready"), ("b", "ready")}
    assert (shown["id"], shown["state"], shown["ready"]) == (id_, "done", 2)


def test_webhook_receives_one_end_of_a_folder_of_files(start_system: StartSystem) -> None:
    with receivers.running() as receiver:
        system = start_system(env={"INKDEX_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"})
        client, id_ = system.client(), str(uuid4())
        client.put(f"{HOOKS}/default", json={"url": receiver.url}).raise_for_status()
        for n in range(12):
            file = {"file": (f"{n}.txt", f"A file about ink, number {n}.".encode())}
            params: dict[str, str | int] = {"import": id_, "wait": 30}
            client.post("/v1/files", params=params, files=file).raise_for_status()
            assert client.get(f"/v1/imports/{id_}").json()["state"] == "receiving"
        eventually(lambda: "import.ended" in types(receiver), "its end is told", 40)
        (shown,) = ends(receiver)
    assert (shown["id"], shown["state"], shown["ready"]) == (id_, "done", 12)


def ends(receiver: Receiver) -> list[dict[str, Any]]:
    messages = [json.loads(message.body) for message in list(receiver.messages)]
    return [each["data"]["import"] for each in messages if each["type"] == "import.ended"]


def types(receiver: Receiver) -> list[str]:
    return [json.loads(message.body)["type"] for message in list(receiver.messages)]


def test_webhook_receives_statuses_though_a_worker_dies(
    start_system: StartSystem,
) -> None:
    with receivers.running() as receiver:
        system = start_system(env={"INKDEX_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"})
        client = system.client()
        body = {"url": receiver.url, "secret": SECRET}
        client.put(f"{HOOKS}/default", json=body).raise_for_status()
        system.put("one", "a text")
        until_received(receiver, ("one", "ready"))
        receiver.behave = answer(500)
        system.put("two", "another text")
        eventually(lambda: client.get(f"{HOOKS}/default").json()["failures"] > 0, "it fails", 20)
        shown = client.get(f"{HOOKS}/default").json()
        assert shown["state"] == "retrying"
        assert shown["result"] == "answered 500"
        assert shown["waiting"] >= 1
        system.workers[0].kill()
        receiver.behave = answer(204)
        worker = system.add_worker()
        client.put(f"{HOOKS}/default", json={"url": receiver.url}).raise_for_status()
        eventually(lambda: delivered(worker), "it is delivered", 60)
        assert ("two", "ready") in receiver.received()
        assert all(message.is_signed(SECRET) for message in receiver.messages)
        logs = worker.log.read_text() + system.workers[0].log.read_text()
    assert SECRET.removeprefix("whsec_") not in logs
    assert receiver.url not in logs
    assert not [m for m in receiver.messages if "text" in json.loads(m.body)["data"]]


def delivered(worker: Process) -> bool:
    return worker.log.exists() and '"webhook.delivered"' in worker.log.read_text()


def until_received(receiver: Receiver, *expected: tuple[str, str]) -> None:
    eventually(lambda: set(expected) <= set(receiver.received()), f"received {expected}", 40)
