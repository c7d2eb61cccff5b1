"""Searches for similar documents on the wire."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from api.schemas.fields import Identifier
from api.schemas.filters import FilterText, filter_of
from api.schemas.hits import HitOut, TotalOut
from shared.domain.documents.validation import check_identifier
from shared.domain.refs import DocumentRef
from shared.domain.search.request import SimilarRequest, SimilarResult
from shared.domain.search.scope import ALL_COLLECTIONS, Scope


class SimilarParameters(BaseModel):
    """Where to look for similar documents, and which page of them to return."""

    target: Annotated[
        Identifier | None,
        Field(
            description="The collection to search: the document's own if omitted, all if `*`.",
            examples=["*"],
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    offset: Annotated[int, Field(ge=0, le=1000)] = 0
    filter: FilterText | None = None

    def request(self, ref: DocumentRef) -> SimilarRequest:
        """Return the search; raises InvalidInput."""
        if self.target is not None:
            check_identifier(self.target, "query", "target")
        target = self.target or ref.collection
        one = None if target == ALL_COLLECTIONS else target
        return SimilarRequest(ref, Scope(one, filter_of(self.filter)), self.limit, self.offset)


class SimilarOut(BaseModel):
    """The documents that are most similar to a document, best first."""

    hits: list[HitOut]
    total: TotalOut

    @classmethod
    def of(cls, result: SimilarResult) -> Self:
        return cls(
            hits=[
                HitOut.of(*each)
                for each in zip(result.hits, result.quotations, result.relevances, strict=True)
            ],
            total=TotalOut(count=result.total.count, exact=result.total.is_exact),
        )
