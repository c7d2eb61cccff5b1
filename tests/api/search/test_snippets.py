"""A hit quotes its document."""

import html
import re

import httpx

from tests.api.search.searching import Put, ids, search


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


def test_snippet_quotes_the_best_passage_of_a_long_document(
    client: httpx.Client, collection: str, put: Put
) -> None:
    filler = "The committee met again and nothing was decided about the budget. " * 50
    put("a", f"{filler}A quokka was seen near the lighthouse at dawn.{filler}")
    for mode in ("semantic", "text", "hybrid"):
        hit = search(client, collection, q="quokka at the lighthouse", mode=mode)["hits"][0]
        assert "<mark>quokka</mark>" in hit["snippet"]


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
