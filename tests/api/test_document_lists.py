"""Lists by ids, by filter and in any order, and the deletion by filter."""

import base64
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any

import httpx
import pytest

from tests.api.test_events import events

URL = "/v1/documents"
IDS = ["b", "a", "é", "Z", "_", "a/b", "0", "10", "9", "😀", "z", "B"]
Documents = list[dict[str, Any]]
LONG = "w" * 1999
"""A title as long as titles may be, but for one character."""
HOSTILE = ["\ufdfa", "\u0001", "\u0301", "😀", "é", "한", "ﬃ", "ŉ", '"', "\\"]
"""Characters that become longer or vanish when they are folded or escaped."""


def folded(document: dict[str, Any]) -> str:
    """Return a title as lists sort by it."""
    text = unicodedata.normalize("NFKD", document["title"] or document["id"])
    return "".join(each for each in text.casefold() if not "\u0300" <= each <= "\u036f")


FIELDS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "created_at": itemgetter("created_at"),
    "updated_at": itemgetter("updated_at"),
    "title": folded,
    "size": lambda document: len(document["content"].encode()),
    "id": itemgetter("id"),
}
"""What each order of a list compares."""


@pytest.fixture
def stored(client: httpx.Client, collection: str) -> None:
    """Documents that were created in another order than they were updated."""
    for number, id_ in enumerate(IDS):
        body = {"id": id_, "collection": collection, "content": f"Ink {number}."}
        metadata = {"number": number, "tags": ["even"] if number % 2 == 0 else ["odd", "ink"]}
        client.post(URL, json=body | {"metadata": metadata}).raise_for_status()
    for id_ in ("Z", "b", "9"):
        path = f"{URL}/{id_}?collection={collection}"
        client.patch(path, json={"title": "Edited"}).raise_for_status()


def pages(client: httpx.Client, collection: str, **params: Any) -> Iterator[Documents]:  # noqa: ANN401
    cursor: str | None = ""
    while cursor is not None:
        query = {"collection": collection, **params} | ({"cursor": cursor} if cursor else {})
        page = client.get(URL, params=query).raise_for_status().json()
        yield page["items"]
        cursor = page["next_cursor"]


def ids(documents: Documents) -> list[str]:
    return [document["id"] for document in documents]


def listed(client: httpx.Client, collection: str, **params: Any) -> list[str]:  # noqa: ANN401
    return [id_ for page in pages(client, collection, **params) for id_ in ids(page)]


def test_excerpts_are_the_beginnings_of_texts(client: httpx.Client, collection: str) -> None:
    texts = {"long": "é " * 300_000, "longer": "😀 " * 200_000, "short": "Ink."}
    for id_, text in texts.items():
        body = {"id": id_, "collection": collection, "content": text, "metadata": {"n": len(text)}}
        client.post(URL, json=body).raise_for_status()
    (found,) = pages(client, collection, excerpts=True, sort="id")
    assert {each["id"]: each["excerpt"] for each in found} == {
        id_: text[:300] for id_, text in texts.items()
    }
    assert [each["content_bytes"] for each in found] == [900_000, 1_000_000, 4]
    assert "content" not in found[0]
    (first, *_) = pages(client, collection, sort="id")
    same = set(found[0]) & set(first[0])
    assert {"title", "metadata", "status", "version", "updated_at"} < same
    assert {name: found[0][name] for name in same} == {name: first[0][name] for name in same}
    shown = [ids(page) for page in pages(client, collection, excerpts=True, sort="id", limit=2)]
    assert shown == [["long", "longer"], ["short"]]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("limit", [1, 5, 12, 200])
@pytest.mark.parametrize("field", FIELDS)
def test_pages_follow_the_order(
    client: httpx.Client, collection: str, field: str, limit: int
) -> None:
    (everything,) = pages(client, collection, sort="created_at")
    ascending = ids(sorted(everything, key=FIELDS[field]))
    assert listed(client, collection, sort=field, limit=limit) == ascending
    assert listed(client, collection, sort=f"-{field}", limit=limit) == ascending[::-1]
    assert all(len(page) <= limit for page in pages(client, collection, sort=field, limit=limit))


def titles(client: httpx.Client, collection: str, **params: Any) -> list[str]:  # noqa: ANN401
    """Return what the console shows as titles."""
    found = (each for page in pages(client, collection, **params) for each in page)
    return [each["id"] if each["title"] is None else each["title"] for each in found]


def write(client: httpx.Client, collection: str, **document: Any) -> None:  # noqa: ANN401
    body = {"content": "Ink."} | document
    client.post(URL, params={"collection": collection}, json=body).raise_for_status()


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_titles_are_sorted_without_case_and_accents(
    client: httpx.Client, collection: str, limit: int
) -> None:
    for title in ["STRASSEN", "Straße", "azur", "Bücher 2", "Bücher 10", "apfelsaft", "Äpfel"]:
        write(client, collection, title=title)
    for id_ in ["Azteken", "äpfel"]:
        write(client, collection, id=id_)
    ascending = ["Äpfel", "äpfel", "apfelsaft", "Azteken", "azur"]
    ascending += ["Bücher 10", "Bücher 2", "Straße", "STRASSEN"]
    assert titles(client, collection, sort="title", limit=limit) == ascending
    assert titles(client, collection, sort="-title", limit=limit) == ascending[::-1]


@pytest.mark.parametrize("sort", ["title", "-title"])
def test_titles_of_any_length_and_script_have_short_cursors(
    client: httpx.Client, collection: str, sort: str
) -> None:
    alike = [f"{LONG}b", f"{LONG}a"]
    for title in [*alike, *(each * 2000 for each in HOSTILE)]:
        write(client, collection, title=title)
    everything = titles(client, collection, sort=sort)
    assert titles(client, collection, sort=sort, limit=1) == everything
    created = [title for title in everything if title in alike]
    assert created == (alike if sort == "title" else alike[::-1])
    query = {"collection": collection, "sort": sort, "limit": "1"}
    while cursor := client.get(URL, params=query).json()["next_cursor"]:
        assert len(cursor) < 1100
        query["cursor"] = cursor


def test_ids_of_any_script_have_cursors(client: httpx.Client, collection: str) -> None:
    wanted = [f"{each * 254}{n}" for each in ("\u0001", "é", "😀") for n in (1, 2)]
    for id_ in wanted:
        write(client, collection, id=id_)
    assert listed(client, collection, sort="id", limit=1) == wanted


@pytest.mark.usefixtures("stored")
def test_a_filter_limits_the_list(client: httpx.Client, collection: str) -> None:
    even = json.dumps({"tags": "even"})
    assert set(listed(client, collection, filter=even, limit=2)) == set(IDS[::2])
    late = json.dumps({"number": {"gte": 9}, "not": {"tags": "even"}})
    assert listed(client, collection, filter=late, sort="id", limit=1) == ["B", "😀"]


@pytest.mark.usefixtures("stored")
def test_many_documents_are_read_by_their_ids(client: httpx.Client, collection: str) -> None:
    wanted = "a/b,absent,é,9"
    assert listed(client, collection, ids=wanted, sort="id") == ["9", "a/b", "é"]
    assert listed(client, collection, ids=wanted, sort="id", limit=2) == ["9", "a/b", "é"]
    assert listed(client, collection, ids=wanted.split(","), sort="id") == ["9", "a/b", "é"]
    assert listed(client, collection, ids="absent") == []
    odd = json.dumps({"tags": "odd"})
    assert listed(client, collection, ids=wanted, filter=odd, sort="id") == ["a/b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ids", ","),
        ("ids", ""),
        ("ids", ",".join(map(str, range(101)))),
        ("sort", "status"),
        ("filter", "{"),
        ("filter", '{"a": {}}'),
        ("filter", "[]"),
        ("cursor", "x"),
        ("cursor", base64.urlsafe_b64encode(b'["-created_at", "1"]').decode()),
        ("cursor", base64.urlsafe_b64encode(b'["-created_at", true]').decode()),
        ("cursor", base64.urlsafe_b64encode(b'["-created_at", 9223372036854775808]').decode()),
        ("cursor", base64.urlsafe_b64encode(b'["id", "a"]').decode()),
    ],
)
def test_an_invalid_list_is_refused(
    client: httpx.Client, collection: str, name: str, value: str
) -> None:
    answer = client.get(URL, params={"collection": collection, name: value})
    assert answer.status_code == 422, answer.text
    assert name in answer.json()["errors"][0]["path"]


@pytest.mark.usefixtures("stored")
def test_documents_are_deleted_by_filter(client: httpx.Client, collection: str) -> None:
    with client.stream("GET", "/v1/events") as answer:
        seen = (event for _, event in events(answer) if event["collection"] == collection)
        params = {
            "collection": collection,
            "filter": json.dumps({"tags": {"$all": ["odd", "ink"]}}),
        }
        deleted = client.delete(URL, params=params)
        assert deleted.json() == {"deleted": 6}
        announced: set[str] = set()
        while len(announced) < 6:
            event = next(seen)
            if event["status"] == "deleted":
                announced.add(event["id"])
    assert announced == set(IDS[1::2])
    assert set(listed(client, collection)) == set(IDS[::2])
    assert client.delete(URL, params=params).json() == {"deleted": 0}


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "query",
    ["", "&filter={}", "&filter=", '&filter={"or":[{}]}', '&filter={"a":{"all":[]}}', "&ids=a"],
)
def test_a_deletion_needs_a_condition(client: httpx.Client, collection: str, query: str) -> None:
    assert client.delete(f"{URL}?collection={collection}{query}").status_code == 422
    assert len(listed(client, collection)) == len(IDS)
