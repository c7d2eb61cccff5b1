"""A body with an unknown field is rejected. The error suggests the nearest known field."""

import json
from typing import Any

import httpx
import pytest

DOCUMENTS = "/v1/documents"
NDJSON = {"content-type": "application/x-ndjson"}
DID_YOU_MEAN_CONTENT = "unknown field 'text'; did you mean 'content'?"


def errors(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 422, answer.text
    body: dict[str, Any] = answer.json()
    assert body["type"] == "urn:inkdex:invalid"
    found: list[dict[str, Any]] = body["errors"]
    return found


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_document_suggests_the_nearest_field(
    client: httpx.Client, collection: str, method: str
) -> None:
    answer = client.request(
        method,
        f"{DOCUMENTS}/a",
        params={"collection": collection},
        json={"content": "Ink dries.", "text": "Ink dries."},
    )
    assert errors(answer) == [{"path": ["text"], "message": DID_YOU_MEAN_CONTENT}]
    assert answer.json()["detail"] == f"text: {DID_YOU_MEAN_CONTENT}"
    assert client.get(f"{DOCUMENTS}/a", params={"collection": collection}).status_code == 404


def test_document_names_unknown_and_missing_fields(client: httpx.Client) -> None:
    answer = client.put(f"{DOCUMENTS}/a", json={"text": "Ink dries."})
    messages = {tuple(error["path"]): error["message"] for error in errors(answer)}
    assert messages == {("content",): "is missing", ("text",): DID_YOU_MEAN_CONTENT}


@pytest.mark.parametrize(
    ("unknown", "message"),
    [
        ("fliter", "unknown field 'fliter'; did you mean 'filter'?"),
        ("Collection", "unknown field 'Collection'; did you mean 'collection'?"),
        ("zzz", "unknown field 'zzz'"),
    ],
)
def test_search_suggests_the_nearest_field(
    client: httpx.Client, unknown: str, message: str
) -> None:
    answer = client.post("/v1/search", json={"q": "ink", unknown: 1})
    assert errors(answer) == [{"path": [unknown], "message": message}]


def test_webhook_suggests_the_nearest_field(client: httpx.Client, collection: str) -> None:
    body = {"url": "https://example.org/inkdex", "secert": "whsec_"}
    answer = client.put(f"/v1/webhooks/{collection}", json=body)
    message = "unknown field 'secert'; did you mean 'secret'?"
    assert errors(answer) == [{"path": ["secert"], "message": message}]


def test_bulk_line_suggests_the_nearest_field(client: httpx.Client, collection: str) -> None:
    lines = [
        {"id": "misspelt", "content": "Ink dries.", "text": "Ink dries."},
        {"id": "valid", "content": "Ink dries."},
    ]
    for sent in (
        {"json": lines},
        {"content": "\n".join(map(json.dumps, lines)), "headers": NDJSON},
    ):
        answer = client.post(f"{DOCUMENTS}/bulk", params={"collection": collection}, **sent)
        report = answer.raise_for_status().json()
        assert report["accepted"] + report["unchanged"] == 1
        assert report["rejected"] == [
            {"line": 1, "id": "misspelt", "error": f"text: {DID_YOU_MEAN_CONTENT}"}
        ]


def test_long_field_name_is_shortened(client: httpx.Client) -> None:
    answer = client.post("/v1/search", json={"q": "ink", "z" * 10_000: 1})
    assert errors(answer) == [
        {"path": ["z" * 100], "message": f"unknown field '{'z' * 100}'"},
    ]
