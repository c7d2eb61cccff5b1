"""The reasons of an import name no collection that its readers may not know."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from shared.domain.access.tokens import make_token

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]

LINES = [
    {"id": "ours", "content": "Ink dries."},
    {"id": "payroll-2026", "content": "Ink dries.", "collection": "finance"},
    {"id": "broken", "content": ""},
]


def test_a_line_for_another_collection_is_kept_without_its_id(
    connect: Connect, make_key: MakeKey
) -> None:
    sender = connect(make_key("documents.write", collections=("notes-*",))["key"])
    id_ = str(uuid4())
    params = {"collection": "notes-a", "import": id_}
    answer = sender.post("/v1/documents/bulk", params=params, json=LINES).raise_for_status()
    told = {each["line"]: each for each in answer.json()["rejected"]}
    assert told[2]["id"] == "payroll-2026"
    assert "finance" in told[2]["error"]
    kept = sender.get(f"/v1/imports/{id_}/rejected").raise_for_status().json()["items"]
    assert [(each["line"], each["id"]) for each in kept] == [(2, None), (3, "broken")]
    assert "finance" not in kept[0]["error"]
    assert kept[1]["error"] == told[3]["error"]


LEFT_OUT = {"items": [{"name": ".draft.md", "error": "hidden"}]}


def test_nobody_tells_of_an_import_that_they_may_not_see(
    connect: Connect, make_key: MakeKey
) -> None:
    owner = make_key("documents.read", "documents.write", collections=("told-a",))["key"]
    other = make_key("documents.read", "documents.write", collections=("told-b",))["key"]
    reader = make_key("documents.read", collections=("told-*",))["key"]
    path = f"/v1/imports/{uuid4()}"

    def tell(key: str, collection: str) -> tuple[int, int]:
        client = connect(key)
        told = client.post(f"{path}/skipped", params={"collection": collection}, json=LEFT_OUT)
        return told.status_code, client.post(f"{path}/end").status_code

    assert tell(owner, "told-a") == (204, 204)
    before = connect(owner).get(path).raise_for_status().json()
    assert tell(other, "told-b") == (404, 404)
    assert tell(reader, "told-a") == (403, 403)
    assert tell(make_token(owner, filter_={"lang": "en"}), "told-a") == (403, 403)
    assert connect(owner).get(path).raise_for_status().json() == before
    assert (before["collection"], before["skipped"]) == ("told-a", 1)
