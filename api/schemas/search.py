"""Searches, as GET and POST take them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import CollectionQuery, Identifier, Request
from api.schemas.filters import OPTIONAL_FILTER, FilterText, json_of
from api.schemas.search_cursors import (
    CURSOR_MAX_CHARACTERS,
    START_WORD,
    parse_cursor,
)
from shared.domain.access.principal import Action, Principal
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.position import SeenChanges
from shared.domain.search.facets import FACETS_MAX, check_facets
from shared.domain.search.kept_order import Cursor
from shared.domain.search.request import Mode, SearchRequest


class SearchParameters(BaseModel):
    """A search, as GET takes it. POST takes the same fields in JSON."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=10_000,
            examples=["fast drying ink"],
            description="The query: a question or words, not blank.",
        ),
    ]
    mode: Mode = Field(
        default=Mode.HYBRID, description="Whether to compare meanings, words or both."
    )
    limit: Annotated[
        int,
        Field(
            ge=0,
            le=100,
            description="The most hits. With 0 the answer has `facets` and no hits, and the "
            "query is not embedded, so `total` counts those with its words, exactly only in "
            "`text` mode.",
        ),
    ] = 10
    offset: Annotated[
        int, Field(ge=0, le=1000, description="How many of the best hits to leave out.")
    ] = 0
    filter: FilterText | None = Field(default=None, description=OPTIONAL_FILTER)
    refine: Annotated[
        bool,
        Field(
            description="Search again, with a vector that is nearer to those of the two best hits. "
            "It often finds more, and takes twice the time. Not with `limit=0`."
        ),
    ] = False
    min_similarity: Annotated[
        float,
        Field(
            ge=-1,
            le=1,
            description="Leave out hits whose nearest chunk has a lower cosine similarity, unless "
            "they match by words.",
        ),
    ] = -1
    facets: Annotated[
        list[str],
        Field(
            max_length=FACETS_MAX,
            description="Metadata fields; a URL may separate them by commas. The answer counts "
            "their values in all documents that meet the filter, whatever the query.",
            examples=[["tags,lang"]],
        ),
    ] = []

    group_by: Annotated[
        Literal["text"] | None,
        Field(description="`text` shows identical and nearly identical texts once, as the best."),
    ] = None

    rerank: Annotated[
        bool,
        Field(
            description="Let the reranker of RERANK_URL order the best 20 hits, or that of "
            "RERANK_CHAT_MODEL the best 10. If it fails, they keep their order, and `reranked` in "
            "the answer says so. Not with `limit=0`."
        ),
    ] = False

    cursor: Annotated[
        str | None,
        Field(
            max_length=CURSOR_MAX_CHARACTERS,
            description="`start` keeps the order of the hits, so that writes do not change further "
            "pages. Each answer has the cursor of the next page in `next_cursor`. Repeat the other "
            "fields with it; `limit` may change.",
            examples=[START_WORD],
        ),
    ] = None

    def request(self, collection: str, caller: Principal, seen: SeenChanges) -> SearchRequest:
        """Return the search in a collection; raises InvalidInput and Forbidden."""
        check_text(self.q, "q")
        if not self.q.strip():
            raise InvalidInput(FieldError(("q",), "must not be blank"))
        cursor = self._cursor()
        self._check_limit()
        scope = caller.scope(Action.SEARCH, collection, parse_filter(self._filter()))
        return SearchRequest(
            self.q,
            scope,
            self.mode,
            self.limit,
            self.offset,
            self._facets(),
            self.refine,
            self.min_similarity,
            is_grouped=self.group_by is not None,
            rerank=self.rerank,
            cursor=cursor,
            seen=seen,
        )

    def _cursor(self) -> Cursor | None:
        if self.cursor is None:
            return None
        if self.offset:
            raise InvalidInput(FieldError(("offset",), "cannot be combined with cursor; omit one"))
        if self.rerank:
            message = "cannot be combined with cursor; page by offset"
            raise InvalidInput(FieldError(("rerank",), message))
        if not self.limit:
            raise InvalidInput(FieldError(("limit",), "0 cannot be combined with cursor"))
        return parse_cursor(self.cursor)

    def _check_limit(self) -> None:
        if self.limit:
            return
        for name, is_given in (("refine", self.refine), ("rerank", self.rerank)):
            if is_given:
                message = "needs hits and cannot be combined with limit=0; omit one"
                raise InvalidInput(FieldError((name,), message))

    def _filter(self) -> object:
        return {} if self.filter is None else json_of(self.filter)

    def _facets(self) -> tuple[str, ...]:
        return check_facets([name for each in self.facets for name in each.split(",")])


class SearchQuery(SearchParameters):
    """A search with its collection, as the URL names it."""

    collection: CollectionQuery = None


class SearchBody(Request, SearchParameters):
    """A search, as POST takes it; `collection` may repeat that of the URL."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"q": "fast drying ink", "filter": {"lang": "en"}}]}
    )

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=10_000,
            description="The query: a question or words, not blank.",
            examples=["fast drying ink"],
        ),
    ]
    collection: Identifier | None = Field(
        default=None,
        description="The collection; `default` if omitted, all that the key allows if `*`.",
        examples=["default"],
    )
    mode: Annotated[
        Mode, Field(strict=False, description="Whether to compare meanings, words or both.")
    ] = Mode.HYBRID
    filter: dict[str, Any] = Field(
        default_factory=dict,
        description="Conditions on the metadata, as JSON; docs/filters.md has the operators.",
        examples=[{"lang": "en"}],
    )  # type: ignore[assignment]

    def _filter(self) -> object:
        return self.filter

    def _facets(self) -> tuple[str, ...]:
        return check_facets(self.facets)
