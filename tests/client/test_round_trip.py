"""Both clients on the real API."""

from collections.abc import AsyncIterator

import pytest
from inkdex import AsyncInkdex, Conflict, Inkdex, Invalid, NotFound, Retries, Unreachable
from inkdex.operations.bulk import BATCH_DOCUMENTS, BulkResult

from tests.client.conftest import embedded


def test_a_document_is_written_found_and_deleted(inkdex: Inkdex, collection: str) -> None:
    made = inkdex.documents.put("a/b ?", "Ink dries slowly.", title="Ink", collection=collection)
    assert (made.id, made.version) == ("a/b ?", 1)
    assert embedded(inkdex, "a/b ?", collection).version == 1
    patched = inkdex.documents.patch(
        "a/b ?", title=None, metadata={"tags": ["x"]}, collection=collection, if_match=1
    )
    assert patched.title is None
    hits = inkdex.search("drying", collection=collection, filter={"tags": "x"}).hits
    assert [each.document.id for each in hits] == ["a/b ?"]
    assert (hits[0].snippet, hits[0].text) == (
        "Ink <mark>dries</mark> slowly.",
        "Ink dries slowly.",
    )
    inkdex.documents.delete("a/b ?", collection=collection)
    with pytest.raises(NotFound) as error:
        inkdex.documents.get("a/b ?", collection=collection)
    assert error.value.code == "document-not-found"


def test_errors_are_of_their_kind(inkdex: Inkdex, collection: str) -> None:
    inkdex.documents.create("Ink.", id="a", collection=collection)
    with pytest.raises(Conflict):
        inkdex.documents.create("Ink.", id="a", collection=collection)
    with pytest.raises(Conflict):
        inkdex.documents.put("a", "Blue.", collection=collection, if_match=7)
    with pytest.raises(Invalid) as invalid:
        inkdex.documents.put("a", "", collection=collection)
    assert invalid.value.fields[0].path == ["content"]


def test_documents_are_listed_page_by_page(inkdex: Inkdex, collection: str) -> None:
    inkdex.documents.bulk(
        ({"id": f"{i}", "content": "Ink."} for i in range(5)), collection=collection
    )
    listed = inkdex.documents.list(collection=collection, page_size=2, sort="id")
    assert [each.id for each in listed] == ["0", "1", "2", "3", "4"]


def test_an_import_tells_its_progress_and_its_rejected_lines(
    inkdex: Inkdex, collection: str
) -> None:
    documents = [{"content": f"Ink {i}."} for i in range(BATCH_DOCUMENTS)]
    told: list[int] = []

    def note(result: BulkResult) -> None:
        told.append(result.sent)

    result = inkdex.documents.bulk(
        [*documents, {"id": "bad", "content": ""}, {"id": "good", "content": "Blue."}],
        collection=collection,
        on_progress=note,
    )
    assert result.accepted == BATCH_DOCUMENTS + 1
    assert [(each.line, each.id) for each in result.rejected] == [(BATCH_DOCUMENTS + 1, "bad")]
    assert told == [BATCH_DOCUMENTS, BATCH_DOCUMENTS + 2]
    assert (
        inkdex.documents.delete_where({"k": {"exists": False}}, collection=collection).deleted > 0
    )


def test_what_a_server_has_can_be_asked(inkdex: Inkdex) -> None:
    assert inkdex.ready().ready
    assert inkdex.stats().workers >= 1
    assert inkdex.whoami().tenant == "default"
    assert inkdex.usage().usage.documents >= 0
    assert inkdex.description().has("GET /v1/documents/{id}")
    assert not inkdex.description().has("GET /v1/nothing")
    assert inkdex.embeddings(["ink"], model="all-minilm").data[0].index == 0
    assert inkdex.ask_status().slots >= 0
    assert isinstance(list(inkdex.keys.list()), list)


@pytest.mark.anyio
async def test_the_other_client_does_the_same(api: str, inkdex: Inkdex, collection: str) -> None:
    async def documents() -> AsyncIterator[dict[str, str]]:
        for number in range(3):
            yield {"id": f"{number}", "content": f"Ink {number}."}

    async with AsyncInkdex(api) as other:
        result = await other.documents.bulk(documents(), collection=collection)
        assert result.accepted == 3
        ids = [each.id async for each in other.documents.list(collection=collection, page_size=1)]
        assert sorted(ids) == ["0", "1", "2"]
        with pytest.raises(NotFound):
            await other.documents.delete("3", collection=collection)
        for id_ in ids:
            embedded(inkdex, id_, collection)
        found = await other.documents.get("0", collection=collection, wait=20)
        assert found.status == "ready"
        answer = await other.similar("0", collection=collection)
        assert len(answer.hits) == 2


def test_a_server_that_is_away_is_unreachable() -> None:
    with Inkdex("http://127.0.0.1:9", retries=Retries(attempts=2)) as away:
        with pytest.raises(Unreachable) as error:
            away.whoami()
        assert not error.value.sent


@pytest.mark.parametrize("url", ["ftp://a", "a.b", "http://user:secret@a", "http://a?key=b"])
def test_addresses_hold_no_secret(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Inkdex(url)
