"""Search by words in many languages."""

import httpx
import pytest

from tests.api.search.searching import Put, ids, search


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
