"""Many documents by their ids: stored, waited for and read."""

import pytest
from inkdex import AsyncInkdex, Inkdex
from inkdex.errors import NotStored
from inkdex.operations import many


def test_stored_documents_are_ready(
    inkdex: Inkdex, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "STATES", 2)
    monkeypatch.setattr(many, "FETCHED", 2)
    texts = [{"content": f"Ink number {n} dries."} for n in range(5)]
    ids = inkdex.documents.store(texts, collection=collection)
    found = inkdex.documents.every([*reversed(ids), "none", ids[0]], collection=collection)
    assert [each.id for each in found] == ids[::-1]
    assert {each.status for each in found} == {"ready"}


def test_what_does_not_fit_into_an_answer_is_read_by_the_next(
    inkdex: Inkdex, collection: str
) -> None:
    large = [{"id": f"{n}", "content": f"{n} " + "Ink dries. " * 90_000} for n in range(10)]
    inkdex.documents.bulk(large, collection=collection)
    ids = [f"{n}" for n in range(10)]
    assert len(inkdex.documents.fetch(ids, collection=collection).items) < 10
    assert [each.id for each in inkdex.documents.every(ids, collection=collection)] == ids
    inkdex.collections.delete(collection)  # so that other tests need not wait for the model


def test_waiting_ends(inkdex: Inkdex, collection: str) -> None:
    inkdex.documents.put("a", "Ink dries. " * 50_000, collection=collection)
    (state,) = inkdex.documents.wait(["a", "none"], collection=collection, seconds=0)
    assert (state.id, state.status) == ("a", "pending")
    inkdex.documents.delete("a", collection=collection)


@pytest.mark.anyio
async def test_documents_that_are_refused(api: str, collection: str) -> None:
    async with AsyncInkdex(api) as inkdex:
        with pytest.raises(NotStored, match="1 of 2 documents are refused; the first is b: ") as no:
            await inkdex.documents.store(
                [{"id": "a", "content": "Ink."}, {"id": "b", "content": " "}],
                collection=collection,
            )
        assert no.value.count == 1
        assert [each.id for each in await inkdex.documents.every(["a"], collection=collection)]
