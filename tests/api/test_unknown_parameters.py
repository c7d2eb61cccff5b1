"""A request with an unknown query parameter is refused. The error names it and the known ones."""

import json
import pkgutil
from importlib import import_module
from typing import Any

import httpx
import pytest

from api import routes
from api.http.query import QueryRoute

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/documents", {}),
    ("POST", "/v1/documents", {"json": {"content": "Ink."}}),
    ("POST", "/v1/documents/states", {"json": {"ids": []}}),
    ("POST", "/v1/documents/retry?status=failed", {}),
    ("POST", "/v1/documents/bulk", {"json": []}),
    ("GET", "/v1/documents/a", {}),
    ("PUT", "/v1/documents/a", {"json": {"content": "Ink."}}),
    ("PATCH", "/v1/documents/a", {"json": {"title": "Ink"}}),
    ("DELETE", "/v1/documents/a", {}),
    ("GET", "/v1/documents/a/similar", {}),
    ("GET", "/v1/search?q=ink", {}),
    ("POST", "/v1/search", {"json": {"q": "ink"}}),
    ("GET", "/v1/collections", {}),
    ("GET", "/v1/events", {}),
    ("GET", "/v1/webhooks", {}),
    ("GET", "/v1/webhooks/c", {}),
    ("GET", "/v1/stats", {}),
    ("GET", "/livez", {}),
    ("GET", "/readyz", {}),
    ("GET", "/metrics", {}),
]


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS, ids=lambda each: str(each)[:30])
def test_an_unknown_parameter_is_refused(
    client: httpx.Client, method: str, url: str, body: dict[str, Any]
) -> None:
    answer = client.request(method, f"{url}{'&' if '?' in url else '?'}colection=notes", **body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["path"] == ["query", "colection"]
    assert error["message"].startswith("is not a query parameter; ")


def test_the_error_names_the_known_parameters(client: httpx.Client, collection: str) -> None:
    answer = client.get("/v1/search", params={"q": "ink", "page": 2, "size": 5})
    assert [error["path"][1] for error in answer.json()["errors"]] == ["page", "size"]
    message = answer.json()["errors"][0]["message"]
    assert all(name in message for name in ("collection", "filter", "limit", "mode", "offset", "q"))
    message = client.get("/v1/stats?x").json()["errors"][0]["message"]
    assert message == "is not a query parameter; this request takes none"
    params: dict[str, Any] = {
        "q": "ink",
        "collection": collection,
        "filter": json.dumps({"a": 1}),
        "offset": 0,
    }
    assert client.get("/v1/search", params=params).status_code == 200


@pytest.mark.parametrize("url", ["/v1/search?q=ink", "/v1/documents?"])
def test_of_two_filters_none_is_dropped(client: httpx.Client, url: str) -> None:
    answer = client.get(f'{url}&filter={{"lang":"en"}}&filter={{"year":2020}}')
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error == {
        "path": ["query", "filter"],
        "message": "is given more than once; give it once",
    }


def test_a_list_takes_a_parameter_more_than_once(client: httpx.Client, collection: str) -> None:
    for name in ("a", "b", "c"):
        client.put(f"/v1/documents/{name}?collection={collection}", json={"content": "Ink."})
    found = client.get(f"/v1/documents?collection={collection}&ids=a&ids=b").json()
    assert {each["id"] for each in found["items"]} == {"a", "b"}


def test_no_route_ignores_unknown_parameters() -> None:
    names = [name for _, name, _ in pkgutil.iter_modules(routes.__path__)]
    modules = [import_module(f"api.routes.{name}") for name in names]
    routers = [module.router for module in modules if hasattr(module, "router")]
    found = [route for router in routers for route in router.routes]
    assert len(found) > 15
    assert not [route for route in found if not isinstance(route, QueryRoute)]


def test_wrong_parameters_of_a_search_are_named(client: httpx.Client) -> None:
    params: dict[str, Any] = {"mode": "loud", "limit": -1, "collection": ""}
    answer = client.get("/v1/search", params=params)
    assert answer.status_code == 422
    paths = sorted(tuple(error["path"]) for error in answer.json()["errors"])
    assert paths == [("query", name) for name in ("collection", "limit", "mode", "q")]
