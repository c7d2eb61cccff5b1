"""Documents as responses, and the errors that the schema documents."""

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.responses import Response

from api.http.etags import etag
from api.http.paths import SIMILAR
from api.schemas.documents import BulkLine, DocumentOut
from api.schemas.problems import Problem
from shared.domain.documents.document import DEFAULT_COLLECTION, Document

_PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}


def described(description: str) -> dict[str, Any]:
    return {"description": description, **_PROBLEM}


EVERYWHERE: dict[int | str, dict[str, Any]] = {
    401: described("The key or the token is missing, not valid, expired or revoked."),
    403: described(
        "The key does not allow this, no key exists yet, or a quota of the tenant is exceeded."
    ),
    408: described("The rest of the request did not arrive in time."),
    422: described("The request is not valid; `errors` name the fields."),
    429: described("The key has sent as much as it may; try again after `Retry-After` seconds."),
    431: described("The header is too long; send a long query as the body of POST /v1/search."),
    503: described("PostgreSQL does not answer; try again after `Retry-After` seconds."),
}
BUSY: dict[int | str, dict[str, Any]] = {
    429: described(
        "Too much work is waiting or running, or the key has sent as much as it may; try again "
        "after `Retry-After` seconds."
    )
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("There is no such document in this collection.")
}
MODEL_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("No collection has such an embedding model.")
}
NOT_READY: dict[int | str, dict[str, Any]] = {409: described("The document is not embedded yet.")}
PRECONDITION: dict[int | str, dict[str, Any]] = {
    412: described("The document is not at the version that the request asks for.")
}
EXPIRED: dict[int | str, dict[str, Any]] = {
    410: described("The order of the search is no longer kept; start again with `cursor=start`.")
}
STOPPED: dict[int | str, dict[str, Any]] = {
    422: described(
        "The body is not an import, or has too many invalid lines; `import` says how far it came."
    ),
    503: described(
        "PostgreSQL does not answer, or the server stops; `import` says how far the import came."
    ),
}
CONFLICT: dict[int | str, dict[str, Any]] = {409: described("The id is taken.")}
JSON_BODY: dict[int | str, dict[str, Any]] = {
    413: described("The body, or the document in it, is over a size limit."),
    415: described("The body's Content-Type is not one of those listed."),
}
UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: described(
        "PostgreSQL, or for a semantic search the model server, or with `cursor` Redis, does not "
        "answer."
    )
}


KEY = {"type": "http", "scheme": "bearer", "description": "A key, or a token made from one."}


def register_problem(app: FastAPI) -> None:
    """Add to the schema what no route returns or takes as a model."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"] |= problem.pop("$defs") | {
            "Problem": problem,
            "BulkLine": BulkLine.model_json_schema(),
        }
        schema["components"]["securitySchemes"] = {"key": KEY}
        schema["security"] = [{"key": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


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
    encoded = dotted or document.ref.id.endswith(SIMILAR)
    path = f"/v1/documents/{quote(document.ref.id, safe='' if encoded else '/')}"
    if document.ref.collection.name == DEFAULT_COLLECTION:
        return path
    return f"{path}?{urlencode({'collection': document.ref.collection.name})}"
