"""An import has a handle from its first line to the last document that is ready."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.imports.handles import NDJSON, URL, counted, counts, ended, line, rejected, show
from tests.support import model_faults as faults
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import System


def test_a_client_watches_its_import_from_the_first_line_until_all_is_ready(
    client: httpx.Client, collection: str
) -> None:
    id_, seen = str(uuid4()), []

    def body() -> Iterator[bytes]:
        yield b"".join(line(f"d{n}", f"a line about ink {n}") for n in range(200))
        eventually(lambda: counted(client, id_, "accepted") == 200, "a batch is counted")
        seen.append(show(client, id_))
        yield b"no document\n" + line("last", "the last line about ink")

    params = {"collection": collection, "import": id_}
    answer = client.post(URL, params=params, content=body(), headers=NDJSON)
    assert (answer.json()["import"], answer.headers["Inkdex-Import"]) == (id_, id_)
    assert (seen[0]["state"], seen[0]["ended_at"]) == ("receiving", None)
    done = ended(client, id_)
    assert (done["state"], done["collection"]) == ("done", collection)
    assert counts(done, "accepted", "rejected", "ready", "pending", "failed") == (201, 1, 201, 0, 0)
    assert done["started_at"] < done["ended_at"]
    assert done["bytes"] > 200 * 30
    states: dict[str, str | int] = {"collection": collection, "status": "ready", "limit": 200}
    assert len(client.get("/v1/documents", params=states).json()["items"]) == 200


def test_an_import_of_what_is_stored_already_is_done_at_once(
    client: httpx.Client, collection: str
) -> None:
    body = [{"id": "a", "content": "ink"}]
    for accepted in (1, 0):
        answer = client.post(URL, params={"collection": collection}, json=body).json()
        done = ended(client, answer["import"])
        assert counts(done, "accepted", "unchanged", "ready") == (accepted, 1 - accepted, accepted)


def test_requests_with_one_id_are_one_import(client: httpx.Client, collection: str) -> None:
    id_ = str(uuid4())
    for n in range(3):
        params = {"collection": collection, "import": id_}
        body = [{"id": f"{n}-{each}", "content": f"ink {n} {each}"} for each in range(5)]
        client.post(URL, params=params, json=body).raise_for_status()
    assert counts(ended(client, id_), "accepted", "ready") == (15, 15)


def test_an_import_that_breaks_off_is_stopped_and_says_what_is_stored(
    client: httpx.Client, api: str, collection: str
) -> None:
    id_, url = str(uuid4()), httpx.URL(api)
    with socket.create_connection((url.host, url.port or 80)) as connection:
        head = (
            f"POST {URL}?collection={collection}&import={id_} HTTP/1.1\r\nHost: {url.host}\r\n"
            "Content-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n"
        )
        connection.sendall(head.encode())
        connection.sendall(b"".join(line(f"d{n}", f"ink {n}") for n in range(250)))
        eventually(lambda: counted(client, id_, "accepted") == 200, "a batch is counted")
    stopped = ended(client, id_)
    assert stopped["state"] == "stopped"
    assert counts(stopped, "accepted", "ready", "pending") == (200, 200, 0)
    again = {"collection": collection, "import": id_}
    body = b"".join(line(f"d{n}", f"ink {n}") for n in range(250))
    client.post(URL, params=again, content=body, headers=NDJSON).raise_for_status()
    whole = ended(client, id_)
    assert (whole["state"], counts(whole, "accepted", "unchanged")) == ("done", (250, 200))


def test_an_import_that_is_given_up_names_its_handle(client: httpx.Client, collection: str) -> None:
    raw = line("first", "stored") + b"{}\n" * 20_000
    answer = client.post(URL, params={"collection": collection}, content=raw, headers=NDJSON)
    id_ = answer.headers["Inkdex-Import"]
    assert (answer.status_code, answer.json()["import"]["import"]) == (422, id_)
    stopped = ended(client, id_)
    assert (stopped["state"], counts(stopped, "accepted", "rejected")) == ("stopped", (1, 10_000))


def test_documents_that_fail_are_counted_until_they_are_retried(
    system: System, proxy: Proxy
) -> None:
    proxy.fault = faults.vectors(faults.nan, "POISON")
    client = system.client()
    body = [{"id": "bad", "content": "POISON"}, {"id": "good", "content": "ink"}]
    id_ = client.post(URL, json=body).json()["import"]
    done = ended(client, id_)
    assert (done["state"], counts(done, "ready", "failed")) == ("done", (1, 1))
    proxy.heal()
    client.post("/v1/documents/retry", params={"status": "failed"}).raise_for_status()
    eventually(lambda: show(client, id_)["ready"] == 2, "the retried document is ready")
    assert counts(show(client, id_), "failed", "pending") == (0, 0)


def test_an_event_says_that_an_import_has_ended(client: httpx.Client, collection: str) -> None:
    with client.stream("GET", "/v1/events") as answer:
        lines = answer.iter_lines()
        next(lines)
        body = [{"id": "a", "content": "ink"}]
        id_ = client.post(URL, params={"collection": collection}, json=body).json()["import"]
        found = next(each for each in notices(lines) if each["id"] == id_)
    assert (found["state"], found["ready"]) == ("done", 1)


def notices(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    name = ""
    for each in lines:
        field, _, value = each.partition(": ")
        if field == "event":
            name = value
        elif field == "data" and name == "import":
            yield json.loads(value)


def test_imports_are_listed_newest_first_in_pages(client: httpx.Client, collection: str) -> None:
    made = [
        client.post(URL, params={"collection": collection}, json=[]).json()["import"]
        for _ in range(5)
    ]
    first = client.get("/v1/imports", params={"limit": 3}).json()
    assert [each["id"] for each in first["items"]] == made[:1:-1]
    cursor = {"limit": 2, "cursor": first["next_cursor"]}
    second = client.get("/v1/imports", params=cursor).json()
    assert [each["id"] for each in second["items"]] == made[1::-1]
    assert client.get("/v1/imports", params={"cursor": "x" * 32}).status_code == 422


INK = {"content": "Ink dries in seconds."}


def test_imports_into_a_collection_are_listed_alone_page_by_page(
    client: httpx.Client, collection: str
) -> None:
    other = f"{collection}-other"
    made = {
        name: [
            client.post(URL, params={"collection": name}, json=[INK]).json()["import"]
            for _ in range(3)
        ]
        for name in (collection, other)
    }
    line = {"id": "in both", "content": "Ink dries.", "collection": other}
    both = client.post(URL, params={"collection": collection}, json=[line, INK])

    def listed(name: str, limit: int) -> list[str]:
        query: dict[str, str | int] = {"collection": name, "limit": limit}
        ids: list[str] = []
        while True:
            page = client.get("/v1/imports", params=query).raise_for_status().json()
            ids += [each["id"] for each in page["items"]]
            if page["next_cursor"] is None:
                return ids
            query["cursor"] = page["next_cursor"]

    for limit in (2, 200):
        assert listed(collection, limit) == [both.json()["import"], *made[collection][::-1]]
        assert listed(other, limit) == [both.json()["import"], *made[other][::-1]]
        assert listed(f"{collection}-none", limit) == []


@pytest.mark.parametrize(
    ("id_", "status"), [("no-uuid", 422), (str(uuid4()).upper(), 404)], ids=["no UUID", "unknown"]
)
def test_unknown_handles_are_refused(client: httpx.Client, id_: str, status: int) -> None:
    assert client.get(f"/v1/imports/{id_}").status_code == status
    assert client.post(URL, params={"import": "no-uuid"}, json=[]).status_code == 422


def test_files_and_lines_with_one_id_are_one_import(client: httpx.Client, collection: str) -> None:
    params = {"collection": collection, "import": str(uuid4())}
    client.post(URL, params=params, json=[{"id": "a", "content": "ink"}]).raise_for_status()
    files = [("file", (name, text)) for name, text in (("b.txt", b"ink"), ("c.txt", b""))]
    client.post("/v1/files", params=params, files=files).raise_for_status()
    client.post("/v1/files", params=params, files={"file": ("d.exe", b"MZ")}).raise_for_status()
    refused = client.post(
        "/v1/files", params=params, data={"id": "x/.", "sweep": "s"}, files=files[:1]
    )
    assert refused.status_code == 422
    done = ended(client, params["import"])
    names = ("accepted", "ready", "failed", "pending", "rejected")
    assert counts(done, *names) == (3, 2, 1, 0, 2)
    found = rejected(client, params["import"])["items"]
    assert [(each["request"], each["line"], each["id"]) for each in found] == [
        (2, None, "c.txt"),
        (4, None, "x/."),
    ]
    failed = client.get(f"/v1/imports/{params['import']}/failed").json()
    (failure,) = failed["items"]
    assert (failure["kind"], failure["id"], failed["complete"]) == ("file", "d.exe", True)
    assert failure["error"]["code"] == "unsupported-type"
    assert client.post("/v1/files", params={"import": "x"}, files=files).status_code == 422
