"""Documents as responses, and the errors that the schema documents."""

from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi.responses import Response

from api.http.errors import ProblemResponse, problem, problem_of
from api.http.etags import etag
from api.http.examples import problem_examples
from api.http.paths import BELOW_DOCUMENT
from api.schemas.documents import DocumentOut, StoppedImportOut
from shared.domain.access_errors import (
    Forbidden,
    KeyExpired,
    KeyInvalid,
    KeyMissing,
    KeyRevoked,
    NoKeysYet,
    QuotaExceeded,
    RateLimited,
    TokenExpired,
    TokenInvalid,
)
from shared.domain.collection_errors import EmbeddingModelNotFound
from shared.domain.database_errors import DatabaseTimeout, DatabaseUnavailable, StorageFull
from shared.domain.documents.document import DEFAULT_COLLECTION, Document
from shared.domain.errors import (
    CursorExpired,
    DocumentExists,
    DocumentNotFound,
    DocumentNotReady,
    DocumentTooLarge,
    FieldError,
    InkdexError,
    InvalidInput,
    OrderStoreUnavailable,
    ShuttingDown,
    TooBusy,
    TooManyRejections,
    VersionConflict,
)
from shared.domain.model_errors import ModelUnavailable
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef

README: Final = DocumentRef(Collection(DEFAULT_TENANT, DEFAULT_COLLECTION), "readme")
"""The document of the examples."""


def described(description: str, *problems: InkdexError | ProblemResponse) -> dict[str, Any]:
    """Return what the schema says of an error answer. `problems` are its examples, all kinds."""
    return {
        "description": description,
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": problem_examples(*problems),
            }
        },
    }


_LIMITED = RateLimited("requests", 600, 1, 12)
_BUSY = TooBusy("Too many documents wait to be embedded. Try again later.", 5)
_INVALID = InvalidInput(FieldError(("content",), "must not be blank"))
_NO_DATABASE = DatabaseUnavailable("PostgreSQL does not answer. Try again later.")
_WITHOUT_DATABASE = (_NO_DATABASE, DatabaseTimeout(), StorageFull(), ShuttingDown())
_NO_MODEL = ModelUnavailable(
    UnavailableReason.UNREACHABLE, "The model server does not answer. Try again later."
)
_STOPPED_IMPORT = {
    "import": StoppedImportOut(
        import_=UUID("0193a5c8-7b1e-7c3a-9d55-2f1b8e0c4a10"),
        accepted=2,
        replaced=0,
        unchanged=0,
        vectors_taken=0,
        rejected_count=0,
        rejected=[],
        line=2,
    ).model_dump(mode="json")
}

EVERYWHERE: dict[int | str, dict[str, Any]] = {
    401: described(
        "The key or the token is missing, not valid, expired or revoked.",
        *(KeyMissing(), KeyInvalid(), KeyExpired(), KeyRevoked(), TokenInvalid(), TokenExpired()),
    ),
    403: described(
        "The key does not allow this, no key exists yet, or a quota of the tenant is exceeded.",
        Forbidden("documents.write", DEFAULT_COLLECTION),
        NoKeysYet(),
        QuotaExceeded("documents", 100_000, 100_000, "Delete some, or ask for more."),
    ),
    408: described(
        "The rest of the request did not arrive in time.",
        problem(408, "request-timeout", "The rest of the request did not arrive in time."),
    ),
    422: described("The request is not valid; `errors` name the fields.", _INVALID),
    429: described(
        "The key has sent as much as it may; try again after `Retry-After` seconds.", _LIMITED
    ),
    431: described(
        "The header is too long; send a long query as the body of POST /v1/search.",
        problem(431, "header-too-large", "The header is too long."),
    ),
    503: described(
        "PostgreSQL does not answer; try again after `Retry-After` seconds.", *_WITHOUT_DATABASE
    ),
}
BUSY: dict[int | str, dict[str, Any]] = {
    429: described(
        "Too much work is waiting or running, or the key has sent as much as it may; try again "
        "after `Retry-After` seconds.",
        *(_BUSY, _LIMITED),
    )
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("There is no such document in this collection.", DocumentNotFound(README))
}
MODEL_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described(
        "No collection has such an embedding model.",
        EmbeddingModelNotFound("embeddinggemma", ["all-minilm"]),
    )
}
NOT_READY: dict[int | str, dict[str, Any]] = {
    409: described("The document is not embedded yet.", DocumentNotReady(README, "pending"))
}
PRECONDITION: dict[int | str, dict[str, Any]] = {
    412: described(
        "The document is not at the version that the request asks for.", VersionConflict()
    )
}
EXPIRED: dict[int | str, dict[str, Any]] = {
    410: described(
        "The order of the search is no longer kept; start again with `cursor=start`.",
        CursorExpired(),
    )
}
STOPPED: dict[int | str, dict[str, Any]] = {
    422: described(
        "The body is not an import, or has too many invalid lines; `import` says how far it came.",
        _INVALID,
        problem_of(TooManyRejections("1,000 lines are not valid documents."), _STOPPED_IMPORT),
    ),
    503: described(
        "PostgreSQL does not answer, or the server stops; `import` says how far the import came.",
        *(problem_of(each, _STOPPED_IMPORT) for each in _WITHOUT_DATABASE),
    ),
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: described("The id is taken.", DocumentExists(README))
}
JSON_BODY: dict[int | str, dict[str, Any]] = {
    413: described(
        "The body, or the document in it, is over a size limit.",
        problem(413, "content-too-large", "The body is over 8,388,608 bytes."),
        DocumentTooLarge(FieldError(("content",), "is over 1,048,576 bytes")),
    ),
    415: described(
        "The body's Content-Type is not one of those listed.",
        problem(
            415,
            "unsupported-media-type",
            "The Content-Type is text/plain; send application/json.",
        ),
    ),
}
UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: described(
        "PostgreSQL, or for a semantic search the model server, or with `cursor` Redis, does not "
        "answer.",
        *(*_WITHOUT_DATABASE, _NO_MODEL, OrderStoreUnavailable()),
    )
}


def document_response(document: Document, status: int = 200) -> Response:
    """Return a document as JSON with its ETag, and with its Location if it is new."""
    # A document becomes ready without a new version, so a cached copy would be outdated.
    headers = {"ETag": etag(document.version), "Cache-Control": "no-store"}
    if status == 201:
        headers["Location"] = location(document)
    body = DocumentOut.of(document).model_dump_json()
    return Response(body, status, headers, media_type="application/json")


def location(document: Document) -> str:
    # Clients remove the segments . and .. from a path before they request it.
    dotted = not {".", ".."}.isdisjoint(document.ref.id.split("/"))
    encoded = dotted or document.ref.id.endswith(BELOW_DOCUMENT)
    path = f"/v1/documents/{quote(document.ref.id, safe='' if encoded else '/')}"
    if document.ref.collection.name == DEFAULT_COLLECTION:
        return path
    return f"{path}?{urlencode({'collection': document.ref.collection.name})}"
