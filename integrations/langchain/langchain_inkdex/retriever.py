"""A retriever that searches Inkdex."""

from typing import Any, Literal

from inkdex import Inkdex
from inkdex.models.search import Hit
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict


class InkdexRetriever(BaseRetriever):
    """Finds the `k` documents of a collection that fit best, or with `passages` parts of them."""

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
        contents = {hit.document.id: hit.snippet for hit in hits}
        if not self.passages:
            found = self.client.documents.every(list(contents), collection=self.collection)
            contents = {document.id: document.content for document in found}
        return [_document(hit, contents[_id(hit)]) for hit in hits if _id(hit) in contents]


def _id(hit: Hit) -> str:
    return hit.document.id


def _document(hit: Hit, content: str) -> Document:
    said = {
        "title": hit.document.title,
        "score": hit.score,
        "location": hit.location and hit.location.model_dump(),
    }
    added = {name: value for name, value in said.items() if value is not None}
    return Document(id=_id(hit), page_content=content, metadata=added | hit.document.metadata)
