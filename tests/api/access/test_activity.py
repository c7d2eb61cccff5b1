"""Activity, failures and timelines: whose they are, and what a key needs to see them."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from shared.db.models.roles import FLOW_OF_COLLECTION
from shared.domain.access.tokens import make_token
from tests.api.access.conftest import Apis

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]

OF_DOCUMENTS = "document", "too_long"
DOCUMENTS = [
    ("fails-a", "mine", "red"),
    ("fails-a", "other", "blue"),
    *(("hidden", id_, "red") for id_ in ("one", "two", "three")),
]
FAIL = (
    f"""
INSERT INTO jobs (document_key, model_id, version, lane, flow, error_code, error_message, failed_at)
SELECT d.key, m.id, d.version, 'bulk', {FLOW_OF_COLLECTION.format(flow="hashtext(collection)")},
    'too_long', 'x', now()
FROM documents d, embedding_models m WHERE collection IN ('fails-a', 'hidden')
    AND d.id <> 'b.txt' AND m.state = 'active'
""",
    """
UPDATE files SET state = 'failed', error_code = 'encrypted', error_message = 'x'
WHERE collection = 'hidden'
""",
)


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


def test_the_activity_of_a_collection_needs_that_it_may_be_read(
    connect: Connect, make_key: MakeKey
) -> None:
    of_some = {"collections": ("fails-*",)}
    watcher = connect(make_key("documents.read", "stats", **of_some)["key"])
    path = "/v1/activity?collection={}"
    assert status(watcher, path.format("fails-a")) == 200
    refused = watcher.get(path.format("hidden"))
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("forbidden")
    assert status(connect(make_key("stats")["key"]), path.format("fails-a")) == 403


@pytest.fixture
def failed(apis: Apis, admin: httpx.Client) -> Iterator[None]:
    """Failures: two documents in `fails-a`, and three and a file in `hidden`."""
    for collection, id_, team in DOCUMENTS:
        where, body = {"collection": collection}, {"content": id_, "metadata": {"team": team}}
        admin.put(f"/v1/documents/{id_}", params=where, json=body).raise_for_status()
        found = admin.get(f"/v1/documents/{id_}", params=where | {"wait": "30"}).json()
        assert found["status"] == "ready"
    sent = {"file": ("b.txt", b"text")}
    admin.post("/v1/files", params={"collection": "hidden"}, files=sent).raise_for_status()
    admin.get("/v1/files/b.txt", params={"collection": "hidden", "wait": "30"}).raise_for_status()
    with psycopg.connect(apis.database_url, autocommit=True) as connection:
        for statement in FAIL:
            connection.execute(statement)
    yield
    for collection in ("fails-a", "hidden"):
        admin.delete(f"/v1/collections/{collection}").raise_for_status()


def failures(client: httpx.Client, **params: str) -> dict[tuple[str, str], tuple[int, set[str]]]:
    """Return the count and the examples by kind and reason. All must be complete."""
    found = client.get("/v1/failures", params=params).raise_for_status().json()
    assert found["complete"]
    return {
        (each["kind"], each["reason"]): (each["count"], {one["id"] for one in each["examples"]})
        for each in found["items"]
    }


@pytest.mark.usefixtures("failed")
def test_a_key_of_some_collections_sees_only_those(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    key = make_key("documents.read", collections=("fails-*",))["key"]
    reader = connect(key)
    both = {OF_DOCUMENTS: (2, {"mine", "other"})}
    assert failures(reader) == failures(reader, collection="fails-a") == both
    assert status(reader, "/v1/failures?collection=hidden") == 403
    assert status(reader, "/v1/documents/one/timeline?collection=hidden") == 403
    token = connect(make_token(key, ["fails-a"], {"team": "red"}, seconds=600))
    assert failures(token, collection="fails-a") == {OF_DOCUMENTS: (1, {"mine"})}
    everything = failures(admin)
    assert everything[OF_DOCUMENTS][0] == 5
    assert everything["file", "encrypted"] == (1, {"b.txt"})
