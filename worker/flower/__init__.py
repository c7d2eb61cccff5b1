"""Flower, of which nobody sees anything without the password.

Its own check leaves out its metrics, its static files and its error pages; ours stands before
the choice of a route, so that none can be forgotten.
"""

import base64
import hmac
from typing import Any

import flower.app
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

OPEN = "/healthcheck"
"""Says that the process serves, and nothing else."""


class Refused(RequestHandler):
    """The answer to whoever does not show the password."""

    def check_xsrf_cookie(self) -> None:
        """Ask for none: nothing is done here that a forged request could want."""

    def prepare(self) -> None:
        """Answer, whatever the method."""
        self.set_status(401)
        self.set_header("WWW-Authenticate", 'Basic realm="flower"')
        self.finish("Access denied")


class GuardedFlower(flower.app.Flower):  # type: ignore[misc] # Flower has no types
    """Flower behind its password."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Flower's signature
        super().__init__(**kwargs)
        logins = self.options.basic_auth or [""]
        if not all(all(each.partition(":")) for each in logins):
            raise SystemExit("FLOWER_BASIC_AUTH is not a user, a colon and a password.")
        self._keys = [b"Basic " + base64.b64encode(each.encode()) for each in logins]

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what answers a request."""
        if request.path == OPEN or self._is_known(request):
            return super().find_handler(request, **kwargs)
        return self.get_handler_delegate(request, Refused)

    def _is_known(self, request: HTTPServerRequest) -> bool:
        shown = request.headers.get("Authorization", "").encode()
        return any(hmac.compare_digest(shown, key) for key in self._keys)
