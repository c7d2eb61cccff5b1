"""What LangChain's tests leave out: filters, scores, passages, refusals."""

import uuid

import pytest
from inkdex import Inkdex
from inkdex.errors import NotStored
from langchain_core.documents import Document
from langchain_inkdex import InkdexRetriever, InkdexVectorStore


@pytest.fixture
def filled(store: InkdexVectorStore) -> InkdexVectorStore:
    texts = ["Ink dries slowly.", "Stones lie in the river.", "A quill is a feather."]
    store.add_texts(texts, [{"n": n} for n in range(3)], ids=["ink", "stones", "quill"])
    return store


def test_a_filter_and_a_mode(filled: InkdexVectorStore) -> None:
    found = filled.similarity_search("ink", k=3, filter={"n": {"gte": 1}}, mode="semantic")
    assert {each.id for each in found} == {"stones", "quill"}
    assert filled.similarity_search("ink", mode="text") == [
        Document(id="ink", page_content="Ink dries slowly.", metadata={"n": 0})
    ]


def test_scores_are_in_order_and_relevance_is_a_share(filled: InkdexVectorStore) -> None:
    scored = filled.similarity_search_with_score("Does ink dry?", k=3)
    assert scored[0][0].id == "ink"
    assert [score for _, score in scored] == sorted((score for _, score in scored), reverse=True)
    relevant = filled.similarity_search_with_relevance_scores("Does ink dry?", k=3)
    assert all(0 <= score <= 1 for _, score in relevant)
    threshold = {"score_threshold": relevant[0][1] - 0.001}
    assert len(filled.similarity_search_with_relevance_scores("Does ink dry?", **threshold)) == 1


def test_a_chain_of_a_store(filled: InkdexVectorStore) -> None:
    retriever = filled.as_retriever(search_kwargs={"k": 1})
    assert [each.id for each in retriever.invoke("feathers for writing")] == ["quill"]


def test_from_texts(client: Inkdex, store: InkdexVectorStore) -> None:
    made = InkdexVectorStore.from_texts(
        ["Ink dries."],
        ids=["a"],
        client=client,
        collection=store._collection,
    )
    assert [each.id for each in made.get_by_ids(["b", "a"])] == ["a"]


def test_documents_that_are_refused_are_an_error(store: InkdexVectorStore) -> None:
    with pytest.raises(NotStored, match=r"1 of 2 documents are refused; the first is b: "):
        store.add_texts(["Ink dries.", " "], ids=["a", "b"])


def test_passages_with_what_is_known_of_them(client: Inkdex, store: InkdexVectorStore) -> None:
    collection = store._collection
    sentence = "Tom's ink & <b>quill</b> dry slowly."
    text = f"{'Stones. ' * 400}{sentence} {'Rivers. ' * 400}"
    client.documents.put("long", text, title="On ink", metadata={"n": 1}, collection=collection)
    client.documents.wait(["long"], collection=collection)
    retriever = InkdexRetriever(client=client, collection=collection, passages=True)
    (passage,) = retriever.invoke("How does ink dry?")
    assert sentence in passage.page_content
    assert "mark>" not in passage.page_content
    assert len(passage.page_content) < len(text) / 2
    assert (passage.metadata["title"], passage.metadata["n"]) == ("On ink", 1)
    assert passage.metadata["collection"] == collection
    (whole,) = InkdexRetriever(client=client, collection=collection).invoke("ink")
    assert whole.page_content == text


def test_documents_of_all_collections_may_have_equal_ids(client: Inkdex) -> None:
    word = f"quokka{uuid.uuid4().hex}"
    collections = [f"langchain-{uuid.uuid4()}" for _ in range(2)]
    for number, collection in enumerate(collections):
        client.documents.put("same", f"{word} number {number}", collection=collection)
    for passages in (False, True):
        retriever = InkdexRetriever(
            client=client, collection="*", mode="text", passages=passages, k=5
        )
        found = [each.page_content for each in retriever.invoke(word)]
        assert sorted(found) == [f"{word} number 0", f"{word} number 1"]
