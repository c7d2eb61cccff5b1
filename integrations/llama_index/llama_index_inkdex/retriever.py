"""A retriever that searches Inkdex."""

from collections.abc import Mapping
from typing import Any

from inkdex import Inkdex
from inkdex.models.search import Hit
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

TOP_K = 4


class InkdexRetriever(BaseRetriever):
    """Finds the passages of a collection that fit best.

    `options` are those of `Inkdex.search`, such as `mode`, `filter` and `rerank`.
    """

    def __init__(
        self,
        client: Inkdex,
        collection: str | None = None,
        *,
        similarity_top_k: int = TOP_K,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._client = client
        self._collection = collection
        self._top_k = similarity_top_k
        self._options = options or {}
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._client.search(
            query_bundle.query_str,
            collection=self._collection,
            limit=self._top_k,
            **self._options,
        )
        return [NodeWithScore(node=_passage(hit), score=hit.score) for hit in found.hits]


def _passage(hit: Hit) -> TextNode:
    said = {
        "title": hit.document.title,
        "collection": hit.document.collection,
        "location": hit.location and hit.location.model_dump(),
    }
    added = {name: value for name, value in said.items() if value is not None}
    metadata = added | hit.document.metadata
    return TextNode(id_=hit.document.id, text=hit.text, metadata=metadata)
