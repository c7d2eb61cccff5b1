"""Keys over HTTP: what is refused, what it says, and what is audited."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from shared.domain.access.keys import new_key
from tests.api.access.conftest import ADMIN_KEY, Apis
from tests.support.processes import eventually

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]
FILTER = '{"lang": "en", "year": {"gt": 2000}}'
ANYWHERE = "/v1/whoami"


def kind(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - a response of either client
    type_: str = answer.json()["type"]
    return answer.status_code, type_.removeprefix("urn:inkdex:")


def untraceable(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """Return an answer without what differs from request to request."""
    varying = {"date", "x-request-id"}
    headers = [(name, value) for name, value in answer.headers.items() if name not in varying]
    return answer.status_code, answer.text, sorted(headers)


def test_a_new_key_works_at_once_and_is_shown_once(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("search", collections=("notes-*",))
    whoami = connect(made["key"]).get(ANYWHERE).json()
    assert whoami == {
        "tenant": "default",
        "key": {"id": made["id"], "name": "a test", "expires_at": None},
        "token": None,
        "scopes": [{"actions": ["search"], "collections": ["notes-*"]}],
        "operator": False,
        "keys_exist": True,
    }
    shown = admin.get(f"/v1/keys/{made['id']}")
    assert made["key"] not in shown.text
    assert "hash" not in shown.text
    assert shown.json() | {"last_used_at": None} == {
        name: value for name, value in made.items() if name != "key"
    }


def test_only_the_hash_is_stored(apis: Apis, make_key: MakeKey) -> None:
    made = make_key()
    with psycopg.connect(apis.database_url) as connection:
        (row,) = connection.execute("SELECT k::text FROM keys k WHERE id = %s", [made["id"]])
        audit = connection.execute("SELECT a::text FROM audit a").fetchall()
    secret = made["key"].rsplit("_", 1)[1]
    assert secret not in row[0]
    assert not any(secret in entry[0] for entry in audit)


def test_without_a_key_nothing_but_the_public_paths_is_served(connect: Connect) -> None:
    nobody = connect(None)
    for path in ("/livez", "/readyz", "/", "/docs", "/openapi.json", "/console/main.css"):
        assert nobody.get(path).status_code in {200, 404}, path
    for path in (
        "/v1/documents",
        "/v1/whoami",
        "/metrics",
        "/v1/stats",
        "/nowhere",
        "/console/../v1",
    ):
        answer = nobody.get(path)
        assert kind(answer) == (401, "key-missing"), path
        assert answer.headers["www-authenticate"] == "Bearer"
    assert kind(nobody.post("/v1/embeddings", json={})) == (401, "key-missing")


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/chat/completions"])
def test_clients_of_openai_read_why_a_key_is_refused(connect: Connect, path: str) -> None:
    answer = connect("sk-something").post(path, json={})
    assert kind(answer) == (401, "key-invalid")
    assert answer.json()["error"]["code"] == "key_invalid"


def test_nobody_learns_which_keys_exist(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    revoked, used = make_key(), make_key()
    admin.delete(f"/v1/keys/{revoked['id']}").raise_for_status()
    connect(used["key"]).get(ANYWHERE).raise_for_status()
    wrong = [
        "x",
        used["key"][:-1],
        used["key"][:-1] + ("a" if used["key"][-1] != "a" else "b"),
        new_key().text,
        new_key(used["id"]).text,
        new_key(revoked["id"]).text,
    ]
    answers = [untraceable(connect(each).get(ANYWHERE)) for each in wrong]
    assert answers == [answers[0]] * len(wrong)
    assert kind(connect(wrong[0]).get(ANYWHERE)) == (401, "key-invalid")


def test_only_who_has_the_secret_learns_that_a_key_is_revoked_or_expired(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    revoked = make_key()
    admin.delete(f"/v1/keys/{revoked['id']}").raise_for_status()
    assert kind(connect(revoked["key"]).get(ANYWHERE)) == (401, "key-revoked")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    expiring = make_key(expires_at=soon.isoformat())
    client = connect(expiring["key"])
    client.get(ANYWHERE).raise_for_status()
    eventually(lambda: client.get(ANYWHERE).status_code == 401, "the key expires", 5)
    assert kind(client.get(ANYWHERE)) == (401, "key-expired")
    assert datetime.now(UTC) >= soon


def test_every_api_obeys_a_revocation_within_a_second(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key()
    clients = [connect(made["key"], api) for api in (0, 1)]
    for client in clients:
        for _ in range(20):
            client.get(ANYWHERE).raise_for_status()
    admin.delete(f"/v1/keys/{made['id']}").raise_for_status()
    revoked_at = time.monotonic()
    while time.monotonic() < revoked_at + 1:
        for client in clients:  # requests in the meantime must not keep the key alive
            client.get(ANYWHERE)
    for client in clients:
        assert kind(client.get(ANYWHERE)) == (401, "key-revoked")


def test_narrower_scopes_count_within_a_second(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("documents.read", collections=("a", "b"))
    client = connect(made["key"], 1)
    assert client.get("/v1/documents", params={"collection": "b"}).status_code == 200
    scopes = [{"actions": ["documents.read"], "collections": ["a"]}]
    admin.patch(f"/v1/keys/{made['id']}", json={"scopes": scopes}).raise_for_status()
    changed_at = time.monotonic()
    while time.monotonic() < changed_at + 1:
        client.get("/v1/documents", params={"collection": "b"})
    refused = client.get("/v1/documents", params={"collection": "b"})
    assert kind(refused) == (403, "forbidden")
    assert "'documents.read' in the collection 'b'" in refused.json()["detail"]
    assert client.get("/v1/documents", params={"collection": "a"}).status_code == 200


def test_after_a_rotation_both_secrets_are_valid_for_a_while(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key()
    rotated = admin.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_seconds": 1.5}).json()
    assert rotated["id"] == made["id"]
    assert rotated["previous_until"]
    former, new = connect(made["key"]), connect(rotated["key"])
    assert former.get(ANYWHERE).status_code == new.get(ANYWHERE).status_code == 200
    eventually(lambda: former.get(ANYWHERE).status_code == 401, "the overlap ends", 5)
    assert kind(former.get(ANYWHERE)) == (401, "key-invalid")
    assert new.get(ANYWHERE).status_code == 200
    assert admin.get(f"/v1/keys/{made['id']}").json()["previous_until"] is None


def test_a_revoked_key_cannot_be_changed(make_key: MakeKey, admin: httpx.Client) -> None:
    made = make_key()
    path = f"/v1/keys/{made['id']}"
    admin.delete(path).raise_for_status()
    for answer in (
        admin.patch(path, json={"name": "b"}),
        admin.post(f"{path}/rotate"),
        admin.post(f"{path}/revoke-tokens"),
        admin.delete(path),
    ):
        assert kind(answer) == (409, "key-revoked-already")


def test_last_use_is_stored_apart_from_the_requests(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key()
    path = f"/v1/keys/{made['id']}"
    assert admin.get(path).json()["last_used_at"] is None
    connect(made["key"]).get(ANYWHERE).raise_for_status()
    eventually(lambda: bool(admin.get(path).json()["last_used_at"]), "the use is stored", 15)
    first = admin.get(path).json()["last_used_at"]
    connect(made["key"]).get(ANYWHERE).raise_for_status()
    assert admin.get(path).json()["last_used_at"] == first


def test_keys_are_listed_page_by_page(make_key: MakeKey, admin: httpx.Client) -> None:
    made = {make_key()["id"] for _ in range(3)}
    listed: list[str] = []
    cursor = ""
    while True:
        page = admin.get("/v1/keys", params={"limit": 2, "cursor": cursor}).json()
        listed += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert made <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("url", ["/v1/keys", "/v1/tenants", "/v1/audit"])
def test_a_full_last_page_has_no_cursor(make_key: MakeKey, admin: httpx.Client, url: str) -> None:
    for _ in range(3):
        make_key()
    count = len(admin.get(url, params={"limit": 200}).json()["items"])
    page = admin.get(url, params={"limit": count}).json()
    assert (len(page["items"]), page["next_cursor"]) == (count, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "scopes": []}, "scopes"),
        ({"name": "a", "scopes": [{"actions": ["fly"]}]}, "scopes.0.actions"),
        ({"name": "a", "scopes": [{"actions": ["search"], "collections": [""]}]}, "scopes.0"),
        ({"name": "a\0", "scopes": [{"actions": ["search"]}]}, "name"),
        ({"name": "", "scopes": [{"actions": ["search"]}]}, "name"),
        (
            {"name": "a", "scopes": [{"actions": ["*"]}], "expires_at": "2020-01-01T00:00:00Z"},
            "exp",
        ),
        ({"name": "a", "scopes": [{"actions": ["*"]}], "expires_at": "2099-01-01"}, "expires_at"),
        ({"name": "a", "scopes": [{"actions": ["*"]}], "secret": "x"}, "secret"),
    ],
)
def test_a_key_that_cannot_be(admin: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = admin.post("/v1/keys", json=body)
    assert kind(answer) == (422, "invalid")
    paths = [".".join(map(str, error["path"])) for error in answer.json()["errors"]]
    assert any(path.startswith(field) for path in paths), paths


def test_each_act_is_audited(connect: Connect, make_key: MakeKey, admin: httpx.Client) -> None:
    actor = make_key("keys", "search")
    client = connect(actor["key"])
    made = make_key("search", by=client)
    path = f"/v1/keys/{made['id']}"
    client.patch(path, json={"name": "renamed"}).raise_for_status()
    client.post(f"{path}/rotate", json={"overlap_seconds": 5}).raise_for_status()
    client.post(f"{path}/revoke-tokens").raise_for_status()
    client.delete(path).raise_for_status()
    entries = [
        each for each in admin.get("/v1/audit").json()["items"] if each["target"] == made["id"]
    ]
    assert [each["action"] for each in reversed(entries)] == [
        *("key.create", "key.change", "key.rotate", "key.revoke-tokens", "key.revoke"),
    ]
    assert {each["actor"]["id"] for each in entries} == {actor["id"]}
    assert {each["actor"]["name"] for each in entries} == {"a test"}
    assert entries[-2]["detail"] == {"name": "renamed"}
    assert entries[-1]["detail"]["scopes"] == [{"actions": ["search"], "collections": ["*"]}]


def test_the_audit_is_read_page_by_page(make_key: MakeKey, admin: httpx.Client) -> None:
    for _ in range(3):
        make_key()
    newest = admin.get("/v1/audit", params={"limit": 3}).json()
    first = admin.get("/v1/audit", params={"limit": 2}).json()
    second = admin.get("/v1/audit", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [*first["items"], *second["items"]] == newest["items"]


def test_any_spelling_of_the_scheme_is_read(connect: Connect) -> None:
    client = connect(None)
    for scheme in ("Bearer", "bearer", "BEARER  "):
        answer = client.get(ANYWHERE, headers={"Authorization": f"{scheme} {ADMIN_KEY}"})
        assert answer.json()["operator"] is True
    assert kind(client.get(ANYWHERE, headers={"Authorization": f"Basic {ADMIN_KEY}"})) == (
        *(401, "key-missing"),
    )


def test_deletions_and_changes_of_a_model_are_audited(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("documents.write", "documents.read", "models", collections=("audited",))
    client, where = connect(made["key"]), {"collection": "audited"}
    client.put("/v1/documents/a", params=where, json={"content": "ink"}).raise_for_status()
    client.get("/v1/documents/a", params={**where, "wait": 20}).raise_for_status()
    started = client.post("/v1/collections/audited/migrations", json={"model": "wordllama"})
    id_ = started.raise_for_status().json()["id"]
    client.post(f"/v1/collections/audited/migrations/{id_}/abort").raise_for_status()
    client.delete("/v1/documents", params={**where, "filter": FILTER}).raise_for_status()
    entries = [
        each for each in admin.get("/v1/audit").json()["items"] if each["actor"]["id"] == made["id"]
    ]
    assert [(each["action"], each["target"], each["detail"]) for each in reversed(entries)] == [
        ("model.start", "audited", {"migration": id_, "model": "wordllama"}),
        ("model.abort", "audited", {"migration": id_}),
        ("documents.delete", "audited", {"fields": ["lang", "year"]}),
    ]
