"""Search by meaning, by words and by both."""

import json

import httpx
import pytest

from tests.api.search.searching import Put, ids, search


@pytest.mark.usefixtures("library")
def test_semantic_search_finds_by_meaning(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="feline having a nap", mode="semantic")
    assert ids(found)[0] == "cat"
    assert found["hits"][0]["ranks"] == {"semantic": 1, "text": None}
    assert found["degraded"] is None
    assert found["query_embedding"] == "computed"
    again = search(client, collection, q=" feline  having a nap ", mode="semantic")
    assert again["query_embedding"] == "cached"
    assert ids(again) == ids(found)


@pytest.mark.usefixtures("library")
def test_text_search_needs_one_matching_word(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="who bakes dough on Mars", mode="text")
    assert ids(found) == ["bread"]
    assert found["query_embedding"] == "none"
    assert "<mark>dough</mark>" in found["hits"][0]["snippet"]


@pytest.mark.usefixtures("library")
def test_stop_words_find_texts_only_if_the_query_has_no_other_words(
    client: httpx.Client, collection: str
) -> None:
    assert set(ids(search(client, collection, q="the of and", mode="text"))) == {
        "cat",
        "car",
        "bread",
    }
    assert ids(search(client, collection, q="the zyzzyva of dough", mode="text")) == ["bread"]


@pytest.mark.usefixtures("library")
def test_hybrid_search_combines_meaning_and_words(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="automobile")
    assert ids(found)[0] == "car"
    assert found["hits"][0]["ranks"] == {"semantic": 1, "text": 1}
    assert set(ids(found)) == {"car", "cat", "bread"}
    assert len(ids(found)) == 3
    second = search(client, collection, q="automobile", limit=1, offset=1)
    assert ids(second) == ids(found)[1:2]
    body = {"q": "automobile", "collection": collection, "mode": "hybrid", "limit": 10}
    posted = client.post("/v1/search", json=body).json()
    assert posted["hits"] == found["hits"]


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "text"])
def test_all_collections_can_be_searched_at_once(
    client: httpx.Client, collection: str, put: Put, mode: str
) -> None:
    run = f"{collection}-{mode}"
    put("cat", "A kitten sleeps.", metadata={"run": run})
    other = {"id": "dog", "collection": f"{run}-other", "metadata": {"run": run}}
    client.post("/v1/documents", json=other | {"content": "A puppy sleeps."}).raise_for_status()
    path = f"/v1/documents/dog?collection={run}-other&wait=20"
    assert client.get(path).json()["status"] == "ready"
    everywhere = {"q": "sleeps", "mode": mode, "filter": {"run": run}, "collection": "*"}
    hits = client.post("/v1/search", json=everywhere).raise_for_status().json()["hits"]
    found = {(hit["document"]["collection"], hit["document"]["id"]) for hit in hits}
    assert found == {(collection, "cat"), (f"{run}-other", "dog")}
    by_url = search(client, "*", q="sleeps", mode=mode, filter=json.dumps({"run": run}))
    assert [hit["document"] for hit in by_url["hits"]] == [hit["document"] for hit in hits]


def test_text_search_finds_a_pending_document(client: httpx.Client, collection: str) -> None:
    client.post(
        "/v1/documents", json={"id": "a", "collection": collection, "content": "zyzzyva beetle"}
    )
    assert ids(search(client, collection, q="zyzzyva", mode="text")) == ["a"]


def test_text_search_adds_partial_matches_after_full_ones(
    client: httpx.Client, collection: str
) -> None:
    lines = [
        {"id": str(n), "content": f"a common word {'and a rare zyzzyva' if n < 2 else ''}"}
        for n in range(12)
    ]
    client.post("/v1/documents/bulk", params={"collection": collection}, json=lines)
    found = ids(search(client, collection, q="common zyzzyva", mode="text", limit=20))
    assert set(found[:2]) == {"0", "1"}
    assert len(found) == 12


def test_document_of_many_chunks_is_one_hit(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("long", "\n\n".join(f"Kittens purr in paragraph {n}. " * 30 for n in range(8)))
    for n in range(3):
        put(f"short{n}", f"The engine number {n} needs oil.")
    for mode in ("semantic", "hybrid"):
        found = ids(search(client, collection, q="purring kittens", mode=mode))
        assert found[0] == "long"
        assert sorted(found) == ["long", "short0", "short1", "short2"]


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        "a & | ! ( ) : * <->",
        "\\",
        "%s %(q)s {0}",
        "<b>",
        "🙂",
        "中文",
        "a" * 10_000,
        "-x",
        "\\'); DROP TABLE documents; --",
        "word:* & !x | (y",
        "\ufeff\u200b\u202e",
        "ก็็็็",
        "🙂" * 5000,
        "搜" * 10_000,
        " ".join(f"word{n}" for n in range(1200)),
        "<mark></mark>",
    ],
)
def test_unusual_query_is_no_error(
    client: httpx.Client, collection: str, put: Put, query: str
) -> None:
    put("a", "text")
    for mode in ("text", "hybrid"):
        body = {"q": query, "collection": collection, "mode": mode}
        assert client.post("/v1/search", json=body).status_code == 200


def test_query_with_nul_is_a_422(client: httpx.Client, collection: str) -> None:
    body = {"q": "a\0b", "collection": collection}
    assert client.post("/v1/search", json=body).status_code == 422


@pytest.mark.usefixtures("library")
def test_post_takes_its_collection_from_body_or_url(client: httpx.Client, collection: str) -> None:
    question = {"q": "dough", "mode": "text"}
    params = {"collection": collection}
    by_url = client.post("/v1/search", params=params, json=question)
    assert ids(by_url.json()) == ["bread"]
    both = client.post("/v1/search", params=params, json=question | params)
    assert both.json()["hits"] == by_url.json()["hits"]
    contradicting = client.post("/v1/search", params={"collection": "x"}, json=question | params)
    assert contradicting.status_code == 422
    assert contradicting.json()["errors"][0]["path"] == ["collection"]


@pytest.mark.usefixtures("library")
def test_a_refined_search_is_nearer_to_its_best_hits(client: httpx.Client, collection: str) -> None:
    query = {"q": "feline taking a nap", "mode": "semantic"}
    plain = search(client, collection, **query)["hits"][0]
    refined = search(client, collection, **query, refine=True)["hits"][0]
    assert refined["document"] == plain["document"]
    assert refined["nearest"]["similarity"] > plain["nearest"]["similarity"]
    assert ids(search(client, collection, q="oil", mode="text", refine=True)) == ["car"]
