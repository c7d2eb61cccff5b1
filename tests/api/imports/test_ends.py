"""What an import owes, and when it ends; no worker embeds anything."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from shared.db.documents import imports
from shared.db.kit.pool import Database
from tests.api.imports.handles import URL


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


def test_what_goes_with_its_collection_before_it_is_ready_was_never_ready(
    idle: TestClient,
) -> None:
    id_ = send(idle, *"abc")
    idle.delete("/v1/documents/c").raise_for_status()
    idle.delete("/v1/collections/default").raise_for_status()
    found = idle.get(f"/v1/imports/{id_}").json()
    assert (found["ready"], found["deleted"], found["pending"]) == (0, 3, 0)


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
        (GONE, "embedding"),
        (f"DELETE FROM jobs; {GONE}", "stopped"),
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
