"""Limits and quotas of a tenant, as an operator sets them, before two API processes."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.processes import eventually

Key = dict[str, Any]


@pytest.fixture
def tenant(admin: httpx.Client) -> Iterator[str]:
    name = f"t{uuid4().hex[:10]}"
    eventually(
        lambda: admin.post("/v1/tenants", json={"name": name}).is_success, "a model is known"
    )
    yield name
    admin.patch(f"/v1/tenants/{name}", json={"limits": {"requests_per_minute": None}})


def change(admin: httpx.Client, tenant: str, **bounds: dict[str, int]) -> None:
    assert admin.patch(f"/v1/tenants/{tenant}", json=bounds).status_code == 200


def test_two_processes_share_the_limit_of_a_key(
    admin: httpx.Client,
    tenant: str,
    connect: Callable[..., httpx.Client],
    make_key: Callable[..., Key],
) -> None:
    change(admin, tenant, limits={"requests_per_minute": 10})
    key = make_key(tenant=tenant)["key"]
    clients = [connect(key, 0), connect(key, 1)]
    found = [each.get("/v1/documents") for _ in range(8) for each in clients]
    assert [each.status_code for each in found] == [200] * 10 + [429] * 6
    assert all('"requests";q=10;w=60' in each.headers["RateLimit-Policy"] for each in found)
    other = connect(make_key(tenant=tenant)["key"], 1)
    assert other.get("/v1/documents").status_code == 200


def test_a_limit_is_raised_and_lifted_within_a_second(
    admin: httpx.Client,
    tenant: str,
    connect: Callable[..., httpx.Client],
    make_key: Callable[..., Key],
) -> None:
    change(admin, tenant, limits={"requests_per_minute": 1})
    client = connect(make_key(tenant=tenant)["key"])
    assert [client.get("/v1/documents").status_code for _ in range(2)] == [200, 429]
    change(admin, tenant, limits={"requests_per_minute": 0})
    eventually(lambda: client.get("/v1/documents").is_success, "the limit is lifted", 5)


def test_a_quota_of_a_tenant_and_its_usage(
    admin: httpx.Client,
    tenant: str,
    connect: Callable[..., httpx.Client],
    make_key: Callable[..., Key],
) -> None:
    change(admin, tenant, quotas={"documents": 3})
    clients = [connect(make_key(tenant=tenant)["key"], api) for api in (0, 1)]
    written = [
        clients[number % 2].put(f"/v1/documents/{number}", json={"content": "text"}).status_code
        for number in range(5)
    ]
    assert written == [201] * 3 + [403] * 2
    assert admin.put("/v1/documents/mine", json={"content": "text"}).status_code == 201

    def used() -> dict[str, int]:
        found: dict[str, int] = admin.get(f"/v1/tenants/{tenant}").json()["usage"]
        return found

    eventually(lambda: used()["chunks"] == 3, "all documents are embedded")
    assert used() == {"documents": 3, "bytes": 18, "chunks": 3, "answers": 0}
    assert clients[0].get("/v1/usage").json()["usage"] == used()
    assert clients[1].delete("/v1/documents/0").status_code == 204
    assert used()["documents"] == 2
    assert used()["chunks"] == 2
