"""Sending files: what is accepted, what is rejected, and what hostile bodies cost."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.services.access import allowances
from tests.support import in_process

FILES = "/v1/files"
MAX_BYTES = 3 * 1024 * 1024
BOUNDARY = "b"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    limited = settings.model_copy(update={"file_max_bytes": MAX_BYTES})
    with in_process.client(limited) as client:
        yield client


def part(header: str, content: bytes = b"text") -> bytes:
    disposition = f"Content-Disposition: form-data; {header}".encode("utf-8", "surrogateescape")
    return f"--{BOUNDARY}\r\n".encode() + disposition + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(client: TestClient, *parts: bytes) -> Any:  # noqa: ANN401 - the client's response
    return client.post(FILES, content=body(*parts), headers=HEADERS)


def problems(answer: Any) -> dict[str, str]:  # noqa: ANN401
    assert answer.status_code == 422, answer.text
    return {".".join(map(str, each["path"])): each["message"] for each in answer.json()["errors"]}


def test_a_collection_of_files_that_are_not_read_exists(client: TestClient) -> None:
    for n in range(3):
        client.post(
            FILES, params={"collection": f"unread{n}"}, files={"file": ("a.pdf", b"%PDF")}
        ).raise_for_status()
    shown = client.get("/v1/collections/unread1")
    assert shown.json()["documents"] == {"total": 0, "pending": 0, "ready": 0, "failed": 0}
    client.delete("/v1/files/a.pdf", params={"collection": "unread0"}).raise_for_status()
    assert client.get("/v1/collections/unread0").status_code == 404
    listed = client.get("/v1/collections").json()["items"]
    assert [each["name"] for each in listed] == ["unread1", "unread2"]
    assert listed[0] == shown.json()
    assert client.patch("/v1/collections/unread1", json={"name": "kept"}).status_code == 200
    assert client.delete("/v1/collections/kept").status_code == 202
    assert client.get("/v1/collections/kept").status_code == 404


def test_a_file_is_stored_with_its_fields(client: TestClient, database: Database) -> None:
    content = bytes(range(256)) * 5000
    answer = client.post(
        FILES,
        params={"collection": "c"},
        files={"file": ("a/b.pdf", content, "application/pdf")},
        data={"metadata": '{"team": "x"}', "title": "T", "source": "wiki"},
    )
    assert answer.status_code == 202
    (item,) = answer.json()["items"]
    assert answer.json()["rejected"] == []
    assert item.pop("created_at")
    assert item.pop("updated_at")
    assert item == {
        "id": "a/b.pdf",
        "collection": "c",
        "name": "a/b.pdf",
        "media_type": "application/pdf",
        "bytes": len(content),
        "sha256": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "source": "wiki",
        "status": "extracting",
        "error": None,
        "documents": 0,
        "pages": None,
        "extractor": None,
    }
    read = client.get(f"{FILES}/a/b.pdf", params={"collection": "c", "wait": 0.1}).json()
    assert read["id"] == "a/b.pdf"
    with database.connection() as connection:
        pieces = connection.execute("SELECT data FROM file_pieces ORDER BY number").fetchall()
    assert b"".join(piece["data"] for piece in pieces) == content
    assert max(len(piece["data"]) for piece in pieces) == 1024 * 1024


def test_fields_may_come_behind_the_files(client: TestClient) -> None:
    file = part('name="file"; filename="a.txt"')
    fields = part('name="source"', b"wiki"), part('name="id"', b"own id")
    (item,) = send(client, file, *fields).json()["items"]
    assert (item["id"], item["name"], item["source"]) == ("own id", "a.txt", "wiki")


def test_what_cannot_be_accepted_costs_the_others_nothing(
    client: TestClient, database: Database
) -> None:
    answer = send(
        client,
        part('name="file"; filename="large"', b"x" * (MAX_BYTES + 1)),
        part('name="file"; filename="empty"', b""),
        part(f'name="file"; filename="{"n" * 300}"'),
        part('name="file"; filename="caf\udce9.txt"'),
        part('name="file"; filename=""'),
        part('name="file"; filename=".."'),
        part('name="file"; filename="good.txt"'),
    )
    assert answer.status_code == 202
    found = answer.json()
    assert [item["id"] for item in found["items"]] == ["good.txt"]
    rejected = {each["name"]: each["error"]["code"] for each in found["rejected"]}
    assert rejected == {
        "large": "too-large",
        "empty": "empty",
        "n" * 255: "invalid-name",
        "caf\ufffd.txt": "invalid-name",
        "": "invalid-name",
        "..": "invalid-name",
    }
    assert count(database, "file_contents") == 1


def count(database: Database, table: str) -> int:
    with database.connection() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row
    number: int = row["count"]
    return number


FILE = part('name="file"; filename="a.txt"')


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        pytest.param([], "file", id="nothing"),
        pytest.param([part('name="source"', b"wiki")], "file", id="no file"),
        pytest.param([FILE, part('name="metadata"', b"[1]")], "metadata", id="a list"),
        pytest.param([FILE, part('name="metadata"', b"{")], "metadata", id="no JSON"),
        pytest.param([FILE, part('name="metadata"', b'{"a": NaN}')], "metadata", id="NaN"),
        pytest.param([FILE, part('name="metadata"', b"\xff")], "metadata", id="no UTF-8"),
        pytest.param([FILE, part('name="metadata"', b'{"a":"\\u0000"}')], "metadata", id="NUL"),
        pytest.param(
            [FILE, part('name="metadata"', json.dumps({"a": "x" * 70_000}).encode())],
            "metadata",
            id="large metadata",
        ),
        pytest.param([FILE, part('name="title"', b"a"), part('name="title"')], "title", id="twice"),
        pytest.param([FILE, part('name="other"', b"a")], "other", id="unknown field"),
        pytest.param([part('name="files"; filename="a"')], "files", id="another name"),
        pytest.param([FILE, part('name="id"', b"")], "id", id="empty id"),
        pytest.param([FILE, FILE, part('name="id"', b"a")], "id", id="one id for two"),
        pytest.param([FILE] * 1000, "body", id="a thousand parts"),
    ],
)
def test_a_form_that_is_not_valid_leaves_nothing(
    client: TestClient, database: Database, parts: list[bytes], path: str
) -> None:
    found = problems(send(client, *parts))
    assert any(each.startswith(path) for each in found), found
    assert count(database, "files") == 0
    assert count(database, "file_contents") == 0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no form at all", id="no form"),
        pytest.param(part('name="file"; filename="a"'), id="cut off"),
        pytest.param(b"--b\r\n" + b"X: " + b"x" * 100_000, id="a long header"),
        pytest.param(b"--b\r\n" + b"X: y\r\n" * 1000, id="many headers"),
        pytest.param(b"\r\n--b" * 1000, id="many boundaries"),
    ],
)
def test_a_body_that_is_no_form_is_422(
    client: TestClient, database: Database, content: bytes
) -> None:
    answer = client.post(FILES, content=content, headers=HEADERS)
    assert "body" in problems(answer)
    assert count(database, "file_contents") == 0


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        pytest.param("application/json", 415, id="json"),
        pytest.param("multipart/form-data", 422, id="no boundary"),
        pytest.param(f"multipart/form-data; boundary={'x' * 100}", 422, id="a long boundary"),
    ],
)
def test_other_content_types_are_refused(
    client: TestClient, content_type: str, status: int
) -> None:
    answer = client.post(FILES, content=body(FILE), headers={"Content-Type": content_type})
    assert answer.status_code == status


def test_a_long_field_is_413(client: TestClient) -> None:
    assert send(client, FILE, part('name="title"', b"x" * 200_000)).status_code == 413


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (body(FILE, part('name="title"', b"x" * 200_000)), HEADERS, 413),
        (body(FILE, part('name="unknown"')), HEADERS, 422),
        (body(FILE), {"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_refused_request_of_an_import_is_kept_and_does_not_stop_it(
    client: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    id_ = str(uuid4())
    answer = client.post(FILES, params={"import": id_}, content=content, headers=headers)
    assert answer.status_code == status
    shown = client.get(f"/v1/imports/{id_}").json()
    assert (shown["rejected"], shown["state"]) == (1, "receiving")
    (kept,) = client.get(f"/v1/imports/{id_}/rejected").json()["items"]
    assert kept["error"] == answer.json()["detail"]


def test_a_refusal_is_no_end_of_an_import(client: TestClient, database: Database) -> None:
    id_ = str(uuid4())
    form = body(part('name="unknown"'))
    answer = client.post(FILES, params={"import": id_}, content=form, headers=HEADERS)
    assert answer.status_code == 422
    with database.connection() as connection:
        connection.execute("UPDATE imports SET receiving_until = now()")
    assert client.get(f"/v1/imports/{id_}").json()["state"] == "done"


def test_a_file_is_deleted_and_not_found(client: TestClient, database: Database) -> None:
    send(client, part('name="file"; filename="a/b"'))
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
        assert client.request(method, f"{FILES}/other{path}").status_code == 404
    assert client.post(f"{FILES}/a/b/retry").json()["status"] == "extracting"
    assert client.delete(f"{FILES}/a/b").status_code == 204
    missing = client.get(f"{FILES}/a/b")
    assert missing.status_code == 404
    assert missing.json()["type"] == "urn:inkdex:file-not-found"
    assert client.get(FILES).json() == {"items": [], "next_cursor": None}
    assert count(database, "file_pieces") == 0


def test_lists_have_pages(client: TestClient) -> None:
    send(client, *(part(f'name="file"; filename="{n}"') for n in range(5)))
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(FILES, params=params).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == ["4", "3", "2", "1", "0"]
    foreign = client.get("/v1/documents", params={"cursor": params["cursor"]})
    assert foreign.status_code == 422
    assert client.get(FILES, params={"cursor": "x"}).status_code == 422


def test_a_full_quota_refuses_files(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)
    with database.connection() as connection:
        connection.execute("UPDATE tenants SET quotas = %s", (Jsonb({"documents": 1}),))
    assert client.put("/v1/documents/a", json={"content": "text"}).status_code == 201
    refused = send(client, FILE)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:inkdex:quota-exceeded"
