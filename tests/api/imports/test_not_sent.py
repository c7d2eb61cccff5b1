"""What a client did not send is kept with its import."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.testclient import TestClient

from shared.db.kit.pool import Database
from tests.api.imports.handles import JSON, NDJSON, URL, counts, ended, rejected, show


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


FULL = """
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON import_rejections EXECUTE FUNCTION fill()
"""


def test_what_was_not_sent_is_refused_whole_while_it_cannot_be_kept(
    idle: TestClient, database: Database
) -> None:
    path = f"/v1/imports/{uuid4()}"
    with database.connection() as connection:
        connection.execute(FULL)
    answer = idle.post(f"{path}/skipped", json={"items": [{"name": "a", "error": "hidden"}]})
    assert answer.status_code == 503
    assert idle.get(path).status_code == 404
