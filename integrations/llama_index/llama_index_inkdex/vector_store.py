"""A vector store whose vectors are made and kept by Inkdex."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from inkdex import Inkdex
from inkdex.errors import NotFound
from inkdex.models.documents import Document
from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.vector_stores import (
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from llama_index.core.vector_stores.types import BasePydanticVectorStore, VectorStoreQueryMode
from pydantic import PrivateAttr

from llama_index_inkdex.filters import Filter, filter_of

WAIT_SECONDS = 60.0
SOURCE = "ref_doc_id"
DEFAULT_COLLECTION = "default"
_MODES: Mapping[VectorStoreQueryMode, Literal["hybrid", "text"]] = {
    VectorStoreQueryMode.DEFAULT: "hybrid",
    VectorStoreQueryMode.HYBRID: "hybrid",
    VectorStoreQueryMode.SEMANTIC_HYBRID: "hybrid",
    VectorStoreQueryMode.TEXT_SEARCH: "text",
}


class InkdexVectorStore(BasePydanticVectorStore):
    """The documents of a collection, as nodes. Additions return when they are embedded."""

    stores_text: bool = True
    is_embedding_query: bool = False
    collection: str | None = None
    wait_seconds: float = WAIT_SECONDS
    _client: Inkdex = PrivateAttr()

    def __init__(
        self, client: Inkdex, collection: str | None = None, *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        super().__init__(stores_text=True, is_embedding_query=False)
        self.collection = collection
        self.wait_seconds = wait_seconds
        self._client = client

    @property
    def client(self) -> Inkdex:
        """The client of Inkdex."""
        return self._client

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:  # noqa: ANN401, ARG002
        """Create or replace nodes; return their ids. Raises NotStored."""
        return self._client.documents.store(
            [_document(node) for node in nodes],
            collection=self.collection,
            seconds=self.wait_seconds,
        )

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """Return nodes by their ids, or all that meet the filters."""
        documents = self._client.documents
        if node_ids is not None:
            return [_node(each) for each in documents.every(node_ids, collection=self.collection)]
        listed = documents.list(collection=self.collection, filter=filter_of(filters))
        return [_node(each) for each in listed]

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Delete the nodes of a document of LlamaIndex."""
        self._client.documents.delete_where({SOURCE: ref_doc_id}, collection=self.collection)

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **delete_kwargs: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Delete nodes by their ids, or all that meet the filters."""
        for node_id in node_ids or ():
            with suppress(NotFound):
                self._client.documents.delete(node_id, collection=self.collection)
        if node_ids is None and (found := filter_of(filters)):
            self._client.documents.delete_where(found, collection=self.collection)

    def clear(self) -> None:
        """Delete the collection."""
        with suppress(NotFound):
            self._client.collections.delete(self.collection or DEFAULT_COLLECTION)

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:  # noqa: ANN401
        """Return the nodes that fit best; raises ValueError without a text, and for other modes."""
        if query.query_str is None or query.mode not in _MODES:
            raise ValueError("Inkdex searches by a text, in the modes default, hybrid, text_search")
        hits = self._client.search(
            query.query_str,
            collection=self.collection,
            mode=_MODES[query.mode],
            limit=query.similarity_top_k,
            filter=_restricted(query),
            **kwargs,
        ).hits
        scores = {hit.document.id: hit.score for hit in hits}
        found = self._client.documents.every(list(scores), collection=self.collection)
        return VectorStoreQueryResult(
            nodes=[_node(each) for each in found],
            similarities=[scores[each.id] for each in found],
            ids=[each.id for each in found],
        )


def _restricted(query: VectorStoreQuery) -> Filter | None:
    if query.node_ids:
        raise ValueError("Inkdex filters by metadata, not by the ids of nodes")
    parts = [filter_of(query.filters)]
    if query.doc_ids:
        parts.append({SOURCE: {"in": query.doc_ids}})
    given = [part for part in parts if part]
    return {"and": given} if given else None


def _document(node: BaseNode) -> dict[str, Any]:
    source = {SOURCE: node.ref_doc_id} if node.ref_doc_id else {}
    content = node.get_content(MetadataMode.NONE)
    return {"id": node.node_id, "content": content, "metadata": {**node.metadata, **source}}


def _node(document: Document) -> TextNode:
    metadata = dict(document.metadata)
    source = metadata.pop(SOURCE, None)
    related = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)} if source else {}
    return TextNode(
        id_=document.id, text=document.content, metadata=metadata, relationships=related
    )
