"""Bulk import by NDJSON and by a JSON array."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

URL = "/v1/documents/bulk"
NDJSON = {"content-type": "application/x-ndjson"}


def lines(*bodies: Any) -> bytes:  # noqa: ANN401
    return b"".join(
        (body if isinstance(body, bytes) else json.dumps(body).encode()) + b"\n" for body in bodies
    )


def test_invalid_lines_are_reported_and_valid_lines_are_stored(
    client: httpx.Client, collection: str
) -> None:
    raw = lines(
        {"id": "a", "content": "first"},
        b"not json",
        {"id": "b", "content": ""},
        b"",
        {"id": "c", "content": "third"},
        {"id": "nul", "content": "\0"},
        {"id": "x" * 300, "content": "long id"},
        {"id": "big", "content": "x" * (1024 * 1024 + 1)},
        [1],
        {"id": "a", "content": "first again"},
    )
    report = client.post(URL, params={"collection": collection}, content=raw, headers=NDJSON).json()
    assert (report["accepted"], report["unchanged"], report["rejected_count"]) == (3, 0, 6)
    assert [rejected["line"] for rejected in report["rejected"]] == [2, 3, 6, 7, 8, 9]
    assert [r["id"] for r in report["rejected"]] == [None, "b", "nul", "x" * 255, "big", None]
    assert all(rejected["error"] for rejected in report["rejected"])
    params: dict[str, str | int] = {"collection": collection, "wait": 20}
    document = client.get("/v1/documents/a", params=params).json()
    assert (document["content"], document["version"]) == ("first again", 2)
    assert (document["lane"], document["status"]) == ("bulk", "ready")


def test_repeated_import_changes_nothing(client: httpx.Client, collection: str) -> None:
    body = [{"id": f"d{n}", "content": f"text {n}"} for n in range(450)]
    for accepted, unchanged in ((450, 0), (0, 450)):
        report = client.post(URL, params={"collection": collection}, json=body).json()
        assert (report["accepted"], report["unchanged"]) == (accepted, unchanged)
    body[7]["content"] = "changed"
    report = client.post(URL, params={"collection": collection}, json=body).json()
    assert (report["accepted"], report["unchanged"]) == (1, 449)


def test_line_may_name_its_own_collection(client: httpx.Client, collection: str) -> None:
    raw = lines({"id": "a", "content": "x"}, {"id": "a", "content": "y", "collection": "elsewhere"})
    answer = client.post(URL, params={"collection": collection}, content=raw, headers=NDJSON)
    assert answer.json()["accepted"] == 2
    found = client.get("/v1/documents/a", params={"collection": collection}).json()
    assert found["content"] == "x"
    found = client.get("/v1/documents/a", params={"collection": "elsewhere"}).json()
    assert found["content"] == "y"


@pytest.mark.parametrize("size", [7, 4096])
def test_stream_in_chunks_of_any_size_is_imported(
    client: httpx.Client, collection: str, size: int
) -> None:
    raw = lines(*({"id": f"d{n}", "content": f"a line about {n}"} for n in range(1000)))

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(raw), size):
            yield raw[start : start + size]

    answer = client.post(
        URL, params={"collection": collection}, content=chunks(), headers=NDJSON
    ).json()
    assert answer["accepted"] == 1000


def test_byte_order_mark_is_ignored(client: httpx.Client, collection: str) -> None:
    raw = b"\xef\xbb\xbf" + lines({"id": "a", "content": "first"}, {"id": "b", "content": "second"})
    report = client.post(URL, params={"collection": collection}, content=raw, headers=NDJSON).json()
    assert (report["accepted"], report["rejected"]) == (2, [])


@pytest.mark.parametrize("line", [b"{}\n", b"\n", b"1,"])
def test_an_import_of_anything_else_is_given_up_and_reported(
    client: httpx.Client, collection: str, line: bytes
) -> None:
    first = b'{"id": "first", "content": "stored"}'
    is_array = line.endswith(b",")
    raw = b"[" + first + b"," + line * 20_000 if is_array else first + b"\n" + line * 200_000
    headers = {"content-type": "application/json"} if is_array else NDJSON
    answer = client.post(URL, params={"collection": collection}, content=raw, headers=headers)
    assert answer.status_code == 422, answer.text[:300]
    problem = answer.json()
    assert problem["type"] == "urn:inkdex:too-many-rejections"
    assert problem["import"]["accepted"] == 1
    assert len(problem["import"]["rejected"]) <= 1000
    stored = client.get("/v1/documents/first", params={"collection": collection})
    assert stored.json()["content"] == "stored"


def test_a_line_with_too_many_values_does_not_affect_the_others(
    client: httpx.Client, collection: str
) -> None:
    wide = b'{"content": "x", "metadata": {"x": [' + b",".join([b"[]"] * 1_000_000) + b"]}}"
    raw = b"\n".join([b'{"id": "a", "content": "first"}', wide, b'{"id": "b", "content": "last"}'])
    report = client.post(URL, params={"collection": collection}, content=raw, headers=NDJSON).json()
    assert (report["accepted"], [each["line"] for each in report["rejected"]]) == (2, [2])


def sourced(id_: str, content: str, source: str | None = None) -> dict[str, Any]:
    return {"id": id_, "content": content, "metadata": {"source": source} if source else {}}


def test_replaced_documents_are_counted(client: httpx.Client, collection: str) -> None:
    def counts(*documents: Any) -> tuple[int, int, int]:  # noqa: ANN401
        report = client.post(URL, params={"collection": collection}, json=documents).json()
        return report["accepted"], report["replaced"], report["unchanged"]

    a, b = sourced("a", "first"), sourced("b", "second")
    assert counts(a, b) == (2, 0, 0)
    assert counts(a | {"content": "changed"}, b, sourced("c", "third")) == (2, 1, 1)
    assert counts(a, a | {"content": "twice"}) == (2, 2, 0)


def test_an_import_can_leave_documents_of_other_sources_alone(
    client: httpx.Client, collection: str
) -> None:
    params = {"collection": collection}
    stored = [
        sourced("same", "old text", "x"),
        sourced("other", "kept", "y"),
        sourced("none", "kept"),
        sourced("none, same text", "text"),
    ]
    assert client.post(URL, params=params, json=stored).json()["accepted"] == 4
    sent = [
        sourced("same", "new text", "x"),
        sourced("other", "lost?", "x"),
        sourced("none", "lost?", "x"),
        sourced("none, same text", "text", "x"),
        sourced("new", "new", "x"),
    ]
    careful = params | {"replace": "same_source"}
    report = client.post(URL, params=careful, json=sent).json()
    assert (report["accepted"], report["replaced"], report["rejected_count"]) == (3, 2, 2)
    reason = "id: was not replaced, because the document with this id"
    assert sorted(report["rejected"], key=lambda each: each["line"]) == [
        {"line": 2, "id": "other", "error": f"{reason} is from the source 'y'"},
        {"line": 3, "id": "none", "error": f"{reason} has no source"},
    ]
    kept = client.get("/v1/documents/other", params=params).json()
    assert kept["content"] == "kept"
    report = client.post(URL, params=careful, json=sent).json()
    assert (report["accepted"], report["unchanged"], report["rejected_count"]) == (0, 3, 2)
    report = client.post(URL, params=params, json=sent).json()
    assert (report["accepted"], report["replaced"], report["unchanged"]) == (2, 2, 3)
    assert client.post(URL, params={"replace": "some"}, json=sent).status_code == 422
