"""Activity, failures and timelines: whose they are, and what a key needs to see them."""

from collections.abc import Callable
from typing import Any

import httpx

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]


def status(client: httpx.Client, path: str) -> int:
    return client.get(path).status_code


def test_each_needs_its_action(connect: Connect, make_key: MakeKey, admin: httpx.Client) -> None:
    admin.put("/v1/documents/a", json={"content": "text"}).raise_for_status()
    reader = connect(make_key("documents.read")["key"])
    watcher = connect(make_key("stats")["key"])
    paths = "/v1/activity", "/v1/failures", "/v1/documents/a/timeline"
    assert [status(reader, path) for path in paths] == [403, 200, 200]
    assert [status(watcher, path) for path in paths] == [200, 403, 403]
    assert [status(connect(None), path) for path in paths] == [401] * 3


def test_a_key_of_some_collections_sees_only_those(connect: Connect, make_key: MakeKey) -> None:
    reader = connect(make_key("documents.read", collections=("notes-*",))["key"])
    assert status(reader, "/v1/failures") == 200
    assert status(reader, "/v1/failures?collection=notes-a") == 200
    assert status(reader, "/v1/failures?collection=letters") == 403
    assert status(reader, "/v1/documents/a/timeline?collection=letters") == 403
