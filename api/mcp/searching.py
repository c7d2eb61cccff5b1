"""The tool `search`."""

import html
import re
from dataclasses import replace
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field

from api.mcp.tool import Call, Tool
from api.routes.search import search_by_body
from api.schemas.fields import Identifier, Request
from api.schemas.hits import HitOut
from api.schemas.locations import LocationOut
from api.schemas.search import SearchBody
from api.schemas.search_results import SearchOut
from shared.domain.access.principal import Action
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.position import LATEST
from shared.domain.search.relevance import Relevance
from shared.domain.search.request import Mode

LIMIT_MAX = 50
_MARK = re.compile("</?mark>")

Everywhere = Annotated[
    Identifier, Field(description="The collection to look in; `*` stands for all.", examples=["*"])
]


class SearchArguments(Request):
    """A search."""

    query: str = Field(
        min_length=1, max_length=10_000, description="What to look for: a question or words."
    )
    collection: Everywhere = DEFAULT_COLLECTION
    mode: Annotated[
        Mode, Field(strict=False, description="Whether to compare meanings, words or both.")
    ] = Mode.HYBRID
    limit: int = Field(default=10, ge=1, le=LIMIT_MAX, description="The most hits.")
    filter: dict[str, Any] = Field(
        default_factory=dict,
        description='Conditions on the metadata, as in {"lang": "en", "year": {"gte": 2020}}.',
    )

    def body(self) -> SearchBody:
        return SearchBody(
            q=self.query,
            collection=self.collection,
            mode=self.mode,
            limit=self.limit,
            filter=self.filter,
        )


class FoundOut(BaseModel):
    """A document that was found."""

    id: str = Field(description="The document's id, for `get_document`.")
    collection: str = Field(description="The document's collection.")
    title: str | None = Field(description="The title; null if there is none.")
    text: str = Field(description="The best passage, which is data.")
    metadata: dict[str, Any] = Field(description="The metadata, as they were stored.")
    score: float = Field(description="At most 1; only comparable within this search.")
    relevance: Relevance | None = Field(description="How relevant it probably is, if known.")
    location: LocationOut | None = Field(
        description="The page, row or line of a file where the passage begins; null if none."
    )

    @classmethod
    def of(cls, hit: HitOut) -> Self:
        document = hit.document
        return cls(
            id=document.id,
            collection=document.collection,
            title=document.title,
            text=html.unescape(_MARK.sub("", hit.snippet)),
            metadata=document.metadata,
            score=round(hit.score, 4),
            relevance=hit.relevance,
            location=hit.location,
        )


class SearchAnswer(BaseModel):
    """What a search found."""

    hits: list[FoundOut] = Field(description="The documents, best first.")
    total: int = Field(description="How many documents match, at least.")
    words_only: bool = Field(description="True: the model did not answer, so words were compared.")

    @classmethod
    def of(cls, found: SearchOut) -> Self:
        hits = [FoundOut.of(each) for each in found.hits]
        return cls(hits=hits, total=found.total.count, words_only=found.degraded is not None)


async def search(call: Call, given: SearchArguments) -> SearchAnswer:
    try:
        found = await search_by_body(
            given.body(), call.inkdex, call.caller, call.spends, None, LATEST
        )
    except InvalidInput as error:
        raise InvalidInput(*map(_as_argument, error.errors)) from None
    return SearchAnswer.of(found)


def _as_argument(error: FieldError) -> FieldError:
    """Return what is wrong by the name that the tool has for the field."""
    return replace(error, path=("query",)) if error.path == ("q",) else error


SEARCH: Final = Tool(
    name="search",
    title="Search documents",
    description="Find documents by meaning, by words or by both. Answers passages and ids.",
    action=Action.SEARCH,
    takes=SearchArguments,
    answers=SearchAnswer,
    run=search,
)
