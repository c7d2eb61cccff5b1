"""Flower behind a password, with the queues of our transport.

Flower's own check omits its metrics, static files and error pages. This one runs before routing,
so that it covers every path.
"""

import base64
import hmac
from typing import Any

import flower.app
from kombu.entity import Queue
from kombu.utils.url import maybe_sanitize_url
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from shared.config import get_settings
from shared.domain.documents.document import Lane

OPEN = "/healthcheck"
"""Needs no password; it only shows that the process runs."""


class Refused(RequestHandler):
    """Answers requests without the password."""

    def check_xsrf_cookie(self) -> None:
        """Skip the check: this handler changes nothing."""

    def prepare(self) -> None:
        """Answer 401 to every method."""
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
        # The queues of the Broker page, also while no worker answers.
        self.capp.conf.task_queues = [
            Queue(lane, routing_key=lane)  # type: ignore[no-untyped-call]
            for lane in Lane
        ]
        self._keys = [b"Basic " + base64.b64encode(each.encode()) for each in logins]

    @property
    def broker_uri_with_password(self) -> str:
        """The broker's URL. Flower chooses its client by the scheme; Celery's names a class."""
        return get_settings().redis_url.get_secret_value()

    @property
    def broker_uri(self) -> str:
        """The broker's URL as Flower's pages show it, without the password."""
        return str(maybe_sanitize_url(self.broker_uri_with_password))

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        if request.path == OPEN or self._is_known(request):
            return super().find_handler(request, **kwargs)
        return self.get_handler_delegate(request, Refused)

    def _is_known(self, request: HTTPServerRequest) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return any(hmac.compare_digest(given, key) for key in self._keys)
