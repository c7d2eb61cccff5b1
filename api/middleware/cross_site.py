"""Refuses requests that another site's page made a browser send."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.errors import ProblemResponse, problem
from shared.domain.operations.cross_site import is_cross_site

FORM_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
"""A page can send these to another site without asking it first."""


class CrossSiteRequests:
    """`trusted` are host names of this API. Pages of `origins` may send requests with a key."""

    def __init__(self, app: ASGIApp, trusted: frozenset[str], origins: frozenset[str]) -> None:
        self._app = app
        self._trusted = trusted
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 403. A form gets 415, because no route reads one."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            is_foreign = is_cross_site(scope["method"], headers, self._trusted)
            if is_foreign and not self._is_allowed(headers):
                await _refusal(headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        """Return whether a page that may do so has sent a key or a token, which no form can."""
        return headers.get("origin") in self._origins and "authorization" in headers


def _refusal(headers: Headers) -> ProblemResponse:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in FORM_TYPES:
        detail = "Another site's page sent a form. Inkdex reads JSON, from its own pages only."
        return problem(415, "unsupported-media-type", detail)
    detail = (
        "Another site's page sent this request. Inkdex answers its own pages and other programs. "
        "If the page is yours, forward its Host header or add its name to INKDEX_ALLOWED_HOSTS. "
        "Pages of INKDEX_BROWSER_ORIGINS may send requests with a key or a token."
    )
    return problem(403, "cross-site", detail)
