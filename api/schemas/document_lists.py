"""Lists of documents, and the deletion of those that meet a filter."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.document_cursors import CURSOR_MAX_CHARACTERS, ListCursors
from api.schemas.fields import Request
from api.schemas.filters import OPTIONAL_FILTER, FilterText, filter_of
from shared.domain.documents.document import Status
from shared.domain.documents.filters import Filter
from shared.domain.documents.listing import Listing, Order
from shared.domain.documents.validation import check_identifier
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Collection

LISTED_IDS_MAX = 100


class ListParameters(BaseModel):
    """A page of a list."""

    status: Annotated[Status | None, Field(description="Only documents of this status.")] = None
    ids: Annotated[
        list[str] | None,
        Field(
            max_length=LISTED_IDS_MAX,
            description=f"Only these documents: up to {LISTED_IDS_MAX} ids, separated by commas. "
            "Ids that do not exist are left out.",
            examples=[["readme,changelog"]],
        ),
    ] = None
    filter: FilterText | None = Field(default=None, description=OPTIONAL_FILTER)
    sort: Annotated[
        Order,
        Field(
            description="The order; `-` stands for descending. Titles are sorted without case and "
            "accents, by their first 100 characters. A document without a title is among them by "
            "its id. `size` is that of the text in bytes. Ids are sorted by code points."
        ),
    ] = Order.CREATED_AT_DESCENDING
    excerpts: Annotated[
        bool,
        Field(
            description="Instead of `content`, have its beginning in `excerpt`, and its size in "
            "`content_bytes`."
        ),
    ] = False
    limit: Annotated[int, Field(ge=1, le=200, description="Documents a page, at most.")] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=CURSOR_MAX_CHARACTERS, description="`next_cursor` of the page before."),
    ] = None

    def listing(
        self, collection: Collection, visible: tuple[Filter, ...], cursors: ListCursors
    ) -> Listing:
        """Return the page of the documents that meet `visible`; raises InvalidInput."""
        return Listing(
            collection=collection,
            status=self.status,
            ids=None if self.ids is None else _ids(self.ids),
            conditions=(*visible, *filter_of(self.filter)),
            order=self.sort,
            limit=self.limit,
            after=None if self.cursor is None else cursors.position(self.cursor, self.sort),
        )


class FilteredParameters(BaseModel):
    """Which documents are deleted or changed."""

    filter: FilterText

    def filters(self) -> tuple[Filter, ...]:
        """Return the parts of the filter; raises InvalidInput."""
        parts = filter_of(self.filter)
        if not parts:
            raise InvalidInput(
                FieldError(("query", "filter"), "must have a condition, so that not all is meant")
            )
        return parts


class FilteredPatchBody(Request):
    """A JSON merge patch (RFC 7396) of the metadata: null removes a key."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"metadata": {"status": "published", "draft": None}}]}
    )

    metadata: dict[str, Any] = Field(
        description="What changes in the metadata.", examples=[{"status": "published"}]
    )


class ChangedOut(BaseModel):
    """The number of changed documents. Those that had the metadata already do not count."""

    changed: int = Field(description="How many documents were changed.", examples=[12])


class DeletedOut(BaseModel):
    """The number of deleted documents, or files."""

    deleted: int = Field(description="How many were deleted.", examples=[12])


def _ids(values: list[str]) -> list[str]:
    ids = [id_ for value in values for id_ in value.split(",")]
    if len(ids) > LISTED_IDS_MAX:
        raise InvalidInput(FieldError(("query", "ids"), f"must have at most {LISTED_IDS_MAX} ids"))
    for id_ in ids:
        check_identifier(id_, "query", "ids")
    return ids
