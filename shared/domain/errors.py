"""Everything that can go wrong, in one tree.

The classes are here, and in `collection_errors`, `database_errors` and `model_errors` beside it.

InkdexError
├── InvalidInput            the client sent something that is not valid
│   ├── DocumentTooLarge
│   └── DocumentNotStorable PostgreSQL refuses the document
├── DocumentNotFound
├── DocumentNotReady        the document has no vectors yet
├── ModelsDiffer            documents of two collections cannot be compared
├── DocumentExists
├── VersionConflict         the document changed after the client read it
├── CollectionNotFound
├── CollectionExists        a rename to a name that is taken
├── CollectionNotEmpty      its model changes by a migration only
├── CollectionTooLarge      too large for a rename
├── WebhookNotFound
├── ImportNotFound
├── FileNotFound
├── TooManyUnsent           more than half of a source's files would be deleted
├── MigrationNotFound
├── EmbeddingModelNotFound  no collection has the model
├── MigrationRunning        another one changes the collection's model
├── MigrationNotAllowed     what was asked is not possible in its state
├── TooManyWebhooks
├── TooBusy                 too much work is waiting
├── ShuttingDown            the process is stopping
├── UnexpectedFailure       a fault of Inkdex, after the response began
├── TooManyRejections       an import holds too many lines that are not documents
├── DatabaseUnavailable     PostgreSQL cannot serve the request now
│   ├── DatabaseTimeout     it answers, but a statement took too long
│   ├── DatabaseUnusable    it answers, but its operator must change it first
│   │   └── SchemaMismatch
│   └── WritesRefused       it still reads
│       ├── StorageFull
│       └── DatabaseReadOnly
├── BrokerUnavailable
├── ModelSwitched           a search has a vector of a model that is active no more
├── OrderStoreUnavailable   Redis cannot keep the order of a search
├── ChatQueueUnavailable    Redis cannot keep the line for a chat model; each process has its own
├── CursorExpired           the order of a search is no longer kept
├── ModelUnavailable        the model server cannot embed now; no document is to blame
├── ChatUnavailable         the chat model cannot answer now
│   └── PromptCut           its server cut the prompt, so its answer is worth nothing
├── PromptTooLong           the prompt exceeds the chat model's context
├── RerankerUnavailable     the reranker cannot score now; hits keep their order
├── TextRejected            the model cannot embed one text; its document is to blame
├── ExtractionFailed        a file cannot be read (`shared.domain.files.parts`)
├── LeaseLost               another worker or an edit took over what this worker had claimed
└── WebhookRefused          a webhook's receiver did not accept a message
"""

from dataclasses import dataclass
from uuid import UUID

from shared.domain.refs import Collection, DocumentRef

NAME_CHARACTERS = 100
"""Messages show no more of an id or a collection."""


class InkdexError(Exception):
    """Base of every error that Inkdex raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. `path` leads to it, as in `("metadata", "year")`."""

    path: tuple[str | int, ...]
    message: str


class InvalidInput(InkdexError):
    """The client sent something that is not valid; `errors` name the fields."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, e.path))}: {e.message}" for e in errors))
        self.errors = errors


class DocumentTooLarge(InvalidInput):
    """The document exceeds a size limit."""


class DocumentNotStorable(InvalidInput):
    """PostgreSQL refuses the document, though it passed all checks."""


class DocumentNotFound(InkdexError):
    def __init__(self, ref: DocumentRef) -> None:
        super().__init__(
            f"There is no document {shown(ref.id)} in the collection {shown(ref.collection.name)}."
        )


class DocumentNotReady(InkdexError):
    """The document has no vectors yet. `status` says whether they will come by themselves."""

    def __init__(self, ref: DocumentRef, status: str) -> None:
        remedy = "Retry it first." if status == "failed" else "Try again when it is ready."
        super().__init__(f"The document {shown(ref.id)} is {status} and not embedded. {remedy}")


class ModelsDiffer(InkdexError):
    def __init__(self, one: Collection, other: Collection) -> None:
        super().__init__(
            f"The collections {shown(one.name)} and {shown(other.name)} have different embedding "
            "models, so their documents cannot be compared."
        )


class DocumentExists(InkdexError):
    def __init__(self, ref: DocumentRef) -> None:
        super().__init__(
            f"The collection {shown(ref.collection.name)} already has a document "
            f"{shown(ref.id)}. "
            "Replace it with PUT /v1/documents/{id}."
        )


class VersionConflict(InkdexError):
    def __init__(self) -> None:
        super().__init__(
            "The document is not at the version that the request expects. Read it and try again."
        )


class WebhookNotFound(InkdexError):
    def __init__(self, collection: Collection) -> None:
        super().__init__(f"The collection {shown(collection.name)} has no webhook.")


class ImportNotFound(InkdexError):
    def __init__(self, id_: UUID) -> None:
        super().__init__(f"There is no import {id_}. Imports are kept for a week.")


class FileNotFound(InkdexError):
    def __init__(self, collection: Collection, id_: str) -> None:
        super().__init__(
            f"There is no file {shown(id_)} in the collection {shown(collection.name)}."
        )


class TooManyUnsent(InkdexError):
    def __init__(self, count: int, total: int) -> None:
        super().__init__(
            f"The sweep did not send {count:,} of {total:,} files, more than half. Nothing was "
            "deleted. all=true deletes them."
        )


class TooManyWebhooks(InkdexError):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have {most:,} webhooks already. Delete one, or raise INKDEX_WEBHOOKS_MAX."
        )


class TooBusy(InkdexError):
    """Too much work is waiting or running. The client may try again after `seconds`, if known."""

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class UnexpectedFailure(InkdexError):
    """A fault of Inkdex, after the response began."""

    def __init__(self) -> None:
        super().__init__("Inkdex failed unexpectedly. The log has the details.")


class ShuttingDown(InkdexError):
    """The server stops. The client may continue after its restart."""

    def __init__(self) -> None:
        super().__init__("The server is stopping.")


class TooManyRejections(InkdexError):
    """An import was given up, because too many of its lines are not documents."""


class BrokerUnavailable(InkdexError):
    """The broker accepted no message within its time limit."""


class OrderStoreUnavailable(InkdexError):
    """Redis cannot keep the order of a search, or return it, now."""

    def __init__(self) -> None:
        super().__init__(
            "Redis keeps the order of a search with `cursor`, and cannot do so now. Try again "
            "later, or page by `offset`."
        )


class ChatQueueUnavailable(InkdexError):
    """Redis cannot keep the line for a chat model now."""


class CursorExpired(InkdexError):
    """The order of a search is no longer kept."""

    def __init__(self) -> None:
        super().__init__(
            "The order of this search is no longer kept. Start again with cursor=start."
        )


class LeaseLost(InkdexError):
    """Every document of a claim was edited, deleted or taken over. Further work is useless."""


class ServerLeft(InkdexError):
    """A claim's model server fails while another one works. The claim is left to that one."""


class WebhookRefused(InkdexError):
    """The receiver did not accept a message. The text says why and holds no part of the URL."""


def describe(error: BaseException) -> str:
    """Return an error's type and, where it is safe, its message.

    Messages of our own errors never quote a text or a query. Those of libraries may.
    """
    name = type(error).__qualname__
    if isinstance(error, InkdexError):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    state = getattr(error, "sqlstate", None)
    return f"{name} {state}" if state else name


def shown(name: str) -> str:
    """Return a name as messages show it."""
    return repr(name if len(name) <= NAME_CHARACTERS else f"{name[:NAME_CHARACTERS]}…")
