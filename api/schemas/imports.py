"""Imports on the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Request
from api.schemas.files import RejectionOut
from shared.domain.documents.bulk_report import (
    REASON_CHARACTERS,
    REJECTIONS_KEPT,
    NotSent,
    Rejection,
)
from shared.domain.documents.document import DEFAULT_COLLECTION
from shared.domain.documents.imports import QUIET_SECONDS, ImportFailure, ImportState
from shared.domain.documents.validation import check_text
from shared.domain.reasons import FailureKind
from shared.domain.refs import Collection

NAME_MAX_CHARACTERS = 1000
ITEMS_MAX = 50
"""So many fit in a short body, whatever their characters are."""
MORE_MAX = 1_000_000_000


class SkippedFile(Request):
    """A file, a folder or a line that the client did not send."""

    name: str = Field(
        min_length=1,
        max_length=NAME_MAX_CHARACTERS,
        description="Its name or path.",
        examples=["notes/.draft.md"],
    )
    error: str = Field(
        min_length=1, max_length=REASON_CHARACTERS, description="Why.", examples=["hidden"]
    )
    skipped: bool = Field(
        default=True,
        description="False counts it as rejected: it should have been sent, and could not be.",
    )

    def rejection(self) -> Rejection:
        return Rejection(0, self.name, self.error, is_skipped=self.skipped)


class SkippedRequest(Request):
    """What the client did not send."""

    items: list[SkippedFile] = Field(
        min_length=1,
        max_length=ITEMS_MAX,
        description=f"Up to {ITEMS_MAX}. Send more in further requests.",
    )

    more_skipped: int = Field(
        default=0,
        ge=0,
        le=MORE_MAX,
        description="How many more were skipped, without names. It counts in a request with a new "
        "name only.",
    )
    more_rejected: int = Field(
        default=0,
        ge=0,
        le=MORE_MAX,
        description="How many more were rejected, without names. It counts in a request with a new "
        "name only.",
    )

    def not_sent(self, collection: Collection) -> NotSent:
        """Return what is to be recorded; raises InvalidInput."""
        for index, each in enumerate(self.items):
            check_text(each.name, "items", index, "name")
            check_text(each.error, "items", index, "error")
        named = [each.rejection() for each in self.items]
        return NotSent(collection, named, self.more_rejected, self.more_skipped)


class ImportOut(BaseModel):
    """An import. `pending`, `ready`, `failed` and `deleted` add up to `accepted` at its end.

    It tells of the import: what was ready counts as ready, also if it is deleted later. So does a
    document that a later write has changed again. A file counts as one, however many documents it
    has.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="The import's id.")
    collection: Annotated[
        str | None, Field(description="The collection, null for none yet and for several.")
    ]
    state: Annotated[
        ImportState,
        Field(
            description="`receiving` while a request is open, and for "
            f"{QUIET_SECONDS:g} seconds after one that named the import itself, unless the end was "
            "told. `embedding` while documents are pending, then `done`, or `stopped` if a request "
            "broke off."
        ),
    ]
    accepted: Annotated[int, Field(description="Documents and files that were created or changed.")]
    unchanged: Annotated[int, Field(description="Documents and files that were the same already.")]
    rejected: Annotated[int, Field(description="Lines and files that were not taken.")]
    skipped: Annotated[int, Field(description="Files that the client left out by its own rules.")]
    ready: Annotated[int, Field(description="Of the accepted, those that wait for nothing.")]
    failed: Annotated[
        int, Field(description="Of the accepted, those that could not be read or embedded.")
    ]
    deleted: Annotated[
        int, Field(description="Of the accepted, those that were deleted before they were ready.")
    ]
    pending: Annotated[int, Field(description="Of the accepted, those that wait.")]
    vectors_used: Annotated[
        int, Field(description="Documents that became ready by vectors that came with them.")
    ]
    bytes: Annotated[int, Field(description="Bytes of the bodies that were received.")]
    started_at: datetime = Field(description="When its first request began.")
    ended_at: Annotated[datetime | None, Field(description="When it was done or stopped.")]


class ImportRejectionOut(BaseModel):
    """A line or file that was rejected or skipped. Each request counts its lines from 1."""

    model_config = ConfigDict(from_attributes=True)

    request: int = Field(
        description="Which request of the import sent it, from 1 in the order in which they began.",
        examples=[1],
    )
    line: int | None = Field(
        description="The number of the line in that request, from 1; null for a file.",
        examples=[3],
    )
    id: str | None = Field(
        description="The id that the line names, or the name of the file; null without one.",
        examples=["broken"],
    )
    error: str = Field(
        description="What is wrong with it, or why it was skipped.",
        examples=["content: must not be blank"],
    )


class ImportRejectionsOut(BaseModel):
    """A page of what an import rejected, or skipped, in the order in which it was recorded."""

    items: list[ImportRejectionOut] = Field(description="The rejections, or what was skipped.")
    total: int = Field(
        description=f"How many were rejected, or skipped. The first {REJECTIONS_KEPT:,} are kept.",
        examples=[1],
    )
    next_cursor: str | None = Field(
        description="Where the next page starts; null on the last.", examples=[None]
    )


class ImportFailureOut(BaseModel):
    """A file that could not be read, or a document that could not be embedded."""

    kind: FailureKind = Field(
        description="`document`: it could not be embedded. `file`: it could not be read."
    )
    collection: str = Field(description="Its collection.", examples=[DEFAULT_COLLECTION])
    id: str = Field(description="Its id.", examples=["readme"])
    error: RejectionOut = Field(description="Why it failed.")

    @classmethod
    def of(cls, failure: ImportFailure) -> Self:
        """Return a failure on the wire."""
        error = RejectionOut(code=failure.code, message=failure.message)
        collection = failure.collection.name
        return cls(kind=failure.kind, collection=collection, id=failure.id, error=error)


class ImportFailuresOut(BaseModel):
    """What of an import has failed now. What is retried is no longer here."""

    items: list[ImportFailureOut] = Field(description="Files first, then documents.")
    complete: bool = Field(description="Whether these are all.", examples=[True])


class ImportsOut(BaseModel):
    """A page of imports, the newest first. It can be shorter than its limit."""

    items: list[ImportOut] = Field(description="The imports, the newest first.")
    next_cursor: str | None = Field(
        description="Where the next page starts; null on the last.", examples=[None]
    )
