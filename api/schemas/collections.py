"""Collections on the wire."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.document_cursors import CURSOR_MAX_CHARACTERS
from api.schemas.fields import Identifier, Request
from api.schemas.migrations import NAME_MAX_CHARACTERS, ModelSummaryOut
from shared.domain.collections.collection import (
    DESCRIPTION_MAX_CHARACTERS,
    CollectionState,
    ModelChoice,
    SettingsChange,
)
from shared.domain.documents.validation import check_identifier, check_text
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Tenant
from shared.ports.sealing import Sealed, Sealing

Description = Annotated[
    str | None,
    Field(
        max_length=DESCRIPTION_MAX_CHARACTERS,
        description="What the collection is for, in plain text.",
        examples=["Notes about ink and paper"],
    ),
]

Language = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=NAME_MAX_CHARACTERS,
        description="The language of documents that name none: a code such as `de` or `de-AT`, or "
        "an English name. If it changes, their words are soon read anew; nothing is embedded. "
        "It stays if omitted, and null stands for the server's default.",
        examples=["de"],
    ),
]


class CollectionBody(Request):
    """A collection to create or describe. Its model can be chosen while it has no documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"description": "Notes about ink and paper", "language": "en"}]
        }
    )

    description: Description = None
    language: Language = None
    model: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=NAME_MAX_CHARACTERS,
            description="The embedding model; the default one if omitted.",
        ),
    ] = None
    chunk_tokens: Annotated[
        int | None, Field(ge=32, le=32_768, description="The size of its chunks, in tokens.")
    ] = None

    def change(self) -> SettingsChange:
        """Return what is to be said of the collection. Without a description it has none."""
        change: SettingsChange = {"description": self.description}
        return change | _language(self)

    def choice(self) -> ModelChoice:
        """Return the model that is asked for; raises InvalidInput."""
        check_text(self.model or "", "model")
        return ModelChoice(self.model, self.chunk_tokens)


class CollectionPatch(Request):
    """A JSON merge patch (RFC 7396): `name` renames, null removes description or language."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "notes-2026"}]})

    name: Annotated[Identifier | None, Field(description="The new name; it stays if omitted.")] = (
        None
    )
    description: Description = None
    language: Language = None

    def new_name(self) -> str | None:
        """Return the new name, None if it stays; raises InvalidInput."""
        if "name" not in self.model_fields_set:
            return None
        if self.name is None:
            raise InvalidInput(FieldError(("name",), "can't be removed from a collection"))
        check_identifier(self.name, "name")
        return self.name

    def change(self) -> SettingsChange:
        """Return what is to be said of the collection, which is empty if all stays."""
        change: SettingsChange = {}
        if "description" in self.model_fields_set:
            change["description"] = self.description
        return change | _language(self)


class CountsOut(BaseModel):
    """The number of documents, by their status."""

    model_config = ConfigDict(from_attributes=True)

    total: int = Field(description="All documents.", examples=[12])
    pending: int = Field(description="Those that wait to be embedded.", examples=[1])
    ready: int = Field(description="Those that are embedded.", examples=[11])
    failed: int = Field(description="Those that could not be embedded.", examples=[0])


class CollectionOut(BaseModel):
    """A collection and its models.

    Searches use `model`. A migration embeds under `building`, and can be rolled back to `previous`.
    `paused_reason` says why documents are not embedded now. `documents` is null for a token with a
    filter.
    """

    name: str = Field(description="The collection's name.", examples=["default"])
    description: str | None = Field(
        description="What it is for; null if nobody said.", examples=["Notes about ink and paper"]
    )
    language: str | None = Field(
        description="The language of documents that name none, by the English name of its "
        "stemmer, or `simple` if words match only as they are written; null for the server's "
        "default.",
        examples=["german"],
    )
    documents: CountsOut | None = Field(
        description="The number of its documents; null for a token with a filter."
    )
    model: ModelSummaryOut | None = Field(
        description="The model that searches use; null before the first document is embedded."
    )
    building: ModelSummaryOut | None = Field(
        description="The model of a running migration; null without one.", examples=[None]
    )
    previous: ModelSummaryOut | None = Field(
        description="The model that a migration can be rolled back to; null without one.",
        examples=[None],
    )
    paused_reason: str | None = Field(
        description="Why documents are not embedded now; null if they are.", examples=[None]
    )

    @classmethod
    def of(cls, state: CollectionState) -> Self:
        models, counts, described = state.models, state.documents, state.described
        return cls(
            name=models.name,
            description=described.description,
            language=described.language,
            documents=CountsOut.model_validate(counts) if counts else None,
            model=_summary(models.active),
            building=_summary(models.building),
            previous=_summary(models.previous),
            paused_reason=models.paused_reason,
        )


class CollectionsOut(BaseModel):
    """A page of collections, by name."""

    items: list[CollectionOut] = Field(description="The collections, by name.")
    next_cursor: str | None = Field(
        description="Where the next page starts; null on the last.", examples=[None]
    )


class CollectionListParameters(BaseModel):
    """A page of the list of collections."""

    limit: Annotated[int, Field(ge=1, le=200, description="Collections a page, at most.")] = 100
    cursor: Annotated[
        str | None,
        Field(max_length=CURSOR_MAX_CHARACTERS, description="`next_cursor` of the page before."),
    ] = None


class CollectionCursors:
    """The cursors of a tenant's list of collections: the name after which a page starts."""

    def __init__(self, sealing: Sealing, tenant: Tenant) -> None:
        self._sealing = sealing
        self._tenant = tenant

    def text(self, name: str) -> str:
        return self._sealing.seal(Sealed.COLLECTION_CURSOR, self._tenant, name.encode())

    def name(self, text: str) -> str:
        """Return the name of a cursor; raises InvalidInput."""
        content = self._sealing.open(Sealed.COLLECTION_CURSOR, self._tenant, text)
        if content is None:
            message = "is not a cursor that this API returned"
            raise InvalidInput(FieldError(("query", "cursor"), message))
        return content.decode()


def _language(body: CollectionBody | CollectionPatch) -> SettingsChange:
    return {"language": body.language} if "language" in body.model_fields_set else {}


def _summary(model: object) -> ModelSummaryOut | None:
    return None if model is None else ModelSummaryOut.model_validate(model)
