"""The tools `put_document` and `delete_document`."""

from typing import Final

from pydantic import BaseModel, Field

from api.mcp.reading import NamedDocument
from api.mcp.tool import Call, Tool
from api.schemas.documents import DocumentBody
from api.schemas.fields import Content, Metadata, Title
from shared.domain.access.principal import Action
from shared.domain.documents.document import Status


class PutArguments(NamedDocument):
    """A whole document."""

    title: Title = Field(default=None, description="The title; null if there is none.")
    content: Content
    metadata: Metadata = Field(default_factory=dict)

    def body(self) -> DocumentBody:
        return DocumentBody(title=self.title, content=self.content, metadata=self.metadata)


class StoredOut(BaseModel):
    """What became of a document."""

    id: str = Field(description="The document's id.")
    collection: str = Field(description="The document's collection.")
    created: bool = Field(description="Whether there was none of this id before.")
    status: Status = Field(description="`pending` until it is found by meaning.")


class DeletedDocumentOut(BaseModel):
    """The document that is deleted."""

    id: str = Field(description="The document's id.")
    collection: str = Field(description="The document's collection.")


async def put_document(call: Call, given: PutArguments) -> StoredOut:
    ref = given.ref(call, Action.WRITE)
    new = given.body().document(ref.id, ref.collection)
    document, created = await call.inkdex.documents.put(new)
    return StoredOut(
        id=ref.id, collection=ref.collection.name, created=created, status=document.status
    )


async def delete_document(call: Call, given: NamedDocument) -> DeletedDocumentOut:
    ref = given.ref(call, Action.WRITE)
    await call.inkdex.documents.delete(ref, None)
    return DeletedDocumentOut(id=ref.id, collection=ref.collection.name)


PUT_DOCUMENT: Final = Tool(
    name="put_document",
    title="Store a document",
    description="Create a document, or replace the whole document of this id.",
    action=Action.WRITE,
    takes=PutArguments,
    answers=StoredOut,
    run=put_document,
    destroys=True,
)
DELETE_DOCUMENT: Final = Tool(
    name="delete_document",
    title="Delete a document",
    description="Delete a document for ever.",
    action=Action.WRITE,
    takes=NamedDocument,
    answers=DeletedDocumentOut,
    run=delete_document,
    destroys=True,
)
