"""Nobody grants more than they have, and tenants see nothing of each other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.access.test_keys import kind

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]


def scope(*actions: str, collections: tuple[str, ...] = ("*",)) -> list[dict[str, Any]]:
    return [{"actions": list(actions), "collections": list(collections)}]


@pytest.fixture
def tenant(admin: httpx.Client, request: pytest.FixtureRequest) -> str:
    """A tenant of the test."""
    name = str(request.node.name).lower().replace("_", "-")[:50].strip("-")
    assert admin.post("/v1/tenants", json={"name": name}).status_code == 201
    return name


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (scope("ask"), "'ask' in the collection '*'"),
        (scope("search"), "'search' in the collection '*'"),
        (scope("search", collections=("notes-1", "other")), "'search' in the collection 'other'"),
        (scope("search", collections=("*notes-*",)), "'search' in the collection '*notes-*'"),
        (scope("*", collections=("notes-1",)), "'ask' in the collection 'notes-1'"),
        (scope("operator"), "'operator'"),
    ],
)
def test_a_key_grants_no_more_than_its_maker_has(
    connect: Connect, make_key: MakeKey, scopes: list[dict[str, Any]], missing: str
) -> None:
    maker = make_key("keys", "search", collections=("notes-*",))
    answer = connect(maker["key"]).post("/v1/keys", json={"name": "more", "scopes": scopes})
    assert kind(answer) == (403, "forbidden")
    assert missing in answer.json()["detail"]


def test_a_key_grants_what_its_maker_has(connect: Connect, make_key: MakeKey) -> None:
    maker = make_key("keys", "search", collections=("notes-*",))
    made = make_key("search", collections=("notes-*-old", "notes-1"), by=connect(maker["key"]))
    assert made["created_by"] == maker["id"]


def test_a_key_lasts_no_longer_than_its_makers(connect: Connect, make_key: MakeKey) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    maker = make_key("keys", "search", expires_at=ends.isoformat())
    client, body = connect(maker["key"]), {"name": "longer", "scopes": scope("search")}
    assert kind(client.post("/v1/keys", json=body)) == (403, "forbidden")
    later = {"expires_at": (ends + timedelta(seconds=1)).isoformat()}
    assert kind(client.post("/v1/keys", json=body | later)) == (403, "forbidden")
    same = {"expires_at": ends.isoformat()}
    assert client.post("/v1/keys", json=body | same).status_code == 201
    for change in (later, {"expires_at": None}):
        assert kind(client.patch(f"/v1/keys/{maker['id']}", json=change)) == (403, "forbidden")


def test_who_may_administrate_keys_does_not_touch_stronger_ones(
    connect: Connect, make_key: MakeKey
) -> None:
    stronger = make_key("search", "documents.write")
    client = connect(make_key("keys", "search")["key"])
    path = f"/v1/keys/{stronger['id']}"
    for answer in (
        client.post(f"{path}/rotate"),
        client.patch(path, json={"scopes": scope("search")}),
        client.post(f"{path}/revoke-tokens"),
        client.delete(path),
    ):
        assert kind(answer) == (403, "forbidden")


def test_an_expiring_operator_gets_no_secret_that_lasts_but_can_revoke(
    connect: Connect, make_key: MakeKey
) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    client = connect(make_key("operator", expires_at=ends)["key"])
    lasting = make_key("search")
    assert kind(client.post(f"/v1/keys/{lasting['id']}/rotate")) == (403, "forbidden")
    assert client.delete(f"/v1/keys/{lasting['id']}").status_code == 204


def test_other_actions_do_not_reach_keys(connect: Connect, make_key: MakeKey) -> None:
    made = make_key("search", "ask", "documents.read", "documents.write", "stats", "models")
    client = connect(made["key"])
    for answer in (
        client.get("/v1/keys"),
        client.get(f"/v1/keys/{made['id']}"),
        client.post("/v1/keys", json={"name": "a", "scopes": scope("search")}),
        client.post(f"/v1/keys/{made['id']}/rotate"),
        client.get("/v1/audit"),
        client.get("/v1/tenants"),
        client.post("/v1/tenants", json={"name": "mine"}),
        client.patch("/v1/tenants/default", json={"weight": 9}),
        client.get("/metrics"),
    ):
        assert kind(answer) == (403, "forbidden"), answer.request.url


def test_keys_of_another_tenant_do_not_exist(
    connect: Connect, make_key: MakeKey, admin: httpx.Client, tenant: str
) -> None:
    theirs = make_key("*", tenant=tenant)
    ours = make_key("*")
    client = connect(theirs["key"])
    assert client.get("/v1/whoami").json()["tenant"] == tenant
    nowhere = untold(client.get("/v1/keys/000000000000"))
    path = f"/v1/keys/{ours['id']}"
    for answer in (
        client.get(path),
        client.patch(path, json={"name": "a"}),
        client.post(f"{path}/rotate"),
        client.post(f"{path}/revoke-tokens"),
        client.delete(path),
    ):
        assert untold(answer) == nowhere
    listed = client.get("/v1/keys").json()["items"]
    assert [each["id"] for each in listed] == [theirs["id"]]
    assert kind(client.get("/v1/keys", params={"tenant": "default"})) == (403, "forbidden")
    body = {"name": "a", "scopes": scope("search"), "tenant": "default"}
    assert kind(client.post("/v1/keys", json=body)) == (403, "forbidden")
    assert kind(client.get("/v1/tenants")) == (403, "forbidden")
    assert {each["tenant"] for each in client.get("/v1/audit").json()["items"]} == {tenant}
    assert admin.get("/v1/keys", params={"tenant": tenant}).json()["items"][0]["id"] == theirs["id"]


def untold(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


def test_no_key_of_another_tenant_is_an_operators(admin: httpx.Client, tenant: str) -> None:
    body = {"name": "a", "scopes": scope("*", "operator"), "tenant": tenant}
    assert kind(admin.post("/v1/keys", json=body)) == (422, "invalid")


def test_a_key_needs_a_tenant_that_exists(admin: httpx.Client) -> None:
    body = {"name": "a", "scopes": scope("*"), "tenant": "nobody"}
    assert kind(admin.post("/v1/keys", json=body)) == (404, "tenant-not-found")


def test_tenants_are_created_changed_and_audited(admin: httpx.Client) -> None:
    body = {"name": "acme", "weight": 2, "quotas": {"documents": 5, "bytes": None}}
    made = admin.post("/v1/tenants", json=body).json()
    assert (made["name"], made["weight"], made["quotas"]) == ("acme", 2.0, {"documents": 5})
    assert kind(admin.post("/v1/tenants", json=body)) == (409, "tenant-exists")
    assert kind(admin.post("/v1/tenants", json={"name": "default"})) == (409, "tenant-exists")
    change = {"quotas": {"documents": None, "chunks": 7}, "limits": {"requests_per_minute": 60}}
    changed = admin.patch("/v1/tenants/acme", json=change).json()
    assert changed["weight"] == 2
    assert (changed["quotas"], changed["limits"]) == ({"chunks": 7}, {"requests_per_minute": 60})
    usage = {"documents": 0, "bytes": 0, "chunks": 0, "answers": 0}
    assert admin.get("/v1/tenants/acme").json() == changed | {"usage": usage}
    assert kind(admin.get("/v1/tenants/nobody")) == (404, "tenant-not-found")
    assert changed in admin.get("/v1/tenants").json()["items"]
    acts = [each["action"] for each in admin.get("/v1/audit").json()["items"]]
    assert acts[:2] == ["tenant.change", "tenant.create"]


@pytest.mark.parametrize("name", ["*", "A", "-a", "a/b", "a b", "é", "x" * 64, "a_b"])
def test_a_tenants_name_is_simple(admin: httpx.Client, name: str) -> None:
    assert kind(admin.post("/v1/tenants", json={"name": name})) == (422, "invalid")
