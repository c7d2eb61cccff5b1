"""A retriever that searches Inkdex."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from inkdex import Inkdex
from inkdex.models.search import Hit
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

Key = tuple[str, str]
"""A document's collection and its id. Only both together name one document."""


class InkdexRetriever(BaseRetriever):
    """Finds the `k` documents of a collection that fit best, or with `passages` parts of them.

    The collection `*` stands for all.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    client: Inkdex
    collection: str | None = None
    k: int = 4
    mode: Literal["hybrid", "semantic", "text"] | None = None
    filter: dict[str, Any] | None = None
    rerank: bool | None = None
    passages: bool = False

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401
    ) -> list[Document]:
        options = {"mode": self.mode, "filter": self.filter, "rerank": self.rerank, **kwargs}
        hits = self.client.search(
            query, collection=self.collection, limit=options.pop("k", self.k), **options
        ).hits
        if self.passages:
            return [_document(hit, hit.text) for hit in hits]
        contents = self._contents(hits)
        return [_document(hit, contents[_key(hit)]) for hit in hits if _key(hit) in contents]

    def _contents(self, hits: Sequence[Hit]) -> dict[Key, str]:
        """Return the contents of the documents that still exist."""
        wanted = defaultdict[str, list[str]](list)
        for hit in hits:
            wanted[hit.document.collection].append(hit.document.id)
        return {
            (collection, document.id): document.content
            for collection, ids in wanted.items()
            for document in self.client.documents.every(ids, collection=collection)
        }


def _key(hit: Hit) -> Key:
    return hit.document.collection, hit.document.id


def _document(hit: Hit, content: str) -> Document:
    said = {
        "title": hit.document.title,
        "collection": hit.document.collection,
        "score": hit.score,
        "location": hit.location and hit.location.model_dump(),
    }
    added = {name: value for name, value in said.items() if value is not None}
    return Document(
        id=hit.document.id, page_content=content, metadata=added | hit.document.metadata
    )
