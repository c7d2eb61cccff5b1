"""What a hit says of itself, and which hits are shown."""

import httpx
import pytest

from tests.api.search.searching import Put, ids, search


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


def test_near_copies_with_few_words_are_one(client: httpx.Client, collection: str) -> None:
    """One has its words less than 255 times, and the other more often."""
    row = " ".join(f"cell{collection}{n}" for n in range(40))
    for rows in (250, 262):
        body = {"content": f"{row}\n" * rows}
        client.put(f"/v1/documents/{rows}?collection={collection}", json=body).raise_for_status()
    query = {"q": f"cell{collection}7", "mode": "text"}
    (hit,) = search(client, collection, **query, group_by="text")["hits"]
    assert hit["copies"] == 1


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
