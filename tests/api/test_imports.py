"""The handles of imports: from the first line to the last document that is ready."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from shared.db.documents import imports
from shared.db.kit.pool import Database
from tests.support import in_process
from tests.support import model_faults as faults
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import System

URL = "/v1/documents/bulk"
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
ENDED = {"done", "stopped"}


def line(id_: str, content: str) -> bytes:
    return json.dumps({"id": id_, "content": content}).encode() + b"\n"


def show(client: httpx.Client, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/imports/{id_}").raise_for_status().json()
    return found


def ended(client: httpx.Client, id_: str) -> dict[str, Any]:
    eventually(lambda: show(client, id_)["state"] in ENDED, f"import {id_} ends", 60)
    return show(client, id_)


def counts(shown: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(shown[name] for name in names)


def test_a_client_watches_its_import_from_the_first_line_until_all_is_ready(
    client: httpx.Client, collection: str
) -> None:
    id_, seen = str(uuid4()), []

    def body() -> Iterator[bytes]:
        yield b"".join(line(f"d{n}", f"a line about ink {n}") for n in range(200))
        eventually(lambda: show_or_none(client, id_) == 200, "a batch is counted")
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
        eventually(lambda: show_or_none(client, id_) == 200, "a batch is counted")
    stopped = ended(client, id_)
    assert stopped["state"] == "stopped"
    assert counts(stopped, "accepted", "ready", "pending") == (200, 200, 0)
    again = {"collection": collection, "import": id_}
    body = b"".join(line(f"d{n}", f"ink {n}") for n in range(250))
    client.post(URL, params=again, content=body, headers=NDJSON).raise_for_status()
    whole = ended(client, id_)
    assert (whole["state"], counts(whole, "accepted", "unchanged")) == ("done", (250, 200))


def show_or_none(client: httpx.Client, id_: str) -> int | None:
    answer = client.get(f"/v1/imports/{id_}")
    return int(answer.json()["accepted"]) if answer.is_success else None


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


def rejected(client: httpx.Client, id_: str, **query: str | int) -> dict[str, Any]:
    answer = client.get(f"/v1/imports/{id_}/rejected", params=query)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def test_the_reasons_for_rejections_are_kept_by_request_and_line(
    client: httpx.Client, collection: str
) -> None:
    params = {"collection": collection, "import": str(uuid4())}
    first = client.post(URL, params=params, json=[{"id": "a", "content": ""}]).json()
    body = line("b", "ink") + b'no json\n{"id": "\\u0000c", "title": "t"}'
    second = client.post(URL, params=params, content=body, headers=NDJSON).json()
    found = rejected(client, params["import"])
    assert [each.pop("request") for each in found["items"]] == [1, 2, 2]
    answered = first["rejected"] + second["rejected"]
    assert found["items"][:2] == answered[:2]
    assert answered[2]["id"] == "\0c"
    assert found["items"][2] == answered[2] | {"id": "\N{REPLACEMENT CHARACTER}c"}
    assert (found["total"], found["next_cursor"]) == (3, None)


def test_the_first_thousand_rejections_of_an_import_are_kept_whatever_its_requests(
    client: httpx.Client, collection: str
) -> None:
    params = {"collection": collection, "import": str(uuid4())}
    for _ in range(3):
        client.post(URL, params=params, json=[{"id": f"d{n}"} for n in range(700)])
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        pages.append(rejected(client, params["import"], limit=600, **cursor))
        if not pages[-1]["next_cursor"]:
            break
        cursor = {"cursor": pages[-1]["next_cursor"]}
    found = [(each["request"], each["line"]) for page in pages for each in page["items"]]
    assert found == [(1, n + 1) for n in range(700)] + [(2, n + 1) for n in range(300)]
    assert [page["total"] for page in pages] == [2100, 2100]


def rejected_or_none(client: httpx.Client, id_: str) -> int | None:
    answer = client.get(f"/v1/imports/{id_}")
    return int(answer.json()["rejected"]) if answer.is_success else None


def test_reasons_are_there_while_the_import_goes_on(client: httpx.Client, collection: str) -> None:
    id_, seen = str(uuid4()), []

    def body() -> Iterator[bytes]:
        yield b"no document\n"
        eventually(lambda: rejected_or_none(client, id_) == 1, "the line is counted")
        seen.append(rejected(client, id_))
        yield b"nor this\n"

    params = {"collection": collection, "import": id_}
    client.post(URL, params=params, content=body(), headers=NDJSON).raise_for_status()
    assert [each["line"] for each in seen[0]["items"]] == [1]
    assert [each["line"] for each in rejected(client, id_)["items"]] == [1, 2]


def test_an_import_of_which_nothing_is_taken_names_its_collection(
    client: httpx.Client, collection: str
) -> None:
    named = [{"id": "a", "collection": collection}, {"id": "b", "collection": "."}]
    for params, body in ((None, named[:1]), ({"collection": collection}, named[1:])):
        id_ = client.post(URL, params=params, json=body).json()["import"]
        shown = show(client, id_)
        assert (shown["accepted"], shown["rejected"]) == (0, 1)
        assert shown["collection"] == (collection if params is None else None)


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


def test_what_the_client_did_not_send_is_kept_with_the_import(
    client: httpx.Client, collection: str
) -> None:
    params, path = {"collection": collection}, f"/v1/imports/{uuid4()}"
    items: list[dict[str, Any]] = [
        {"name": "notes/.draft.md", "error": "hidden"},
        {"name": "locked.md", "error": "cannot be read", "skipped": False},
    ]
    client.post(f"{path}/skipped", params=params, json={"items": items}).raise_for_status()
    shown = client.get(path).json()
    assert (shown["collection"], *counts(shown, "skipped", "rejected")) == (collection, 1, 1)
    for skipped, item in zip(("true", "false"), items, strict=True):
        found = client.get(f"{path}/rejected", params={"skipped": skipped}).json()
        assert (found["total"], found["next_cursor"]) == (1, None)
        kept = {"request": 1, "line": None, "id": item["name"], "error": item["error"]}
        assert found["items"] == [kept]


def test_what_is_told_again_counts_once(client: httpx.Client, collection: str) -> None:
    id_, params = str(uuid4()), {"collection": collection}

    def tell(*names: str, **more: Any) -> tuple[int, ...]:  # noqa: ANN401 - counts
        items = [{"name": each, "error": "hidden"} for each in names]
        body = {"items": items} | more
        client.post(f"/v1/imports/{id_}/skipped", params=params, json=body).raise_for_status()
        return counts(show(client, id_), "skipped", "rejected")

    assert tell("a", "b", more_skipped=5, more_rejected=2) == (7, 2)
    assert tell("a", "b", more_skipped=5, more_rejected=2) == (7, 2)
    assert tell("a", more_skipped=1, more_rejected=1) == (7, 2)
    assert tell("b", "c", "c") == (8, 2)
    listed = rejected(client, id_, skipped="true")["items"]
    assert [each["id"] for each in listed] == ["a", "b", "c"]


def test_what_was_not_sent_does_not_change_how_an_import_ended(
    client: httpx.Client, collection: str
) -> None:
    id_, params = str(uuid4()), {"collection": collection}
    sent = params | {"import": id_}
    assert client.post(URL, params=sent, content=b"{}\n" * 20_000, headers=NDJSON).is_error
    stopped = ended(client, id_)
    body = {"items": [{"name": "a", "error": "hidden"}]}
    client.post(f"/v1/imports/{id_}/skipped", params=params, json=body).raise_for_status()
    told = show(client, id_)
    assert (told.pop("skipped"), stopped.pop("skipped"), told) == (1, 0, stopped)
    assert told["state"] == "stopped"


def test_what_was_skipped_takes_no_room_from_what_was_rejected(
    client: httpx.Client, collection: str
) -> None:
    id_, params = str(uuid4()), {"collection": collection}
    for letter, more in (("a", 940), ("b", 3)):
        items = [{"name": f"{letter}{n}", "error": "hidden"} for n in range(50)]
        body = {"items": items, "more_skipped": more}
        client.post(f"/v1/imports/{id_}/skipped", params=params, json=body).raise_for_status()
    answer = client.post(URL, params=params | {"import": id_}, json=[{"id": "d"}])
    assert rejected(client, id_)["items"] == [answer.json()["rejected"][0] | {"request": 3}]
    assert rejected(client, id_)["total"] == 1
    skipped = rejected(client, id_, skipped="true", limit=1000)
    assert (len(skipped["items"]), skipped["total"]) == (50 + 10, 50 + 940 + 50 + 3)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"name": "a", "error": "b"}] * 51,
        [{"name": "a" * 1001, "error": "b"}],
        [{"name": "a", "error": "b" * 501}],
        [{"name": "a", "error": "b"}, {"name": "a\0", "error": "b"}],
        [{"name": "a"}],
    ],
    ids=["none", "too many", "long name", "long error", "NUL", "no error"],
)
def test_what_was_not_sent_is_checked(client: httpx.Client, items: list[dict[str, str]]) -> None:
    path = f"/v1/imports/{uuid4()}"
    assert client.post(f"{path}/skipped", json={"items": items}).status_code == 422
    assert client.get(path).status_code == 404


def test_as_much_as_is_allowed_is_taken_in_any_script(client: httpx.Client) -> None:
    items = [{"name": "\N{MEMO}" * 1000, "error": "\N{MEMO}" * 500}] * 50
    body = json.dumps({"items": items})
    answer = client.post(f"/v1/imports/{uuid4()}/skipped", content=body, headers=JSON)
    assert answer.status_code == 204


def test_rejections_of_unknown_imports_and_cursors_are_refused(client: httpx.Client) -> None:
    unknown = f"/v1/imports/{uuid4()}/rejected"
    assert client.get(unknown).status_code == 404
    assert client.get(unknown, params={"cursor": "x" * 32}).status_code == 422
    assert client.get(f"/v1/imports/{uuid4()}/failed").status_code == 404


# Without a worker

FULL = """
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON import_rejections EXECUTE FUNCTION fill()
"""


@pytest.fixture
def idle(settings: Settings, database_url: str) -> Iterator[TestClient]:
    """An API on a database with a model, and no worker."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO embedding_models (name, state, chunk_tokens) VALUES ('m', 'active', 256)"
        )
    with in_process.client(settings) as client:
        yield client


def send(client: TestClient, *ids: str, text: str = "ink") -> str:
    body = [{"id": each, "content": f"{text} {each}"} for each in ids]
    id_: str = client.post(URL, json=body).json()["import"]
    return id_


def pending(client: TestClient, id_: str) -> int:
    number: int = client.get(f"/v1/imports/{id_}").json()["pending"]
    return number


def test_a_document_belongs_to_its_last_write(idle: TestClient) -> None:
    first = send(idle, *"abcd")
    assert pending(idle, first) == 4
    second = send(idle, "a", text="other ink")
    idle.put("/v1/documents/b", json={"content": "edited"}).raise_for_status()
    idle.delete("/v1/documents/c").raise_for_status()
    assert (pending(idle, first), pending(idle, second)) == (1, 1)
    idle.patch("/v1/documents/d", json={"metadata": {"x": 1}}).raise_for_status()
    assert pending(idle, first) == 1


def test_only_jobs_of_the_active_model_count(idle: TestClient, database: Database) -> None:
    with database.connection() as connection:
        connection.execute(
            "WITH new AS (INSERT INTO embedding_models (name, state) VALUES ('n', 'retired')"
            " RETURNING id) INSERT INTO collections (name, active_model_id, building_model_id)"
            " SELECT 'default', m.id, new.id FROM new, embedding_models m"
        )
    id_ = send(idle, "a", "b")
    with database.connection() as connection:
        jobs = connection.execute("SELECT FROM jobs").rowcount
    assert (jobs, pending(idle, id_)) == (4, 2)


OPEN = "UPDATE imports SET open_requests = 1, receiving_until = now() + interval '9 s'"
GONE = "UPDATE imports SET open_requests = 1, receiving_until = now() - interval '1 s'"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("", "embedding"),
        ("DELETE FROM jobs", "done"),
        (OPEN, "receiving"),
        (
            GONE,
            "embedding",
        ),
        (
            f"DELETE FROM jobs; {GONE}",
            "stopped",
        ),
    ],
    ids=["pending", "embedded", "open", "gone", "gone and embedded"],
)
def test_a_worker_ends_an_import_that_owes_nothing(
    idle: TestClient, database: Database, change: str, state: str
) -> None:
    id_ = send(idle, "a")
    with database.connection() as connection:
        connection.execute(change)
        imports.settle(connection)
    assert idle.get(f"/v1/imports/{id_}").json()["state"] == state


def test_imports_are_kept_for_a_week(idle: TestClient, database: Database) -> None:
    old, new, running = send(idle), send(idle), send(idle, "a")
    with database.connection() as connection:
        change = "UPDATE imports SET ended_at = now() - interval '8 days' WHERE id = %s"
        connection.execute(change, [old])
        imports.purge(connection)
    answers = [idle.get(f"/v1/imports/{each}").status_code for each in (old, new, running)]
    assert answers == [404, 200, 200]


def test_reasons_are_deleted_with_their_import(idle: TestClient, database: Database) -> None:
    for _ in range(2):
        last = idle.post(URL, json=[{"id": "a"}, {"id": "b"}]).json()["import"]
    with database.connection() as connection:
        change = "UPDATE imports SET ended_at = now() - interval '8 days' WHERE id <> %s"
        connection.execute(change, [last])
        imports.purge(connection)
        kept = connection.execute("SELECT request, line, id FROM import_rejections").fetchall()
    assert [tuple(each.values()) for each in kept] == [(1, 1, "a"), (1, 2, "b")]


def test_what_was_not_sent_is_refused_whole_while_it_cannot_be_kept(
    idle: TestClient, database: Database
) -> None:
    path = f"/v1/imports/{uuid4()}"
    with database.connection() as connection:
        connection.execute(FULL)
    answer = idle.post(f"{path}/skipped", json={"items": [{"name": "a", "error": "hidden"}]})
    assert answer.status_code == 503
    assert idle.get(path).status_code == 404


def test_an_import_that_owes_nothing_has_ended_before_a_worker_notices(
    idle: TestClient, database: Database
) -> None:
    done, broken = (str(uuid4()) for _ in range(2))
    for each in (done, broken):
        idle.post(URL, params={"import": each}, json=[]).raise_for_status()
        assert idle.get(f"/v1/imports/{each}").json()["state"] == "receiving"
    with database.connection() as connection:
        connection.execute("UPDATE imports SET receiving_until = now()")
        connection.execute("UPDATE imports SET open_requests = 1 WHERE id = %s", [broken])
    states = [idle.get(f"/v1/imports/{each}").json()["state"] for each in (done, broken)]
    assert states == ["done", "stopped"]


def test_an_import_whose_end_is_told_waits_for_no_further_request(idle: TestClient) -> None:
    pending, unchanged = str(uuid4()), str(uuid4())
    for each, body in ((pending, [{"id": "a", "content": "ink"}]), (unchanged, [])):
        idle.post(URL, params={"import": each}, json=body).raise_for_status()
        assert idle.get(f"/v1/imports/{each}").json()["state"] == "receiving"
        for _ in range(2):
            assert idle.post(f"/v1/imports/{each}/end").status_code == 204
    states = [idle.get(f"/v1/imports/{each}").json()["state"] for each in (pending, unchanged)]
    assert states == ["embedding", "done"]
    assert idle.post(f"/v1/imports/{uuid4()}/end").status_code == 404


def test_an_import_with_an_open_request_does_not_end(idle: TestClient, database: Database) -> None:
    id_ = send(idle, "a")
    with database.connection() as connection:
        connection.execute(OPEN)
    idle.post(f"/v1/imports/{id_}/end").raise_for_status()
    assert idle.get(f"/v1/imports/{id_}").json()["state"] == "receiving"


def test_an_import_into_many_collections_names_none(idle: TestClient) -> None:
    body = [{"id": "a", "content": "x", "collection": f"c{n}"} for n in range(30)]
    id_ = idle.post(URL, json=body).json()["import"]
    shown = idle.get(f"/v1/imports/{id_}").json()
    assert (shown["collection"], shown["accepted"]) == (None, 30)
