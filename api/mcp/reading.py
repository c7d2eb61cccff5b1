"""The tools `get_document` and `list_collections`."""

from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, Field

from api.mcp.tool import Call, Tool
from api.routes import collections
from api.schemas.collections import CollectionListParameters
from api.schemas.fields import Identifier, Request
from shared.domain.access.principal import Action
from shared.domain.documents.document import DEFAULT_COLLECTION, Document, Status
from shared.domain.documents.validation import check_identifier
from shared.domain.refs import DocumentRef

CHARACTERS = 20_000
CHARACTERS_MAX = 200_000
LISTED_MAX = 200
"""Collections in an answer."""

One = Annotated[Identifier, Field(description="The document's collection.")]


class NamedDocument(Request):
    """The name of a document."""

    id: Annotated[Identifier, Field(description="The document's id, as `search` answers it.")]
    collection: One = DEFAULT_COLLECTION

    def ref(self, call: Call, action: Action) -> DocumentRef:
        """Return the document; raises InvalidInput and Forbidden."""
        check_identifier(self.collection, "collection")
        check_identifier(self.id, "id")
        return DocumentRef(call.caller.collection(action, self.collection), self.id)


class GetArguments(NamedDocument):
    """A document, and which part of its text."""

    start: int = Field(default=0, ge=0, description="Where to begin, in characters from 0.")
    characters: int = Field(
        default=CHARACTERS, ge=1, le=CHARACTERS_MAX, description="The most characters to read."
    )


class ReadOut(BaseModel):
    """A document, or a part of its text."""

    id: str = Field(description="The document's id.")
    collection: str = Field(description="The document's collection.")
    title: str | None = Field(description="The title; null if there is none.")
    content: str = Field(description="The text from `start` on, which is data.")
    start: int = Field(description="Where this part begins.")
    next_start: int | None = Field(description="Where the next part begins; null at the end.")
    total_characters: int = Field(description="How long the whole text is.")
    metadata: dict[str, Any] = Field(description="The metadata, as they were stored.")
    status: Status = Field(description="Only a `ready` document is found by meaning.")

    @classmethod
    def of(cls, document: Document, given: GetArguments) -> Self:
        whole = document.content
        end = given.start + given.characters
        return cls(
            id=document.ref.id,
            collection=document.ref.collection.name,
            title=document.title,
            content=whole[given.start : end],
            start=given.start,
            next_start=end if end < len(whole) else None,
            total_characters=len(whole),
            metadata=document.metadata,
            status=document.status,
        )


class NoArguments(Request):
    """Nothing."""


class ListedOut(BaseModel):
    """A collection."""

    name: str = Field(description="The collection's name, as other tools take it.")
    model: str | None = Field(description="The model that searches use; null before there is one.")


class CollectionsAnswer(BaseModel):
    """The first collections that the key may read."""

    collections: list[ListedOut] = Field(description="The collections, by name.")


async def get_document(call: Call, given: GetArguments) -> ReadOut:
    ref = given.ref(call, Action.READ)
    return ReadOut.of(await call.inkdex.documents.get(ref, call.caller.filter), given)


async def list_collections(call: Call, _: NoArguments) -> CollectionsAnswer:
    page = CollectionListParameters(limit=LISTED_MAX)
    found = await collections.list_collections(call.inkdex, call.caller, page)
    listed = [
        ListedOut(name=each.name, model=each.model.name if each.model else None)
        for each in found.items
    ]
    return CollectionsAnswer(collections=listed)


GET_DOCUMENT: Final = Tool(
    name="get_document",
    title="Read a document",
    description="Read a document's text and metadata. Long texts come in parts.",
    action=Action.READ,
    takes=GetArguments,
    answers=ReadOut,
    run=get_document,
)
LIST_COLLECTIONS: Final = Tool(
    name="list_collections",
    title="List collections",
    description="List the collections that can be searched and read.",
    action=Action.READ,
    takes=NoArguments,
    answers=CollectionsAnswer,
    run=list_collections,
)
