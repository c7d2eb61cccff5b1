"""Why lines of an import were rejected is kept with it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from tests.api.imports.handles import NDJSON, URL, counted, line, rejected, show
from tests.support.processes import eventually


def test_the_reasons_for_rejections_are_kept_by_request_and_line(
    client: httpx.Client, collection: str
) -> None:
    params = {"collection": collection, "import": str(uuid4())}
    first = client.post(URL, params=params, json=[{"id": "a", "content": ""}]).json()
    body = line("b", "ink") + b'no json\n{"id": "\\u0000c", "title": "t"}'
    second = client.post(URL, params=params, content=body, headers=NDJSON).json()
    found = rejected(client, params["import"])
    assert [each.pop("request") for each in found["items"]] == [1, 2, 2]
    answered = first["rejected"] + second["rejected"]
    assert found["items"][:2] == answered[:2]
    assert answered[2]["id"] == "\0c"
    assert found["items"][2] == answered[2] | {"id": "\N{REPLACEMENT CHARACTER}c"}
    assert (found["total"], found["next_cursor"]) == (3, None)


def test_the_first_thousand_rejections_of_an_import_are_kept_whatever_its_requests(
    client: httpx.Client, collection: str
) -> None:
    params = {"collection": collection, "import": str(uuid4())}
    for _ in range(3):
        client.post(URL, params=params, json=[{"id": f"d{n}"} for n in range(700)])
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        pages.append(rejected(client, params["import"], limit=600, **cursor))
        if not pages[-1]["next_cursor"]:
            break
        cursor = {"cursor": pages[-1]["next_cursor"]}
    found = [(each["request"], each["line"]) for page in pages for each in page["items"]]
    assert found == [(1, n + 1) for n in range(700)] + [(2, n + 1) for n in range(300)]
    assert [page["total"] for page in pages] == [2100, 2100]


def test_reasons_are_there_while_the_import_goes_on(client: httpx.Client, collection: str) -> None:
    id_, seen = str(uuid4()), []

    def body() -> Iterator[bytes]:
        yield b"no document\n"
        eventually(lambda: counted(client, id_, "rejected") == 1, "the line is counted")
        seen.append(rejected(client, id_))
        yield b"nor this\n"

    params = {"collection": collection, "import": id_}
    client.post(URL, params=params, content=body(), headers=NDJSON).raise_for_status()
    assert [each["line"] for each in seen[0]["items"]] == [1]
    assert [each["line"] for each in rejected(client, id_)["items"]] == [1, 2]


def test_an_import_of_which_nothing_is_taken_names_its_collection(
    client: httpx.Client, collection: str
) -> None:
    named = [{"id": "a", "collection": collection}, {"id": "b", "collection": "."}]
    for params, body in ((None, named[:1]), ({"collection": collection}, named[1:])):
        id_ = client.post(URL, params=params, json=body).json()["import"]
        shown = show(client, id_)
        assert (shown["accepted"], shown["rejected"]) == (0, 1)
        assert shown["collection"] == (collection if params is None else None)


def test_rejections_of_unknown_imports_and_cursors_are_refused(client: httpx.Client) -> None:
    unknown = f"/v1/imports/{uuid4()}/rejected"
    assert client.get(unknown).status_code == 404
    assert client.get(unknown, params={"cursor": "x" * 32}).status_code == 422
    assert client.get(f"/v1/imports/{uuid4()}/failed").status_code == 404
