"""Search by meaning, by words and by both."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Put = Callable[..., dict[str, Any]]


def search(client: httpx.Client, collection: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get("/v1/search", params={"collection": collection, **params})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


@pytest.fixture
def library(put: Put) -> None:
    put("cat", "A kitten sleeps on the warm windowsill.", metadata={"legs": 4, "kind": "pet"})
    put("car", "The engine of this automobile needs new oil.", metadata={"wheels": 4})
    put("bread", "Knead the dough and bake it for an hour.", metadata={"kind": "food"})


@pytest.mark.usefixtures("library")
def test_semantic_search_finds_by_meaning(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="feline taking a nap", mode="semantic")
    assert ids(found)[0] == "cat"
    assert found["hits"][0]["ranks"] == {"semantic": 1, "text": None}
    assert found["degraded"] is None
    assert found["query_embedding"] == "computed"
    again = search(client, collection, q=" feline  taking a nap ", mode="semantic")
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


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"kind": "pet"}, {"cat"}),
        ({"kind": {"ne": "pet"}}, {"car", "bread"}),
        ({"kind": {"in": ["pet", "food"]}}, {"cat", "bread"}),
        ({"kind": {"exists": False}}, {"car"}),
        ({"legs": {"gte": 4, "lt": 5}}, {"cat"}),
        ({"legs": {"gt": 4}}, set()),
        ({"legs": {"gt": "3"}}, set()),
        ({"kind": {"lte": "food"}}, {"bread"}),
        ({"legs": 4.0}, {"cat"}),
        ({"'; DROP TABLE documents; --": {"exists": False}}, {"cat", "car", "bread"}),
        ({}, {"cat", "car", "bread"}),
    ],
)
def test_filter_limits_the_hits(
    client: httpx.Client, collection: str, conditions: dict[str, Any], expected: set[str]
) -> None:
    for mode in ("hybrid", "semantic"):
        found = search(client, collection, q="anything", mode=mode, filter=json.dumps(conditions))
        assert set(ids(found)) == expected


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


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "conditions",
    [{"$or": [{"legs": 4}, {"kind": "food"}]}, {"not": {"wheels": {"$exists": True}}}],
)
def test_filters_take_logical_operators(
    client: httpx.Client, collection: str, conditions: dict[str, Any]
) -> None:
    found = search(client, collection, q="anything", filter=json.dumps(conditions))
    assert set(ids(found)) == {"cat", "bread"}


@pytest.mark.parametrize(
    ("conditions", "path"),
    [({"year": {}}, ["filter", "year"]), ({"or": [{"a": {"~": 1}}]}, ["filter", "or", 0, "a"])],
)
def test_a_filter_that_is_not_understood_is_named(
    client: httpx.Client, conditions: dict[str, Any], path: list[str | int]
) -> None:
    answers = [
        client.get("/v1/search", params={"q": "ink", "filter": json.dumps(conditions)}),
        client.post("/v1/search", json={"q": "ink", "filter": conditions}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert [error["path"] for error in answer.json()["errors"]] == [path]


def test_facets_count_values_in_the_scope(client: httpx.Client, collection: str) -> None:
    metadata: list[dict[str, Any]] = [
        {"tags": ["garden", "home", "garden"], "lang": "en", "team": {"name": "ink"}},
        {"tags": "garden", "lang": "en", "year": 2024},
        {"tags": [], "lang": "de", "year": 2024.0, "draft": True},
        {"tags": ["x" * 2000, None, {"a": 1}], "lang": "fr", "team.name": "ink"},
    ]
    lines = [{"content": f"Ink {n}.", "metadata": each} for n, each in enumerate(metadata)]
    params = {"collection": collection}
    client.post("/v1/documents/bulk", params=params, json=lines).raise_for_status()
    body = {"q": "ink", "mode": "text", "collection": collection, "limit": 1}
    fields = ["tags", "lang", "year", "team.name", "draft", "absent"]
    facets = client.post("/v1/search", json=body | {"facets": fields}).json()["facets"]
    assert list(facets) == fields
    values = {name: [tuple(each.values()) for each in found] for name, found in facets.items()}
    assert values == {
        "tags": [("garden", 2), ("home", 1)],
        "lang": [("en", 2), ("de", 1), ("fr", 1)],
        "year": [(2024, 2)],
        "team.name": [("ink", 2)],
        "draft": [(True, 1)],
        "absent": [],
    }
    english = json.dumps({"lang": "en"})
    found = search(client, collection, q="ink", mode="text", filter=english, facets="lang,tags")
    assert found["facets"]["lang"] == [{"value": "en", "count": 2}]
    assert list(search(client, collection, q="ink", facets=["lang", "tags"])["facets"]) == [
        "lang",
        "tags",
    ]
    assert search(client, collection, q="ink", mode="text")["facets"] is None


@pytest.mark.usefixtures("library")
def test_values_can_be_counted_without_hits(client: httpx.Client, collection: str) -> None:
    queries: list[dict[str, str]] = [
        {"q": "oil", "mode": "text"},
        {"q": "oil"},
        {"q": "feline", "mode": "semantic"},
        {"q": "feline", "group_by": "text"},
    ]
    for query in queries:
        found = search(client, collection, **query, limit=0, facets="kind")
        assert found["hits"] == []
        assert [each["value"] for each in found["facets"]["kind"]] == ["food", "pet"]
        assert (found["query_embedding"], found["degraded"]) == ("none", None)
        is_exact = query.get("mode") == "text"
        assert found["total"] == {"count": 1 if query["q"] == "oil" else 0, "exact": is_exact}


@pytest.mark.parametrize("name", ["refine", "rerank"])
def test_what_changes_the_hits_needs_hits(client: httpx.Client, name: str) -> None:
    answer = client.get("/v1/search", params={"q": "ink", "limit": 0, name: True})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"] == [name]
    assert error["message"] == "needs hits and cannot be combined with limit=0; omit one"


def test_facets_have_at_most_twenty_values(client: httpx.Client, collection: str) -> None:
    lines = [{"content": "Ink.", "metadata": {"n": n, "many": n % 2}} for n in range(30)]
    params = {"collection": collection}
    client.post("/v1/documents/bulk", params=params, json=lines).raise_for_status()
    facets = search(client, collection, q="ink", mode="text", facets="n,many")["facets"]
    assert len(facets["n"]) == 20
    assert facets["many"] == [{"value": 0, "count": 15}, {"value": 1, "count": 15}]


@pytest.mark.parametrize("facets", ["", "a,,b", ",".join("abcdefghijk"), "a\0"])
def test_invalid_facets_are_refused(client: httpx.Client, facets: str) -> None:
    answer = client.get("/v1/search", params={"q": "ink", "facets": facets})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["facets"]


def test_text_search_finds_a_pending_document(client: httpx.Client, collection: str) -> None:
    client.post(
        "/v1/documents", json={"id": "a", "collection": collection, "content": "zyzzyva beetle"}
    )
    assert ids(search(client, collection, q="zyzzyva", mode="text")) == ["a"]


def test_mark_is_the_only_markup_of_a_snippet(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "<script>alert('wombat')</script> & <mark>fake</mark> wombat")
    snippet = search(client, collection, q="wombat")["hits"][0]["snippet"]
    assert "<script" not in snippet
    assert "<mark>wombat</mark>" in snippet
    assert "<mark>fake" not in snippet


def test_a_hit_says_where_its_snippet_is(client: httpx.Client, collection: str, put: Put) -> None:
    content = (
        "🙂 Nothing to see here. " * 200 + "A wombat digs.\n\n" + "Nothing there, either. " * 200
    )
    put("a", content)
    (hit,) = search(client, collection, q="wombat", mode="text")["hits"]
    quoted = content[hit["passage"]["start"] : hit["passage"]["end"]]
    assert "A wombat digs." in quoted
    plain = re.sub(r"</?mark>|…", "", hit["snippet"])
    assert quoted.split() == plain.split()


@pytest.mark.parametrize(
    ("language", "content", "query", "marked"),
    [
        ("de", "Die alten Häuser stehen leer.", "Haus", "Häuser"),
        ("German", "Die Donaudampfschifffahrtsgesellschaft ruht.", "Donaudampf", None),
        ("fr-CA", "Ils mangeaient des pommes.", "manger", "mangeaient"),
        ("ru", "Красивые книги лежат на столе.", "книга", "книги"),
        (None, "我们喜欢用搜索引擎查找资料。", "搜索引擎", "搜索引擎"),
        ("zh", "我们喜欢用搜索引擎查找资料。", "引擎", "引擎"),
        ("zh", "我们喜欢用搜索引擎查找资料。", "擎", "擎"),
        ("ja", "東京タワーに行きました。", "タワー", "タワー"),
        ("ko", "한국어 검색엔진을 만들었다", "엔진", "엔진"),
        ("th", "ฉันชอบกินข้าวมันไก่", "ข้าวมัน", "ข้าวมัน"),
        ("klingon", "The engines were running.", "engine", "engines"),
        (None, "I 🙂 emoji 🙂🙂 a lot", "emoji", "emoji"),
    ],
)
def test_text_search_supports_many_languages(
    client: httpx.Client,
    collection: str,
    language: str | None,
    content: str,
    query: str,
    marked: str | None,
) -> None:
    metadata = {} if language is None else {"language": language}
    body = {"id": "a", "collection": collection, "content": content, "metadata": metadata}
    client.post("/v1/documents", json=body).raise_for_status()
    hits = search(client, collection, q=query, mode="text")["hits"]
    assert [hit["document"]["id"] for hit in hits] == ["a"]
    assert hits[0]["snippet"].replace("<mark>", "").replace("</mark>", "") in content
    assert marked is None or f"<mark>{marked}</mark>" in hits[0]["snippet"]


def test_new_language_changes_the_lexemes_but_not_the_vector(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "Die alten Häuser stehen leer.", metadata={"lang": "en"})
    assert ids(search(client, collection, q="Haus", mode="text")) == []
    patched = client.patch(
        "/v1/documents/a", params={"collection": collection}, json={"metadata": {"lang": "de"}}
    ).json()
    assert patched["status"] == "ready"
    assert ids(search(client, collection, q="Haus", mode="text")) == ["a"]


def test_snippet_quotes_the_best_passage_of_a_long_document(
    client: httpx.Client, collection: str, put: Put
) -> None:
    filler = "The committee met again and nothing was decided about the budget. " * 50
    put("a", f"{filler}A quokka was seen near the lighthouse at dawn.{filler}")
    for mode in ("semantic", "text", "hybrid"):
        hit = search(client, collection, q="quokka at the lighthouse", mode=mode)["hits"][0]
        assert "<mark>quokka</mark>" in hit["snippet"]


def test_hit_has_its_nearest_chunk_and_similarity(
    client: httpx.Client, collection: str, put: Put
) -> None:
    filler = "The committee met again 🙂 and nothing was decided about the budget. " * 50
    content = f"{filler}\n\nA quokka was seen near the lighthouse at dawn.\n\n{filler}"
    long = put("long", content)
    put("short", "A quokka was seen near the lighthouse at dawn.")
    query = "A quokka was seen near the lighthouse at dawn."
    found = search(client, collection, q=query, mode="semantic")
    nearest = {hit["document"]["id"]: hit["nearest"] for hit in found["hits"]}
    assert nearest["short"] == {
        "similarity": pytest.approx(1, abs=0.001),
        "start": 0,
        "end": len(query),
        "chunks": 1,
        "version": 1,
    }
    assert "quokka" in content[nearest["long"]["start"] : nearest["long"]["end"]]
    assert nearest["long"]["chunks"] == long["embedding"]["chunks"] > 1
    assert 0 < nearest["long"]["similarity"] < 1
    assert found["hits"][0]["document"]["id"] == "short"
    by_words = search(client, collection, q="quokka", mode="text")["hits"]
    assert [hit["nearest"] for hit in by_words] == [None, None]


def test_snippet_quotes_the_latest_text(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "An aardvark digs. " * 200)
    params = {"collection": collection}
    client.put("/v1/documents/a", params=params, json={"content": "A wombat sleeps."})
    for mode in ("text", "hybrid", "semantic"):
        hits = search(client, collection, q="wombat aardvark", mode=mode)["hits"]
        assert [hit["snippet"] for hit in hits] == ["A <mark>wombat</mark> sleeps."]
    assert ids(search(client, collection, q="aardvark", mode="text")) == []
    client.delete("/v1/documents/a", params=params)
    assert ids(search(client, collection, q="wombat")) == []


def test_snippet_escapes_tags_of_the_content(client: httpx.Client, collection: str) -> None:
    content = "<b class='x'>wombat</b> &amp; <!-- \x01 hidden --> wombats <"
    body = {"id": "a", "collection": collection, "content": content}
    client.post("/v1/documents", json=body).raise_for_status()
    snippet = search(client, collection, q="wombat", mode="text")["hits"][0]["snippet"]
    plain = html.unescape(snippet.replace("<mark>", "").replace("</mark>", ""))
    assert plain == content.replace("\x01", " ")


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


def test_copies_of_a_text_can_be_shown_once(
    client: httpx.Client, collection: str, put: Put
) -> None:
    copies = {f"copy{n}" for n in range(12)}
    for id_ in sorted(copies):
        put(id_, "Parking permits are issued at the front desk on Mondays.")
    put("other", "Visitors get a permit for parking from the guard at the gate.")
    query = {"q": "where are parking permits issued"}
    for mode in ("hybrid", "semantic", "text"):
        found = search(client, collection, **query, mode=mode, group_by="text")
        assert [hit["copies"] for hit in found["hits"]] == [11, 0]
        assert ids(found)[0] in copies
        assert ids(found)[1] == "other"
        assert found["total"] == {"count": 2, "exact": True}
        pages = [
            search(client, collection, **query, mode=mode, group_by="text", limit=1, offset=n)
            for n in range(3)
        ]
        assert [id_ for page in pages for id_ in ids(page)] == ids(found)
    body = {**query, "collection": collection, "group_by": "text"}
    assert len(client.post("/v1/search", json=body).json()["hits"]) == 2
    plain = search(client, collection, **query, limit=20)
    assert len(plain["hits"]) == 13
    assert {hit["copies"] for hit in plain["hits"]} == {None}


@pytest.mark.usefixtures("library")
def test_hits_say_how_good_they_are(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="kitten windowsill")
    assert found["total"] == {"count": 3, "exact": True}
    best, *_, last = found["hits"]
    assert best["document"]["id"] == "cat"
    assert best["relevance"] in {"strong", "fair"}  # lengths are compared with the average so far
    assert best["score"] == pytest.approx(1)
    assert best["scores"]["semantic"] == best["nearest"]["similarity"]
    assert best["scores"]["text"] > 0
    assert last["scores"]["text"] is None
    assert last["relevance"] in {"weak", None}  # None if the database has few documents so far


@pytest.mark.usefixtures("library")
def test_weak_hits_can_be_left_out(client: httpx.Client, collection: str) -> None:
    query = {"q": "feline taking a nap", "mode": "semantic"}
    best, second, _ = search(client, collection, **query)["hits"]
    between = (best["nearest"]["similarity"] + second["nearest"]["similarity"]) / 2
    found = search(client, collection, **query, min_similarity=between)
    assert ids(found) == ["cat"]
    assert found["total"] == {"count": 1, "exact": True}
    assert ids(search(client, collection, q="oil", min_similarity=0.99)) == ["car"]


@pytest.mark.usefixtures("library")
def test_a_refined_search_is_nearer_to_its_best_hits(client: httpx.Client, collection: str) -> None:
    query = {"q": "feline taking a nap", "mode": "semantic"}
    plain = search(client, collection, **query)["hits"][0]
    refined = search(client, collection, **query, refine=True)["hits"][0]
    assert refined["document"] == plain["document"]
    assert refined["nearest"]["similarity"] > plain["nearest"]["similarity"]
    assert ids(search(client, collection, q="oil", mode="text", refine=True)) == ["car"]
