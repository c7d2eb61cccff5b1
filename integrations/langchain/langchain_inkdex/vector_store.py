"""A vector store whose vectors are made and kept by Inkdex."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Self

from inkdex import Inkdex
from inkdex.errors import NotFound
from inkdex.models.search import Hit
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

WAIT_SECONDS = 60.0


class InkdexVectorStore(VectorStore):
    """The documents of a collection. Asynchronous methods run the others in threads.

    Additions return when the documents are embedded, after `wait_seconds` at the latest. Searches
    take the options of `Inkdex.search`, such as `mode`, `filter` and `rerank`.
    """

    def __init__(
        self, client: Inkdex, collection: str | None = None, *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._client = client
        self._collection = collection
        self._wait_seconds = wait_seconds

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's
    ) -> list[str]:
        """Create or replace documents; return their ids. Raises NotStored."""
        if kwargs:
            raise TypeError(f"unknown arguments: {', '.join(kwargs)}")
        contents = list(texts)
        documents = [
            {"id": id_, "content": content, "metadata": metadata}
            for id_, content, metadata in zip(
                ids or [None] * len(contents),
                contents,
                metadatas or [{} for _ in contents],
                strict=True,
            )
        ]
        return self._client.documents.store(
            documents, collection=self._collection, seconds=self._wait_seconds
        )

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return those of the documents that exist."""
        found = self._client.documents.every(ids, collection=self._collection)
        return [
            Document(id=each.id, page_content=each.content, metadata=each.metadata)
            for each in found
        ]

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:  # noqa: ANN401, ARG002
        """Delete documents. Those that do not exist are ignored."""
        if ids is None:
            raise ValueError("Say which documents to delete; see Inkdex.collections.delete for all")
        for id_ in ids:
            with suppress(NotFound):
                self._client.documents.delete(id_, collection=self._collection)
        return True

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:  # noqa: ANN401
        """Return the documents that fit best."""
        return [document for document, _ in self._search(query, k, kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return the documents that fit best, with the scores that they are ordered by."""
        return [(document, hit.score) for document, hit in self._search(query, k, kwargs)]

    def _similarity_search_with_relevance_scores(
        self,
        query: str,
        k: int = 4,
        **kwargs: Any,  # noqa: ANN401
    ) -> list[tuple[Document, float]]:
        """Return the documents that fit best, with the similarity of their nearest passage."""
        return [(document, _similarity(hit)) for document, hit in self._search(query, k, kwargs)]

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,  # noqa: ARG003 - Inkdex has its own
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Self:
        """Return a store with these documents; `client` and `collection` are those of the store."""
        store = cls(**kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def _search(self, query: str, k: int, options: dict[str, Any]) -> list[tuple[Document, Hit]]:
        hits = self._client.search(query, collection=self._collection, limit=k, **options).hits
        by_id = {document.id: document for document in self.get_by_ids([_id(hit) for hit in hits])}
        return [(by_id[_id(hit)], hit) for hit in hits if _id(hit) in by_id]


def _id(hit: Hit) -> str:
    return hit.document.id


def _similarity(hit: Hit) -> float:
    return min(1.0, max(0.0, hit.nearest.similarity)) if hit.nearest else 0.0
