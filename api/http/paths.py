"""Paths: converters for ids in URLs, and the paths that logs and traces treat specially."""

from typing import ClassVar

from starlette.convertors import PathConvertor, register_url_convertor
from starlette.types import Scope


class AnyTextConvertor(PathConvertor):
    """Matches any text. Ids may contain slashes and line breaks; Starlette's `path` stops there."""

    regex: ClassVar[str] = r"[\s\S]+"


register_url_convertor("any_text", AnyTextConvertor())

ID = "/{id:any_text}"
COLLECTION = "/{collection:any_text}"
SIMILAR = "/similar"
TIMELINE = "/timeline"
CHUNKS = "/chunks"
BELOW_DOCUMENT = (SIMILAR, TIMELINE, CHUNKS)
"""These follow the path of a document. In an id that ends like this, the slash is encoded."""

IMPORT_HEADER = "Inkdex-Import"
POSITION_HEADER = "Inkdex-Position"
ON_REPLICAS = frozenset({"/v1/search"})
"""What read replicas answer. These answers do not say how far the primary is."""
IMPORTS = frozenset({"/v1/documents/bulk", "/v1/files"})
"""Their bodies have any length. Limits slow them down."""
TENANTS = "/v1/tenants"
POLLED = frozenset({"/livez", "/readyz", "/metrics"})
PUBLIC = frozenset({"/", "/console", "/livez", "/readyz", "/docs", "/redoc", "/openapi.json"})
PUBLIC_FOLDERS = ("/console/", "/docs/", "/static-offline-docs/")
STREAMED = frozenset({"/v1/events"})
"""Open until the client leaves, so their duration is not a latency."""
EXPORT = "/v1/collections/{collection}/export"
"""The template of exports. They last as long as the client reads."""


def is_public(path: str) -> bool:
    """Return whether a path needs no key: whether the API lives, its console and its documentation.

    These are the same for everybody and say nothing about what is stored.
    """
    return path in PUBLIC or path.startswith(PUBLIC_FOLDERS)


def route_of(scope: Scope) -> str | None:
    """Return the template of the matched route, or None."""
    found: str | None = getattr(scope.get("route"), "path_format", None)
    return found
