"""Documents, or only their states, by their ids."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.agreement import agreed
from api.schemas.document_fields import DocumentId, DocumentStatus
from api.schemas.documents import DocumentOut
from api.schemas.fields import Identifier, Request
from shared.domain.documents.document import DEFAULT_COLLECTION, DocumentState
from shared.domain.documents.fetched import Fetched
from shared.domain.documents.validation import check_identifier

IDS_MAX = 1000
FETCHED_IDS_MAX = 200


class StatesBody(Request):
    """The ids of the documents whose states are asked for; `collection` may be in the URL."""

    collection: Identifier | None = Field(
        default=None,
        description="The collection; that of the URL, or `default`, if omitted.",
        examples=["default"],
    )
    ids: Annotated[
        list[Identifier],
        Field(
            max_length=IDS_MAX,
            description="The ids of up to a thousand documents.",
            examples=[["readme", "changelog"]],
        ),
    ]

    def collection_name(self, in_url: str | None) -> str:
        """Return the name of the collection; raises InvalidInput."""
        chosen = agreed("collection", self.collection, in_url) or DEFAULT_COLLECTION
        check_identifier(chosen, "collection")
        return chosen

    def checked_ids(self) -> list[str]:
        """Return the ids; raises InvalidInput."""
        for index, id_ in enumerate(self.ids):
            check_identifier(id_, "ids", index)
        return self.ids


class FetchBody(StatesBody):
    """The ids of the documents that are asked for; `collection` may be in the URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["readme", "changelog"]}]})

    ids: Annotated[
        list[Identifier],
        Field(
            max_length=FETCHED_IDS_MAX,
            description="The ids of up to two hundred documents.",
            examples=[["readme", "changelog"]],
        ),
    ]


class FetchedOut(BaseModel):
    """Documents in the order of the request, each once.

    `missing` do not exist. `left_out` exist and did not fit: ask for them again.
    """

    items: list[DocumentOut] = Field(description="The documents that were found.")
    missing: list[str] = Field(description="Ids of no document.", examples=[[]])
    left_out: list[str] = Field(
        description="Ids of documents for which the answer had no room.", examples=[[]]
    )

    @classmethod
    def of(cls, fetched: Fetched) -> Self:
        items = [DocumentOut.of(document) for document in fetched.documents]
        return cls(items=items, missing=fetched.missing, left_out=fetched.left_out)


class StateOut(BaseModel):
    """A document's status, and the error of its last failed attempt."""

    id: DocumentId
    status: DocumentStatus
    error_code: str | None = Field(
        description="What went wrong last, as a word; null if nothing did.", examples=[None]
    )
    error_message: str | None = Field(
        description="What went wrong last, as a sentence; null if nothing did.", examples=[None]
    )

    model_config = ConfigDict(from_attributes=True)


class StatesOut(BaseModel):
    """The states of the documents that exist, in no order."""

    items: list[StateOut] = Field(description="The states of the documents that exist.")

    @classmethod
    def of(cls, states: list[DocumentState]) -> Self:
        return cls(items=[StateOut.model_validate(state) for state in states])
