"""A store and a retriever, alone and in LlamaIndex's own index."""

import pytest
from inkdex import Inkdex
from inkdex.errors import NotStored
from llama_index.core import Document, MockEmbedding, StorageContext, VectorStoreIndex
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
)
from llama_index.core.vector_stores.types import VectorStoreQueryMode
from llama_index_inkdex import InkdexRetriever, InkdexVectorStore

TEXTS = {"ink": "Ink dries slowly.", "stones": "Stones lie in a river.", "quill": "A quill writes."}


def node(id_: str, text: str, source: str = "book", **metadata: object) -> TextNode:
    related = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)}
    return TextNode(id_=id_, text=text, metadata=metadata, relationships=related)


@pytest.fixture
def filled(store: InkdexVectorStore) -> InkdexVectorStore:
    nodes = [node(id_, text, n=n, tags=[id_, "all"]) for n, (id_, text) in enumerate(TEXTS.items())]
    assert store.add(nodes) == list(TEXTS)
    return store


def found(store: InkdexVectorStore, *given: MetadataFilter, **query: object) -> set[str]:
    filters = MetadataFilters(filters=list(given)) if given else None
    asked = {"query_str": "ink", "similarity_top_k": 5, **query}
    return set(store.query(VectorStoreQuery(filters=filters, **asked)).ids or ())  # type: ignore[arg-type]


def test_a_query_returns_what_was_added(filled: InkdexVectorStore) -> None:
    result = filled.query(VectorStoreQuery(query_str="Does ink dry?", similarity_top_k=2))
    assert result.nodes is not None
    assert result.similarities is not None
    first = result.nodes[0]
    assert (first.node_id, first.ref_doc_id) == ("ink", "book")
    assert first.get_content() == TEXTS["ink"]
    assert first.metadata == {"n": 0, "tags": ["ink", "all"]}
    assert result.similarities == sorted(result.similarities, reverse=True)
    assert len(result.nodes) == 2


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("==", "n", 1, {"stones"}),
        ("!=", "n", 1, {"ink", "quill"}),
        (">", "n", 1, {"quill"}),
        (">=", "n", 1, {"stones", "quill"}),
        ("<", "n", 1, {"ink"}),
        ("<=", "n", 1, {"ink", "stones"}),
        ("in", "n", [0, 2], {"ink", "quill"}),
        ("nin", "n", [0, 2], {"stones"}),
        ("any", "tags", ["ink", "quill"], {"ink", "quill"}),
        ("all", "tags", ["ink", "all"], {"ink"}),
        ("contains", "tags", "stones", {"stones"}),
        ("is_empty", "none", None, set(TEXTS)),
        ("is_empty", "tags", None, set()),
    ],
)
def test_filters(
    filled: InkdexVectorStore, operator: str, key: str, value: object, expected: set[str]
) -> None:
    given = MetadataFilter(key=key, value=value, operator=FilterOperator(operator))  # type: ignore[arg-type]
    assert found(filled, given) == expected


def test_filters_within_filters(filled: InkdexVectorStore) -> None:
    either = MetadataFilters(
        filters=[MetadataFilter(key="n", value=0), MetadataFilter(key="n", value=1)],
        condition=FilterCondition.OR,
    )
    other = MetadataFilters(filters=[either], condition=FilterCondition.NOT)
    for filters, expected in ((either, {"ink", "stones"}), (other, {"quill"})):
        query = VectorStoreQuery(query_str="ink", similarity_top_k=5, filters=filters)
        assert set(filled.query(query).ids or ()) == expected


def test_words_only_and_documents_only(filled: InkdexVectorStore) -> None:
    assert found(filled, mode=VectorStoreQueryMode.TEXT_SEARCH) == {"ink"}
    filled.add([node("other", "Ink of another book.", "other book")])
    assert found(filled, doc_ids=["other book"]) == {"other"}


@pytest.mark.parametrize(
    "query",
    [
        VectorStoreQuery(query_embedding=[1.0]),
        VectorStoreQuery(query_str="ink", mode=VectorStoreQueryMode.MMR),
        VectorStoreQuery(query_str="ink", node_ids=["ink"]),
    ],
    ids=["vector", "mmr", "nodes"],
)
def test_what_inkdex_cannot_do_is_an_error(
    store: InkdexVectorStore, query: VectorStoreQuery
) -> None:
    with pytest.raises(ValueError, match="Inkdex"):
        store.query(query)


def test_a_filter_on_a_text_is_an_error(filled: InkdexVectorStore) -> None:
    with pytest.raises(ValueError, match="text_match"):
        found(filled, MetadataFilter(key="n", value="x", operator=FilterOperator.TEXT_MATCH))


def test_deletions(filled: InkdexVectorStore) -> None:
    filled.add([node("other", "Ink of another book.", "other book")])
    filled.delete("other book")
    assert found(filled) == set(TEXTS)
    filled.delete_nodes(["ink", "none"])
    filled.delete_nodes(filters=MetadataFilters(filters=[MetadataFilter(key="n", value=1)]))
    assert [each.node_id for each in filled.get_nodes()] == ["quill"]
    filled.clear()
    assert filled.get_nodes(["quill"]) == []


def test_nodes_that_are_refused(store: InkdexVectorStore) -> None:
    with pytest.raises(NotStored, match="1 of 1 documents are refused"):
        store.add([node("blank", " ")])


def test_an_index_of_llama_index(store: InkdexVectorStore) -> None:
    index = VectorStoreIndex.from_documents(
        [Document(doc_id=id_, text=text) for id_, text in TEXTS.items()],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=MockEmbedding(1),
    )
    (best,) = index.as_retriever(similarity_top_k=1).retrieve("writing with feathers")
    assert best.node.get_content() == TEXTS["quill"]
    index.delete_ref_doc("quill")
    assert {each.ref_doc_id for each in store.get_nodes()} == {"ink", "stones"}


def test_a_retriever_finds_passages(client: Inkdex, store: InkdexVectorStore) -> None:
    sentence = "Tom's ink & <b>quill</b> dry slowly."
    text = f"{'Stones. ' * 400}{sentence} {'Rivers. ' * 400}"
    document = {"id": "long", "content": text, "title": "On ink", "metadata": {"n": 1}}
    client.documents.store([document], collection=store.collection)
    retriever = InkdexRetriever(client, store.collection, options={"mode": "hybrid"})
    (passage,) = retriever.retrieve("How does ink dry?")
    assert sentence in passage.text
    assert "mark>" not in passage.text
    assert len(passage.text) < len(text) / 2
    assert passage.metadata == {"title": "On ink", "collection": store.collection, "n": 1}
