"""Flower behind a password, for its own pages only, with the queues of our transport.

Flower's own checks omit its metrics, static files and error pages. These run before routing, so
that they cover every path.
"""

import base64
import hmac
from typing import Any
from urllib.parse import urlsplit

import flower.app
from kombu.entity import Queue
from kombu.utils.url import maybe_sanitize_url
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform, RequestHandler

from shared.config import get_settings
from shared.domain.documents.document import Lane
from shared.domain.operations.cross_site import is_cross_site
from shared.domain.operations.security_headers import SECURITY_HEADERS
from shared.domain.operations.trusted_hosts import is_foreign

OPEN = "/healthcheck"
"""Needs no password; it only shows that the process runs."""


class Refused(RequestHandler):
    """Answers requests that Flower must not see."""

    def initialize(self, status: int, reason: str) -> None:
        self._refusal = status, reason

    def check_xsrf_cookie(self) -> None:
        """Skip the check: this handler changes nothing."""

    def prepare(self) -> None:
        """Answer every method in the same way."""
        status, reason = self._refusal
        self.set_status(status)
        if status == 401:
            self.set_header("WWW-Authenticate", 'Basic realm="flower"')
        self.finish(reason)


class SecurityHeaders(OutputTransform):
    """Adds the security headers to every answer."""

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: FBT001 - Tornado's signature
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value
        return super().transform_first_chunk(status_code, headers, chunk, finishing)


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
        settings = get_settings()
        self._hosts = settings.own_hosts | {urlsplit(settings.flower_address).hostname or ""}
        self.add_transform(SecurityHeaders)

    @property
    def broker_uri_with_password(self) -> str:
        """The broker's URL. Flower chooses its client by the scheme; Celery's names a class."""
        return get_settings().redis_url.get_secret_value()

    @property
    def broker_uri(self) -> str:
        """The broker's URL as Flower's pages show it, without the password."""
        return str(maybe_sanitize_url(self.broker_uri_with_password))

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        if refusal := self._refusal(request):
            status, reason = refusal
            target = {"status": status, "reason": reason}
            return self.get_handler_delegate(request, Refused, target)
        return super().find_handler(request, **kwargs)

    def _refusal(self, request: HTTPServerRequest) -> tuple[int, str] | None:
        """Return the status and the text of a request that must not be served."""
        if is_foreign(request.host, self._hosts):
            return 421, "This is not a name of Flower. Add it to INKDEX_ALLOWED_HOSTS if it is."
        if is_cross_site(request.method or "", request.headers, self._hosts):
            return 403, "Another site's page sent this request."
        if request.path != OPEN and not self._is_known(request):
            return 401, "Access denied"
        return None

    def _is_known(self, request: HTTPServerRequest) -> bool:
        given = request.headers.get("Authorization", "").encode()
        return any(hmac.compare_digest(given, key) for key in self._keys)
