"""The reasons of an import name no collection that its readers may not know."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

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
