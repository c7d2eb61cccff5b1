"""Searches for similar documents on the wire."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from api.schemas.fields import Identifier
from api.schemas.filters import OPTIONAL_FILTER, FilterText, filter_of
from api.schemas.hits import HitOut, TotalOut
from shared.domain.access.principal import Action, Principal
from shared.domain.documents.validation import check_identifier
from shared.domain.refs import DocumentRef
from shared.domain.search.request import SimilarRequest, SimilarResult


class SimilarParameters(BaseModel):
    """Where to look for similar documents, and which page of them to return."""

    target: Annotated[
        Identifier | None,
        Field(
            description="The collection to search: the document's own if omitted, all if `*`.",
            examples=["*"],
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=100, description="The most hits.")] = 10
    offset: Annotated[
        int, Field(ge=0, le=1000, description="How many of the best hits to leave out.")
    ] = 0
    filter: FilterText | None = Field(default=None, description=OPTIONAL_FILTER)

    def request(self, ref: DocumentRef, caller: Principal) -> SimilarRequest:
        """Return the search; raises InvalidInput and Forbidden."""
        if self.target is not None:
            check_identifier(self.target, "query", "target")
        target = self.target or ref.collection.name
        scope = caller.scope(Action.SEARCH, target, filter_of(self.filter))
        return SimilarRequest(ref, scope, self.limit, self.offset, caller.filter)


class SimilarOut(BaseModel):
    """The documents that are most similar to a document, best first."""

    hits: list[HitOut] = Field(description="The hits, best first.")
    total: TotalOut = Field(description="How many documents are found.")

    @classmethod
    def of(cls, result: SimilarResult) -> Self:
        return cls(
            hits=[
                HitOut.of(*each)
                for each in zip(
                    result.hits,
                    result.quotations,
                    result.relevances,
                    result.locations,
                    strict=True,
                )
            ],
            total=TotalOut(count=result.total.count, exact=result.total.is_exact),
        )
